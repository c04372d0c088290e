import type { Random } from "./clock.ts";

/** Bounds of delays that grow from failure to failure. */
export interface BackoffBounds {
  /** Milliseconds of the first delay at most. */
  readonly firstMs: number;
  /** Milliseconds of any delay at most. */
  readonly longestMs: number;
  /** The least part of the bound that is waited, from 0 (full jitter) to 1 (none). */
  readonly leastShare: number;
  /** By how much the bound grows with each failure. Default: 2. */
  readonly factor?: number;
  /** Milliseconds without a failure after which a loop's next delay is the first again. Default: 120,000. */
  readonly resetAfterMs?: number;
}

/** client-go's reflector: 0.8 s doubling to 30 s; each delay is uniform up to its bound (full jitter). */
const reflectorBackoff: BackoffBounds = { firstMs: 800, longestMs: 30_000, leastShare: 0 };

/** A key that failed: 100 ms doubling to 5 minutes, at least half of it, so that a repaired cluster is noticed soon. */
export const keyBackoff: BackoffBounds = { firstMs: 100, longestMs: 300_000, leastShare: 0.5 };

/** Milliseconds to wait after so many earlier failures in a row. */
function delayAfter(failures: number, { firstMs, longestMs, leastShare, factor = 2 }: BackoffBounds, random: Random): number {
  const bound = Math.min(longestMs, firstMs * factor ** Math.min(failures, 30));
  return bound * (leastShare + (1 - leastShare) * random());
}

/** The delays of one loop, by the monotonic time of its failures; a long healthy time starts anew. */
export interface Backoff {
  /** Milliseconds to wait after a failure at this time. */
  next(now: number): number;
}

/** Makes the backoff of one loop. */
export function createBackoff(random: Random, bounds: BackoffBounds = reflectorBackoff): Backoff {
  const { resetAfterMs = 120_000 } = bounds;
  let failures = 0;
  let lastFailure = -Infinity;
  return {
    next(now) {
      if (now - lastFailure > resetAfterMs) failures = 0;
      lastFailure = now;
      return delayAfter(failures++, bounds, random);
    },
  };
}

/** The delays of many keys, each forgotten when it succeeds. */
export class KeyedBackoff {
  readonly #failures = new Map<string, number>();
  readonly #bounds: BackoffBounds;
  readonly #random: Random;

  constructor(random: Random = Math.random, bounds: BackoffBounds = keyBackoff) {
    this.#random = random;
    this.#bounds = bounds;
  }

  /** Milliseconds before the key's next try; each call counts one more failure. */
  next(key: string): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    return Math.round(delayAfter(failures, this.#bounds, this.#random));
  }

  /** How often the key failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Starts the key afresh. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
