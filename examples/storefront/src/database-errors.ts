const brokenConnectionCodes = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT", // a unix socket that is not there (yet)
  "08000",
  "08001",
  "08003",
  "08006",
  "08P01", // PgBouncer: the server connection crashed
  "57P01", // the server shuts down
  "57P02",
  "57P03", // the server starts up
  "58000", // PgBouncer: the server can't be reached
]);

/** True when the connection failed and not the statement: an idempotent statement may be tried again. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = "code" in error ? error.code : undefined;
  if (typeof code === "string" && brokenConnectionCodes.has(code)) return true;
  return /connection terminated|not queryable/i.test(error.message);
}

/** True when the database can't answer now: broken connection, or too busy (which a retry at once would only worsen). */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (isConnectionError(error)) return true;
  return error instanceof Error && /timeout exceeded when trying to connect|query read timeout/i.test(error.message);
}

/** Makes `sslmode` mean what it means to libpq and PgBouncer (`require` encrypts, only `verify-*` verifies), which node-postgres reads more strictly. */
export function withLibpqTls(url: string): string {
  if (!/[?&]sslmode=/.test(url) || url.includes("uselibpqcompat=")) return url;
  return `${url}&uselibpqcompat=true`;
}
