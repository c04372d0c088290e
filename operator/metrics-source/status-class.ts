const serverErrorCodes = new Set(["unknown", "deadlineexceeded", "unimplemented", "internal", "unavailable", "dataloss"]);
const otherCodes = new Set([
  "ok",
  "canceled",
  "cancelled",
  "invalidargument",
  "notfound",
  "alreadyexists",
  "permissiondenied",
  "resourceexhausted",
  "failedprecondition",
  "aborted",
  "outofrange",
  "unauthenticated",
]);

/** What the status of a request, HTTP or gRPC, says: "error" blames the server; undefined where it cannot be read. */
export function classifyStatus(status: string | undefined): "error" | "other" | undefined {
  if (status === undefined) return undefined;
  if (/^[1-5]xx$/i.test(status)) return status.startsWith("5") ? "error" : "other";
  if (/^[1-9]\d\d$/.test(status)) return Number(status) >= 500 ? "error" : "other";
  const code = status.toLowerCase().replaceAll("_", "");
  if (serverErrorCodes.has(code)) return "error";
  return otherCodes.has(code) ? "other" : undefined;
}
