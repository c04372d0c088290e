/** A signal that aborts after a time or with its parent, and leaves no timer or listener behind once cleared. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the time ran out, false when the parent aborted. */
  timedOut(): boolean;
  /** Starts the time anew. */
  restart(): void;
  clear(): void;
}

/** Starts a deadline. AbortSignal.any is not used: it keeps every child alive as long as a long-lived parent. */
export function startDeadline(milliseconds: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  let timer = setTimeout(expire, milliseconds);

  function expire(): void {
    expired = true;
    controller.abort(new Error(`no answer within ${Math.round(milliseconds)} ms`));
  }
  function follow(): void {
    clearTimeout(timer);
    controller.abort(parent?.reason);
  }
  if (parent?.aborted === true) follow();
  else parent?.addEventListener("abort", follow, { once: true });

  return {
    signal: controller.signal,
    timedOut: () => expired,
    restart() {
      if (controller.signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(expire, milliseconds);
    },
    clear() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", follow);
    },
  };
}
