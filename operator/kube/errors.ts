/** What was asked when an error came back; never headers, never bodies. */
export interface RequestSubject {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** One cause out of the API server's Status: which field, and why. */
export interface StatusCause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

/** What a KubeError is built of. */
export interface KubeErrorDetails extends RequestSubject {
  /** HTTP status, or 0 when no answer came (connection, timeout). */
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A refused, failed or unanswered request to the API server. */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly objectName: string | undefined;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;

  constructor(details: KubeErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "KubeError";
    this.status = details.status;
    this.reason = details.reason;
    this.verb = details.verb;
    this.resource = details.resource;
    this.namespace = details.namespace;
    this.objectName = details.name;
    this.causes = details.causes ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

function describe(details: KubeErrorDetails): string {
  const where = [details.namespace, details.name].filter((part) => part !== undefined && part !== "").join("/");
  const subject = [details.verb, details.resource, where].filter((part) => part !== "").join(" ");
  const code = details.status === 0 ? "" : `${details.status} `;
  return `${subject}: ${code}${details.reason}: ${details.message}`;
}

function hasReason(error: unknown, status: number, reason: string): boolean {
  return error instanceof KubeError && error.status === status && error.reason === reason;
}

/** 404: the object, its namespace or its kind does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

/** 409 Conflict: the object changed meanwhile, or a precondition (uid, resourceVersion) failed. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason !== "AlreadyExists";
}

/** 409 AlreadyExists: a create met an object of the same name. */
export function isAlreadyExists(error: unknown): boolean {
  return hasReason(error, 409, "AlreadyExists");
}

/** 401: the credentials are missing or expired. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof KubeError && error.status === 401;
}

/** 403: RBAC, admission or quota refused it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof KubeError && error.status === 403;
}

/** 403 because a ResourceQuota is exhausted. */
export function isQuotaExceeded(error: unknown): boolean {
  return error instanceof KubeError && error.status === 403 && error.message.includes("exceeded quota");
}

/** 403 because the namespace is being deleted: nothing can be created in it any more. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof KubeError) || error.status !== 403) return false;
  return error.causes.some((cause) => cause.reason === "NamespaceTerminating") || error.message.includes("because it is being terminated");
}

/** 400 or 422: the object itself is wrong; a retry cannot help. */
export function isInvalid(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 422 || error.status === 400);
}

/** 500 of a server-side apply with a field that this API server does not know: a retry cannot help, though the status says otherwise. */
export function isUnknownField(error: unknown): boolean {
  return error instanceof KubeError && error.status === 500 && error.message.includes("field not declared in schema");
}

/** 410: the resourceVersion or continue token is too old; list again. */
export function isGone(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

/** 429: the API server asks to slow down. */
export function isTooManyRequests(error: unknown): boolean {
  return error instanceof KubeError && error.status === 429;
}

/** A later attempt may succeed without anyone changing anything: no answer, 429 or 5xx. */
export function isTransient(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 ? error.reason !== "Aborted" : error.status === 429 || error.status >= 500);
}
