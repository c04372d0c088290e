import { fieldOf, fieldOfRole, overlayOf } from "./refused-field.ts";

/** What the API server answered to a write. */
export interface RefusedWrite {
  readonly kind: string;
  readonly name: string;
  /** Of the child; undefined where its deletion is refused. */
  readonly role: string | undefined;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly message: string;
  /** Paths into the child that the API server names. */
  readonly paths: readonly string[];
  /** Components that the user has laid an overlay over. */
  readonly overlays: readonly string[];
}

/** What the API server says, and what to change in our spec so that it is taken. */
export function explainRefusal(write: RefusedWrite): string {
  return `${write.message}${write.message.endsWith(".") ? "" : "."} ${remedyOf(write)}`;
}

function remedyOf(write: RefusedWrite): string {
  const { role, message, status } = write;
  if (role === undefined) return "Delete it yourself, or let the policy that keeps it allow the operator to";
  const fields = fieldsOf(write);
  if (/exceeded quota/u.test(message)) return `Raise the ResourceQuota (kubectl describe resourcequota), or ask for less: ${fields}`;
  if (/\bcannot (?:create|patch|update|get|delete) resource\b/u.test(message))
    return "Upgrade the chart together with the operator, so that its role allows this";
  if (/admission webhook|ValidatingAdmissionPolicy/u.test(message))
    return `Change ${fields} as the policy asks, or ask its owner for an exception`;
  if (isImmutable(message)) return remedyOfImmutable(write, fields);
  if (/field not declared in schema/u.test(message))
    return `This API server does not know the field: upgrade the cluster, or remove it from ${fields}`;
  if (status === 413 || /too large|Too long: must have at most \d+ bytes/u.test(message)) return `Make it smaller: ${fields}`;
  return status >= 500 || status === 0 ? `It is tried again; where that does not help, change ${fields}` : `Change ${fields}`;
}

function isImmutable(message: string): boolean {
  return /field is immutable|may not change once set|updates to statefulset spec|cannot change (?:after|once)/iu.test(message);
}

function remedyOfImmutable({ kind, name, role, paths }: RefusedWrite, fields: string): string {
  if (kind === "StatefulSet") {
    const base = fieldOfRole(role ?? "");
    return `Set ${base}.storage and ${base}.storageClassName back to what they were: a volume keeps its size and its class`;
  }
  if (kind === "Job") return `Set ${fields} back to what it was: the Job of a release never changes. A new release gets a Job of its own`;
  const what = paths.length === 0 ? "a field" : paths.join(", ");
  return `${what} never changes: set ${fields} back to what it was, or delete ${kind} ${name}, and the operator makes it again`;
}

function fieldsOf({ role = "", paths, overlays }: RefusedWrite): string {
  const fields = paths.length === 0 ? [fieldOfRole(role)] : paths.map((path) => fieldOf(role, path));
  const overlay = overlayOf(role);
  return [...new Set(fields)].join(", ") + (overlays.includes(overlay) ? ` (or spec.overlays.${overlay})` : "");
}
