/** One cumulative bucket of a histogram. */
export interface Bucket {
  /** Upper bound, inclusive; the last one is Infinity. */
  readonly le: number;
  /** Observations up to the bound. */
  readonly count: number;
}

/** A quantile as a histogram can tell it. */
export interface Quantile {
  /** In the unit of the bounds: seconds. */
  readonly seconds: number;
  /** True where the quantile lies above the highest finite bound: the real value is greater than `seconds`, by an unknown amount. */
  readonly isFloor: boolean;
}

/**
 * Estimates a quantile as PromQL's histogram_quantile does: linear within the bucket that holds it, the lowest bucket beginning at 0.
 * The answer is never above the highest finite bound. Undefined without observations, without a finite bound or without the +Inf bucket.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function estimateQuantile(quantile: number, buckets: readonly Bucket[]): Quantile | undefined {
  const total = buckets.at(-1);
  const highest = buckets.at(-2);
  if (total?.le !== Infinity || highest === undefined || total.count <= 0) return undefined;
  const rank = quantile * total.count;
  const index = buckets.findIndex((bucket) => bucket.count >= rank);
  const bucket = buckets[index];
  if (bucket === undefined || bucket.le === Infinity) return { seconds: highest.le, isFloor: true };
  const below = buckets[index - 1];
  if (below === undefined && bucket.le <= 0) return { seconds: bucket.le, isFloor: false };
  const start = below ?? { le: 0, count: 0 };
  const within = bucket.count - start.count;
  const share = within === 0 ? 1 : (rank - start.count) / within;
  return { seconds: start.le + (bucket.le - start.le) * share, isFloor: false };
}
