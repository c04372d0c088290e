import { isForbidden, isInvalid, isNamespaceTerminating, isQuotaExceeded, isUnknownField, KubeError } from "../kube/errors.ts";
import { explainRefusal } from "../status/refusal-text.ts";
import type { ChildFailure } from "../status/report.ts";
import type { Failure } from "./outcome.ts";

/** Whether the API server answered that it does not take the object; anything else may pass by itself. */
export function isRefused(error: unknown): boolean {
  return (
    isInvalid(error) ||
    isUnknownField(error) ||
    (isForbidden(error) && !isNamespaceTerminating(error)) ||
    (error instanceof KubeError && error.status === 413)
  );
}

/** A failure as the status names it. `overlays`: components that the user has laid an overlay over. */
export function describeFailure({ kind, name, role, error }: Failure, overlays: readonly string[]): ChildFailure {
  const message = error instanceof Error ? error.message : String(error);
  const { status, causes } = error instanceof KubeError ? error : { status: 0, causes: [] };
  const paths = [...new Set(causes.flatMap(({ field }) => field ?? []))].slice(0, 20);
  const text = explainRefusal({ kind, name, role, status, message, paths, overlays });
  return { kind, name, role, reason: reasonOf(error), message: text };
}

function reasonOf(error: unknown): ChildFailure["reason"] {
  if (isQuotaExceeded(error)) return "QuotaExceeded";
  return isRefused(error) ? "ApplyRefused" : "ApplyFailed";
}
