import { isDeepStrictEqual } from "node:util";
import { parseFloatWord } from "./exposition-line.ts";
import type { PodReport } from "./history.ts";
import type { Prometheus, Series, VectorOutcome } from "./prometheus.ts";
import { counterName, counterQueries, countStatusLabel, SCRAPES_WINDOW_SECONDS } from "./promql.ts";
import type { CounterQueries } from "./promql.ts";
import { classifyStatus } from "./status-class.ts";
import { sortBuckets } from "./totals.ts";
import type { Totals } from "./totals.ts";
import type { SideBySide } from "../measurement/measurement.ts";
import type { RequestMetrics, SampledPod, SamplingJob } from "../measurement/sampling-job.ts";

/** What a Prometheus knows of the pods of both releases. */
export interface PrometheusView {
  readonly reports: SideBySide<readonly PodReport[]>;
  /** Why it reports nothing of a release. */
  readonly problems: Partial<SideBySide<string>>;
  /** Seconds between two of its scrapes of a pod. */
  readonly scrapeSeconds?: number | undefined;
}

interface Answers {
  readonly counts: readonly Series[];
  readonly durations: readonly Series[];
  readonly scrapes: readonly Series[];
  readonly routesUnknown: boolean;
}

type GroupView =
  | { readonly ok: true; readonly totals: ReadonlyMap<string, Totals>; readonly down: ReadonlySet<string>; readonly scrapes: number }
  | { readonly ok: false; readonly problem: string };

const WANTED =
  "monitoring.prometheus must answer and must scrape the web pods (a ServiceMonitor, a PodMonitor or annotations) with the labels namespace and pod";

/** Asks a Prometheus for the counters of all pods; both releases are asked for together where they name the same metrics. */
export async function readPrometheus(prometheus: Prometheus | undefined, job: SamplingJob, signal: AbortSignal): Promise<PrometheusView> {
  const { stable, candidate } = job.placements;
  const look = (pods: readonly SampledPod[], metrics: RequestMetrics): Promise<GroupView> =>
    lookAt(prometheus, { namespace: job.prometheus?.namespace ?? "", pods, metrics, signal });
  const isAlike = isDeepStrictEqual(countedBy(stable.metrics), countedBy(candidate.metrics));
  const together = isAlike ? look([...stable.pods, ...candidate.pods], candidate.metrics) : undefined;
  const [ofStable, ofCandidate] = await Promise.all([
    together ?? look(stable.pods, stable.metrics),
    together ?? look(candidate.pods, candidate.metrics),
  ]);
  const problems = {
    ...problemOf("stable", ofStable, job),
    ...problemOf("candidate", ofCandidate, job),
  };
  const scrapes = Math.max(...[ofStable, ofCandidate].map((view) => (view.ok ? view.scrapes : 0)));
  return {
    reports: { stable: reportsOf(ofStable, stable.pods), candidate: reportsOf(ofCandidate, candidate.pods) },
    problems,
    // One scrape alone says nothing of the time between two.
    ...(scrapes > 1 ? { scrapeSeconds: Math.round(SCRAPES_WINDOW_SECONDS / scrapes) } : {}),
  };
}

interface Group {
  readonly namespace: string;
  readonly pods: readonly SampledPod[];
  readonly metrics: RequestMetrics;
  readonly signal: AbortSignal;
}

async function lookAt(prometheus: Prometheus | undefined, { namespace, pods, metrics, signal }: Group): Promise<GroupView> {
  if (prometheus === undefined) return { ok: false, problem: "the URL of Prometheus is not valid: correct monitoring.prometheus.url" };
  if (pods.length === 0) return { ok: true, totals: new Map(), down: new Set(), scrapes: 0 };
  const queries = counterQueries(
    namespace,
    pods.map(({ pod }) => pod),
    metrics,
  );
  const answers = await askAll(prometheus, queries, signal);
  if (typeof answers === "string") return { ok: false, problem: `${answers}; ${WANTED}` };
  return { ok: true, ...readAnswers(answers, metrics) };
}

async function askAll(prometheus: Prometheus, queries: CounterQueries, signal: AbortSignal): Promise<Answers | string> {
  const [counts, durations, scrapes, routes] = await Promise.all([
    prometheus.vector(queries.counts, signal),
    prometheus.vector(queries.durations, signal),
    prometheus.vector(queries.scrapes, signal),
    queries.routes === undefined ? undefined : prometheus.vector(queries.routes, signal),
  ]);
  const failed = [counts, durations, scrapes, routes].find((outcome) => outcome?.state === "error");
  if (failed?.state === "error") return failed.reason;
  const routesUnknown = routes !== undefined && seriesOf(routes).length === 0;
  return { counts: seriesOf(counts), durations: seriesOf(durations), scrapes: seriesOf(scrapes), routesUnknown };
}

function seriesOf(outcome: VectorOutcome): readonly Series[] {
  return outcome.state === "vector" ? outcome.series : [];
}

interface PodTally {
  requests: number;
  errors: number;
  withoutStatus: number;
  seconds: number;
  declared: boolean;
  readonly buckets: Map<number, number>;
}

function readAnswers(answers: Answers, metrics: RequestMetrics): Omit<GroupView & { ok: true }, "ok"> {
  const tallies = new Map<string, PodTally>();
  const tallyOf = ({ labels }: Series): PodTally => {
    const pod = labels["pod"] ?? "";
    const tally = tallies.get(pod) ?? { requests: 0, errors: 0, withoutStatus: 0, seconds: NaN, declared: false, buckets: new Map() };
    tallies.set(pod, tally);
    return tally;
  };
  const up = answers.scrapes.filter(({ value }) => value > 0);
  for (const series of up) tallyOf(series);
  for (const series of answers.counts) addCount(tallyOf(series), series, countStatusLabel(metrics));
  for (const series of answers.durations) {
    // Alone they are no report: the requests are missing.
    const tally = tallies.get(series.labels["pod"] ?? "");
    if (tally !== undefined) addDuration(tally, series);
  }
  const totals = [...tallies].map(([pod, tally]) => [pod, totalsOf(tally, answers.routesUnknown)] as const);
  return {
    totals: new Map(totals),
    down: new Set(answers.scrapes.filter(({ value }) => value === 0).map(({ labels }) => labels["pod"] ?? "")),
    scrapes: Math.max(0, ...up.map(({ value }) => value)),
  };
}

function addCount(tally: PodTally, { labels, value }: Series, statusLabel: string): void {
  if (!Number.isFinite(value) || value < 0) return;
  const status = classifyStatus(labels[statusLabel]);
  tally.declared = true;
  tally.requests += value;
  if (status === "error") tally.errors += value;
  if (status === undefined) tally.withoutStatus += value;
}

function addDuration(tally: PodTally, { labels, value }: Series): void {
  const bound = labels["le"] ?? "";
  if (bound === "sum") {
    tally.seconds = value;
    return;
  }
  const le = parseFloatWord(bound);
  if (le === undefined || Number.isNaN(le) || !Number.isFinite(value)) return;
  tally.buckets.set(le, (tally.buckets.get(le) ?? 0) + value);
}

function totalsOf({ buckets, ...tally }: PodTally, routesUnknown: boolean): Totals {
  return { ...tally, buckets: sortBuckets(buckets), routesUnknown: routesUnknown && tally.declared, malformed: 0 };
}

function reportsOf(view: GroupView, pods: readonly SampledPod[]): readonly PodReport[] {
  return pods.map((target) => {
    if (!view.ok) return { target, ok: false, reason: view.problem };
    const value = view.totals.get(target.pod);
    if (value !== undefined) return { target, ok: true, value };
    return { target, ok: false, reason: view.down.has(target.pod) ? "Prometheus cannot scrape it" : "Prometheus does not know it" };
  });
}

function problemOf(
  release: keyof SideBySide<unknown>,
  view: GroupView,
  { placements, prometheus }: SamplingJob,
): Partial<SideBySide<string>> {
  if (!view.ok) return { [release]: view.problem };
  const { pods, metrics } = placements[release];
  const ready = pods.filter((pod) => pod.ready);
  if (ready.length === 0 || pods.some(({ pod }) => view.totals.has(pod) || view.down.has(pod))) return {};
  const asked = `neither up nor ${counterName(metrics)} of any of the ${ready.length} ${release} pods, such as ${ready[0]?.pod}`;
  return { [release]: `Prometheus has ${asked} in namespace ${prometheus?.namespace}; ${WANTED}` };
}

function countedBy({ requestDuration, statusLabel, requests, routeLabel, excludeRoutes }: RequestMetrics): RequestMetrics {
  return { requestDuration, statusLabel, requests, routeLabel, excludeRoutes };
}
