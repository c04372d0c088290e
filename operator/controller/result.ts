/** How one reconcile ended; "terminal" waits for a change of the object, "retry" comes again with backoff. */
export type ReconcileResult =
  | { readonly kind: "done" }
  | { readonly kind: "requeue"; readonly afterMs: number; readonly why: string }
  | { readonly kind: "terminal"; readonly why: string };

/** Nothing more to do until something changes. */
export const done: ReconcileResult = { kind: "done" };

/** Look again after a delay in milliseconds. */
export function requeue(afterMs: number, why: string): ReconcileResult {
  return { kind: "requeue", afterMs, why };
}

/** Only the user can mend this, so retrying is pointless until the object changes. */
export function terminal(why: string): ReconcileResult {
  return { kind: "terminal", why };
}
