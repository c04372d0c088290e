/** Time as the sampler sees it. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after that many milliseconds; the answer cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

/** The real clock. */
export const systemTimers: Timers = Object.freeze({
  now: () => Date.now(),
  after(milliseconds: number, call: () => void) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
});
