import type { Bucket } from "../../measurement/measurement.ts";

/** How far above the limit a bucket's bound may lie and still stand for it. */
export const BOUND_TOLERANCE = 1.25;

/** The smallest finite bound that is not below the limit, in seconds; what lies above it is slow for certain. */
export function slowBound(buckets: readonly Bucket[], limitMilliseconds: number): number | undefined {
  // Half a microsecond of slack: 0.3 s is not exactly 300 ms in floating point.
  const limit = limitMilliseconds / 1000 - 5e-7;
  const bounds = buckets.map(({ le }) => le).filter((le) => Number.isFinite(le) && le >= limit);
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

/** Requests that were slower than the limit for certain; those between the two bounds around it are not known, and not counted as slow. */
export function slowRequests(buckets: readonly Bucket[], limitMilliseconds: number): { bad: number; all: number } | undefined {
  const bound = slowBound(buckets, limitMilliseconds);
  if (bound === undefined) return undefined;
  const all = Math.max(0, ...buckets.map(({ count }) => count).filter(Number.isFinite));
  const within = buckets.find(({ le }) => le === bound)?.count ?? all;
  return { bad: Math.max(0, all - within), all };
}

/** The sum of two histograms; where their bounds differ, of the bounds that both have. */
export function addBuckets(one: readonly Bucket[], other: readonly Bucket[]): readonly Bucket[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const counts = new Map(other.map(({ le, count }) => [le, count]));
  return one.flatMap(({ le, count }) => {
    const more = counts.get(le);
    return more === undefined ? [] : [{ le, count: count + more }];
  });
}

/** A quantile in milliseconds, interpolated within its bucket as Prometheus does; `isFloor`: the real value is greater by an unknown amount. */
export function quantile(buckets: readonly Bucket[], share: number): { milliseconds: number; isFloor: boolean } | undefined {
  const sorted = buckets.toSorted((one, other) => one.le - other.le);
  const all = sorted.at(-1)?.count ?? 0;
  if (all <= 0) return undefined;
  const rank = share * all;
  let below = { le: 0, count: 0 };
  for (const bucket of sorted) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.le)) return { milliseconds: below.le * 1000, isFloor: true };
      const part = bucket.count === below.count ? 1 : (rank - below.count) / (bucket.count - below.count);
      return { milliseconds: (below.le + (bucket.le - below.le) * part) * 1000, isFloor: false };
    }
    below = bucket;
  }
  return undefined;
}
