import { readExposition } from "./exposition.ts";
import { parseFloatWord } from "./exposition-line.ts";
import type { Sample } from "./exposition-line.ts";
import type { Bucket } from "./quantile.ts";

/** Rate, errors and duration: what a histogram of request durations tells, as totals or as a difference of two totals. */
export interface Red {
  readonly requests: number;
  /** Requests answered with a server error: status 500 or more, or a gRPC code that blames the server. */
  readonly errors: number;
  /** Requests whose series has no readable status: they may have been errors. */
  readonly withoutStatus: number;
  /** Cumulative and in the order of their bounds; the last one is +Inf where the histogram is whole. */
  readonly buckets: readonly Bucket[];
}

/** The totals of one pod at one scrape. */
export interface Totals extends Red {
  /** False where the page does not name the histogram: a wrong name, or no request yet. */
  readonly declared: boolean;
  /** Lines of the histogram that could not be read. */
  readonly malformed: number;
  /** When the process started, in seconds since 1970, where the page tells. */
  readonly startedSeconds?: number;
}

/** Which histogram to read. */
export interface RequestMetric {
  /** Name of the histogram, in seconds. */
  readonly requestDuration: string;
  /** Its label that holds the HTTP status, such as 200, 404 or 5xx. */
  readonly statusLabel: string;
}

/** The totals of a page, or why it has none. */
export type TotalsResult = { readonly ok: true; readonly totals: Totals } | { readonly ok: false; readonly reason: string };

/** The value for no requests at all. */
export const NO_REQUESTS: Red = Object.freeze({ requests: 0, errors: 0, withoutStatus: 0, buckets: [] });

const START_TIME = "process_start_time_seconds";
// Some runtimes compute the start from the uptime, which jitters.
const START_TOLERANCE_SECONDS = 1;
const serverErrorCodes = new Set(["unknown", "deadlineexceeded", "deadline_exceeded", "unimplemented", "internal", "unavailable"]);
const otherCodes = new Set([
  "ok",
  "canceled",
  "cancelled",
  "invalidargument",
  "invalid_argument",
  "notfound",
  "not_found",
  "alreadyexists",
  "already_exists",
  "permissiondenied",
  "permission_denied",
  "resourceexhausted",
  "resource_exhausted",
  "failedprecondition",
  "failed_precondition",
  "aborted",
  "outofrange",
  "out_of_range",
  "unauthenticated",
]);

interface Tally {
  requests: number;
  errors: number;
  withoutStatus: number;
}

interface PageTally {
  readonly counted: Tally;
  /** The same from the +Inf buckets, for histograms that leave out `_count`. */
  readonly bucketed: Tally;
  readonly buckets: Map<number, number>;
  malformed: number;
  startedSeconds?: number;
}

/** Sums the histogram of a page over all its labels but the class of the status, so that a page of any size leaves a few numbers. */
export function readTotals(text: string, metric: RequestMetric): TotalsResult {
  const page: PageTally = { counted: emptyTally(), bucketed: emptyTally(), buckets: new Map(), malformed: 0 };
  const report = readExposition(text, [metric.requestDuration, START_TIME], (sample) => addSample(page, sample, metric));
  if (report.truncated) return { ok: false, reason: "the page has more lines than are read" };
  const totals: Totals = {
    ...(page.counted.requests > 0 ? page.counted : page.bucketed),
    buckets: sortBuckets(page.buckets),
    declared: report.families.has(metric.requestDuration),
    malformed: report.malformed + page.malformed,
    ...(page.startedSeconds === undefined ? {} : { startedSeconds: page.startedSeconds }),
  };
  return { ok: true, totals };
}

/**
 * What happened between two scrapes of one pod; undefined where it cannot be told: without an earlier scrape, or where counters fell
 * in a process that did not restart (series were removed).
 * After a restart everything counted since then is the difference, as PromQL has it for a counter reset.
 */
export function subtractTotals(before: Totals | undefined, after: Totals, restarted: boolean): Red | undefined {
  if (before === undefined) return undefined;
  const started = compareStarts(before, after);
  if (restarted || started === "different") return redOf(after);
  if (!hasFallen(before, after)) return difference(before, after);
  return started === "same" ? undefined : redOf(after);
}

/**
 * The sum over pods. Where pods have different bounds, a pod without a bound counts there as at its next lower one,
 * so that a quantile is rather too high than too low.
 */
export function mergeReds(reds: readonly Red[]): Red {
  const merged = { requests: 0, errors: 0, withoutStatus: 0 };
  for (const red of reds) {
    merged.requests += red.requests;
    merged.errors += red.errors;
    merged.withoutStatus += red.withoutStatus;
  }
  return { ...merged, buckets: mergeBuckets(reds.map((red) => red.buckets).filter((buckets) => buckets.length > 0)) };
}

/** What the status says: "error" blames the server; undefined where it cannot be read. */
export function classifyStatus(status: string | undefined): "error" | "other" | undefined {
  if (status === undefined) return undefined;
  if (/^[1-5]xx$/i.test(status)) return status.startsWith("5") ? "error" : "other";
  if (/^[1-9]\d\d$/.test(status)) return Number(status) >= 500 ? "error" : "other";
  const code = status.toLowerCase();
  if (serverErrorCodes.has(code) || /^data_?loss$/.test(code)) return "error";
  return otherCodes.has(code) ? "other" : undefined;
}

function emptyTally(): Tally {
  return { requests: 0, errors: 0, withoutStatus: 0 };
}

function addSample(page: PageTally, sample: Sample, metric: RequestMetric): void {
  if (sample.name === START_TIME) {
    page.startedSeconds = sample.value;
    return;
  }
  const suffix = sample.name.slice(metric.requestDuration.length);
  if (suffix !== "_count" && suffix !== "_bucket") return;
  const le = suffix === "_bucket" ? parseFloatWord(sample.labels.get("le") ?? "") : undefined;
  const isCount = Number.isFinite(sample.value) && sample.value >= 0;
  if (!isCount || (suffix === "_bucket" && (le === undefined || Number.isNaN(le)))) {
    page.malformed += 1;
    return;
  }
  const status = classifyStatus(sample.labels.get(metric.statusLabel));
  if (le === undefined) return addRequests(page.counted, sample.value, status);
  page.buckets.set(le, (page.buckets.get(le) ?? 0) + sample.value);
  if (le === Infinity) addRequests(page.bucketed, sample.value, status);
}

function addRequests(tally: Tally, count: number, status: ReturnType<typeof classifyStatus>): void {
  tally.requests += count;
  if (status === "error") tally.errors += count;
  if (status === undefined) tally.withoutStatus += count;
}

function sortBuckets(buckets: ReadonlyMap<number, number>): Bucket[] {
  return [...buckets].map(([le, count]) => ({ le, count })).toSorted((a, b) => a.le - b.le);
}

function compareStarts(before: Totals, after: Totals): "same" | "different" | "unknown" {
  if (before.startedSeconds === undefined || after.startedSeconds === undefined) return "unknown";
  return Math.abs(before.startedSeconds - after.startedSeconds) > START_TOLERANCE_SECONDS ? "different" : "same";
}

function hasFallen(before: Red, after: Red): boolean {
  if (after.requests < before.requests || after.errors < before.errors || after.withoutStatus < before.withoutStatus) return true;
  const counts = new Map(after.buckets.map(({ le, count }) => [le, count]));
  return before.buckets.some(({ le, count }) => (counts.get(le) ?? 0) < count);
}

function difference(before: Red, after: Red): Red {
  const counts = new Map(before.buckets.map(({ le, count }) => [le, count]));
  return {
    requests: after.requests - before.requests,
    errors: after.errors - before.errors,
    withoutStatus: after.withoutStatus - before.withoutStatus,
    buckets: risingBuckets(after.buckets.map(({ le, count }) => ({ le, count: count - (counts.get(le) ?? 0) }))),
  };
}

function redOf(totals: Totals): Red {
  const { requests, errors, withoutStatus, buckets } = totals;
  return { requests, errors, withoutStatus, buckets: risingBuckets(buckets) };
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
