import type { Random } from "./clock.ts";

/** Growing, jittered delays between failures; a long healthy time starts anew. */
export interface Backoff {
  /** Milliseconds to wait after a failure at this monotonic time. */
  next(now: number): number;
}

/** Bounds of a backoff, in milliseconds. */
export interface BackoffOptions {
  readonly firstMs?: number;
  readonly longestMs?: number;
  readonly factor?: number;
  /** Without a failure for so long, the next delay is the first again. */
  readonly resetAfterMs?: number;
  readonly random?: Random;
}

/** client-go's reflector backoff: 0.8 s to 30 s, factor 2, reset after 2 minutes; each delay is uniform up to its bound (full jitter). */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const { firstMs = 800, longestMs = 30_000, factor = 2, resetAfterMs = 120_000, random = Math.random } = options;
  let bound = firstMs;
  let lastFailure = -Infinity;
  return {
    next(now) {
      if (now - lastFailure > resetAfterMs) bound = firstMs;
      lastFailure = now;
      const delay = bound * random();
      bound = Math.min(longestMs, bound * factor);
      return delay;
    },
  };
}
