import type { Bucket, RequestCounts } from "../measurement/measurement.ts";

/** No requests at all. */
export const NO_REQUESTS: RequestCounts = Object.freeze({ requests: 0, errors: 0, withoutStatus: 0, buckets: [] });

/** Whether any counter is below what it was before, which only happens when counting began anew. */
export function hasFallen(before: RequestCounts, after: RequestCounts): boolean {
  if (after.errors < before.errors || after.withoutStatus < before.withoutStatus) return true;
  // Good requests on their own: a process that begins anew with many errors may have more requests than the old one.
  if (goodRequests(after) < goodRequests(before)) return true;
  const counts = new Map(after.buckets.map(({ le, count }) => [le, count]));
  return before.buckets.some(({ le, count }) => (counts.get(le) ?? 0) < count);
}

/** What was added between two looks at the same process. */
export function subtractCounts(before: RequestCounts, after: RequestCounts): RequestCounts {
  const counts = new Map(before.buckets.map(({ le, count }) => [le, count]));
  return {
    requests: after.requests - before.requests,
    errors: after.errors - before.errors,
    withoutStatus: after.withoutStatus - before.withoutStatus,
    buckets: risingBuckets(after.buckets.map(({ le, count }) => ({ le, count: count - (counts.get(le) ?? 0) }))),
  };
}

/** All that a process has counted. */
export function allCounts({ requests, errors, withoutStatus, buckets }: RequestCounts): RequestCounts {
  return { requests, errors, withoutStatus, buckets: risingBuckets(buckets) };
}

/**
 * The sum over pods. Where pods have different bounds, a pod without a bound counts there as at its next lower one,
 * so that requests are rather held for slow than for fast.
 */
export function mergeCounts(all: readonly RequestCounts[]): RequestCounts {
  const merged = { requests: 0, errors: 0, withoutStatus: 0 };
  for (const counts of all) {
    merged.requests += counts.requests;
    merged.errors += counts.errors;
    merged.withoutStatus += counts.withoutStatus;
  }
  return { ...merged, buckets: mergeBuckets(all.map((counts) => counts.buckets).filter((buckets) => buckets.length > 0)) };
}

function goodRequests({ requests, errors, withoutStatus }: RequestCounts): number {
  return requests - errors - withoutStatus;
}

/** A page is not read in one instant by every client library: a bound may lag behind a lower one. */
function risingBuckets(buckets: readonly Bucket[]): Bucket[] {
  let highest = 0;
  return buckets.map(({ le, count }) => {
    highest = Math.max(highest, count);
    return { le, count: highest };
  });
}

function mergeBuckets(layouts: readonly (readonly Bucket[])[]): Bucket[] {
  const bounds = [...new Set(layouts.flatMap((buckets) => buckets.map(({ le }) => le)))].toSorted((a, b) => a - b);
  const merged = bounds.map((le) => ({ le, count: 0 }));
  for (const buckets of layouts) {
    let next = 0;
    let count = 0;
    for (const bound of merged) {
      for (let own = buckets[next]; own !== undefined && own.le <= bound.le; own = buckets[next]) {
        count = own.count;
        next += 1;
      }
      bound.count += count;
    }
  }
  return merged;
}
