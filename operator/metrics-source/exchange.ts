import { isIPv6 } from "node:net";
import type { Dispatcher } from "undici";

/** Why an exchange gave nothing; the message is a clause without the address, safe to show to the user. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
}

/** What is said where nothing listens on a port. */
export const CONNECTION_REFUSED = "the connection is refused";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: CONNECTION_REFUSED,
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name cannot be resolved now",
  UND_ERR_SOCKET: "the connection was closed",
  UND_ERR_HEADERS_OVERFLOW: "the headers of the answer are too large",
  HTTPParserError: "the answer is not whole, valid HTTP/1.1",
};

/** The origin of a pod's port, over plain HTTP. */
export function originOf(address: string, port: number): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** The Host header, where it is not to be that of the address. */
export function hostHeader(host: string | undefined): { readonly host?: string } {
  return host === undefined ? {} : { host };
}

/** Reads a body as text up to a number of bytes; more throws. The body is always consumed or destroyed. */
export async function readBounded(body: Dispatcher.ResponseData["body"], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const buffer: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (bytes > maxBytes) throw new ExchangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks, bytes).toString("utf8");
}

/** Says in a clause what went wrong, from whatever was thrown. */
export function describeFailure(error: unknown, deadline: AbortSignal, timeoutMs: number): string {
  if (error instanceof ExchangeError) return error.message;
  if (deadline.aborted) return `no answer within ${timeoutMs} ms`;
  const code = codeOf(error);
  if (code === undefined) return "the request failed";
  return reasons[code] ?? `the request failed (${code})`;
}

/** The value of a response header, the first where there are several. */
export function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Happy eyeballs: one error per address that was tried.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  // undici gives parser errors a code only sometimes.
  if (error.name === "HTTPParserError") return error.name;
  return "code" in error && typeof error.code === "string" ? error.code : codeOf(error.cause);
}
