import type { Clock } from "../base/clock.ts";

/** A token bucket per key. */
export interface Tokens {
  /** Takes one token of the key; false when it has none left. */
  take(key: string): boolean;
}

interface Bucket {
  left: number;
  at: number;
}

/** Makes buckets of `burst` tokens, refilled one per `refillMs`; full buckets are forgotten. */
export function createTokens(options: { readonly burst: number; readonly refillMs: number; readonly clock: Clock }): Tokens {
  const { burst, refillMs, clock } = options;
  const buckets = new Map<string, Bucket>();

  function leftIn(bucket: Bucket, now: number): number {
    return Math.min(burst, bucket.left + (now - bucket.at) / refillMs);
  }

  return {
    take(key) {
      const now = clock.monotonic();
      for (const [other, bucket] of buckets) if (leftIn(bucket, now) >= burst) buckets.delete(other);
      const left = leftIn(buckets.get(key) ?? { left: burst, at: now }, now);
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
      return left >= 1;
    },
  };
}
