import { performance } from "node:perf_hooks";

/** Time as the I/O layer sees it, so that tests can turn it by hand. */
export interface Clock {
  /** Milliseconds that never jump, for deadlines. */
  monotonic(): number;
  /** Wall-clock milliseconds since 1970, only for times written into objects. */
  wall(): number;
  /** Resolves after the given milliseconds, or at once when the signal aborts (it never rejects). */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A source of randomness in [0, 1). */
export type Random = () => number;

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** The real clock of this process. */
export const systemClock: Clock = Object.freeze({
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  sleep,
});

/** Calls that wait for their time; the real ones do not keep the process alive. */
export interface Timers {
  /** Milliseconds. */
  now(): number;
  /** Calls once after that many milliseconds; the answer cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

function after(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds).unref();
  return () => clearTimeout(timer);
}

/** Timers by a clock that never jumps, for delays. */
export const monotonicTimers: Timers = Object.freeze({ now: () => performance.now(), after });

/** Timers by the wall clock, milliseconds since 1970, for measurements that carry their time. */
export const wallTimers: Timers = Object.freeze({ now: () => Date.now(), after });
