import type { RequestSubject, StatusCause } from "./errors.ts";
import { KubeError } from "./errors.ts";
import { isTree } from "../base/tree.ts";
import { readNumber, readTree, readString } from "../base/read.ts";
import { scrubCause, scrubMessage } from "./scrub.ts";

/** The error for an answer of 4xx or 5xx; a body that is no Status (a proxy's page) is not quoted. */
export function errorOfResponse(subject: RequestSubject, status: number, body: string, retryAfter?: string): KubeError {
  const parsed = parseStatus(body);
  const seconds = secondsOf(retryAfter) ?? readNumber(readTree(parsed["details"])["retryAfterSeconds"]);
  return new KubeError({
    ...subject,
    status,
    reason: readString(parsed["reason"]) ?? reasonOf(status),
    message: scrubMessage(readString(parsed["message"]) ?? "the answer carries no Kubernetes Status"),
    causes: causesOf(parsed),
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}

/** The error for a Status that came as an ERROR event of a watch. */
export function errorOfStatus(subject: RequestSubject, status: unknown): KubeError {
  const record = readTree(status);
  const code = readNumber(record["code"]) ?? 500;
  return errorOfResponse(subject, code, JSON.stringify(record));
}

/** The error for a call that got no answer. */
export function errorWithoutResponse(
  subject: RequestSubject,
  reason: "Timeout" | "Aborted" | "ConnectionFailed",
  cause: unknown,
): KubeError {
  const detail =
    cause instanceof Error ? [errorCode(cause), scrubMessage(cause.message)].filter((part) => part !== "").join(" ") : "no answer";
  return new KubeError({ ...subject, status: 0, reason, message: detail, cause });
}

function errorCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

function parseStatus(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return isTree(value) && value["kind"] === "Status" ? value : {};
  } catch {
    return {};
  }
}

function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return undefined;
  return Number(header);
}

function causesOf(status: Record<string, unknown>): StatusCause[] {
  const causes = readTree(status["details"])["causes"];
  if (!Array.isArray(causes)) return [];
  return causes.filter(isTree).map((cause) => {
    const reason = readString(cause["reason"]);
    const field = readString(cause["field"]);
    const message = readString(cause["message"]);
    return {
      ...(reason === undefined ? {} : { reason }),
      ...(field === undefined ? {} : { field }),
      ...(message === undefined ? {} : { message: scrubCause(message, field) }),
    };
  });
}

function reasonOf(status: number): string {
  switch (status) {
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return status >= 500 ? "InternalError" : "Unknown";
  }
}
