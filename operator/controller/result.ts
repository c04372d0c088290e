/** How one reconcile ended; "terminal" waits for a change of the object, "gone" is not looked at again. */
export type ReconcileResult =
  | { readonly kind: "done" }
  | { readonly kind: "gone" }
  | { readonly kind: "requeue"; readonly afterMs: number; readonly why: string }
  | { readonly kind: "terminal"; readonly why: string };

/** Nothing more to do until something changes. */
export const done: ReconcileResult = { kind: "done" };

/** The object is no more; only an event of a new one brings its key back. */
export const gone: ReconcileResult = { kind: "gone" };

/** Look again after a delay in milliseconds. */
export function requeue(afterMs: number, why: string): ReconcileResult {
  return { kind: "requeue", afterMs, why };
}

/** Only the user can mend this, so retrying is pointless until the object changes. */
export function terminal(why: string): ReconcileResult {
  return { kind: "terminal", why };
}
