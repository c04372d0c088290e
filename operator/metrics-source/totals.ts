import { readExposition } from "./exposition.ts";
import { parseFloatWord } from "./exposition-line.ts";
import type { Sample } from "./exposition-line.ts";
import { createRouteClassifier } from "./routes.ts";
import type { RouteClass } from "./routes.ts";
import { classifyStatus } from "./status-class.ts";
import type { Bucket, RequestCounts } from "../measurement/measurement.ts";
import type { RequestMetrics } from "../measurement/sampling-job.ts";

/** What one pod has counted since its process began, without the requests that do not count. */
export interface Totals extends RequestCounts {
  /** Sum of the durations in seconds; NaN where there is none. Equal sums of two pods come from one store. */
  readonly seconds: number;
  /** False where the pod does not name the metric: a wrong name, or no request yet. */
  readonly declared: boolean;
  /** Series were found, and none has a label with the route. */
  readonly routesUnknown: boolean;
  /** Lines of the metrics that could not be read. */
  readonly malformed: number;
  /** When the process began, in seconds since 1970, where the page says so. */
  readonly startedSeconds?: number;
}

/** The totals of a page, or why it has none. */
export type TotalsResult = { readonly ok: true; readonly totals: Totals } | { readonly ok: false; readonly reason: string };

interface Tally {
  requests: number;
  errors: number;
  withoutStatus: number;
}

interface PageTally {
  readonly metrics: RequestMetrics;
  readonly routeOf: (labels: ReadonlyMap<string, string>) => RouteClass;
  readonly counted: Tally;
  /** The same from the +Inf buckets, for histograms that leave out `_count`. */
  readonly bucketed: Tally;
  readonly buckets: Map<number, number>;
  readonly routes: Set<RouteClass>;
  seconds: number;
  malformed: number;
  startedSeconds?: number;
}

const START_TIME = "process_start_time_seconds";

/** Reads the totals from a page of metrics. */
export function readTotals(text: string, metrics: RequestMetrics): TotalsResult {
  const page: PageTally = {
    metrics,
    routeOf: createRouteClassifier(metrics),
    counted: emptyTally(),
    bucketed: emptyTally(),
    buckets: new Map(),
    routes: new Set(),
    seconds: NaN,
    malformed: 0,
  };
  const { requestDuration, requests, excludeRoutes } = metrics;
  const names = [requestDuration, ...(requests === undefined ? [] : [requests.name]), START_TIME];
  const report = readExposition(text, names, (sample) => addSample(page, sample));
  if (report.truncated) return { ok: false, reason: "the page has more lines than are read" };
  const totals: Totals = {
    ...(page.counted.requests > 0 || requests !== undefined ? page.counted : page.bucketed),
    buckets: sortBuckets(page.buckets),
    seconds: page.seconds,
    declared: report.families.has(requests?.name ?? requestDuration),
    routesUnknown: excludeRoutes.length > 0 && page.routes.has("unknown") && !page.routes.has("counted"),
    malformed: report.malformed + page.malformed,
    ...(page.startedSeconds === undefined ? {} : { startedSeconds: page.startedSeconds }),
  };
  return { ok: true, totals };
}

/** The buckets in the order of their bounds. */
export function sortBuckets(buckets: ReadonlyMap<number, number>): Bucket[] {
  return [...buckets].map(([le, count]) => ({ le, count })).toSorted((a, b) => a.le - b.le);
}

function emptyTally(): Tally {
  return { requests: 0, errors: 0, withoutStatus: 0 };
}

function addSample(page: PageTally, sample: Sample): void {
  const { name, labels, value } = sample;
  if (name === START_TIME) {
    if (Number.isFinite(value)) page.startedSeconds = value;
    return;
  }
  const add = adderOf(page.metrics, name);
  if (add === undefined) return;
  if (!Number.isFinite(value) || value < 0) {
    // A sum of durations is not needed to count.
    if (add !== addSeconds) page.malformed += 1;
    return;
  }
  const route = page.routeOf(labels);
  page.routes.add(route);
  if (route !== "excluded") add(page, sample);
}

function adderOf({ requestDuration, requests }: RequestMetrics, name: string): ((page: PageTally, sample: Sample) => void) | undefined {
  if (name === requests?.name) return addCounter;
  if (name === `${requestDuration}_bucket`) return addBucket;
  if (name === `${requestDuration}_sum`) return addSeconds;
  return name === `${requestDuration}_count` && requests === undefined ? addCount : undefined;
}

function addCounter({ counted, metrics }: PageTally, { labels, value }: Sample): void {
  addRequests(counted, value, labels.get(metrics.requests?.statusLabel ?? ""));
}

function addCount({ counted, metrics }: PageTally, { labels, value }: Sample): void {
  addRequests(counted, value, labels.get(metrics.statusLabel));
}

function addSeconds(page: PageTally, { value }: Sample): void {
  page.seconds = (Number.isNaN(page.seconds) ? 0 : page.seconds) + value;
}

function addBucket(page: PageTally, { labels, value }: Sample): void {
  const le = parseFloatWord(labels.get("le") ?? "");
  if (le === undefined || Number.isNaN(le)) {
    page.malformed += 1;
    return;
  }
  page.buckets.set(le, (page.buckets.get(le) ?? 0) + value);
  if (le === Infinity) addRequests(page.bucketed, value, labels.get(page.metrics.statusLabel));
}

function addRequests(tally: Tally, count: number, statusText: string | undefined): void {
  const status = classifyStatus(statusText);
  tally.requests += count;
  if (status === "error") tally.errors += count;
  if (status === undefined) tally.withoutStatus += count;
}
