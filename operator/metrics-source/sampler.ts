import { isDeepStrictEqual } from "node:util";
import { createHistory } from "./history.ts";
import type { History, QueryOutcomes, SampleWindow, Tracks } from "./history.ts";
import type { PodScraper, PodTarget, ScrapeResult } from "./pod-scraper.ts";
import type { Prometheus, PrometheusSource, QueryOutcome } from "./prometheus.ts";
import { readTotals } from "./red.ts";
import type { RequestMetric, Totals } from "./red.ts";

/** What to sample for one app. */
export interface SamplingJob {
  /** What is on trial, such as the candidate's revision; another id begins with an empty history. */
  readonly id: string;
  /** Seconds between two rounds. */
  readonly intervalSeconds: number;
  /** The ready pods of both tracks; an empty list where Prometheus tells of them. */
  readonly tracks: Tracks<readonly PodTarget[]>;
  /** Where the pods tell their metrics, and which histogram counts. */
  readonly metrics: RequestMetric & { readonly path: string };
  /** Which Prometheus answers the queries. */
  readonly prometheus?: PrometheusSource;
  readonly queries: readonly { readonly name: string; readonly promql: string }[];
}

/** Samples apps in the background; it starts from nothing, so the first difference of a pod needs two rounds. */
export interface Sampler {
  /** Begins or changes the sampling of an app; the same job again is a no-op. The first round, and the first scrape of a new pod, come at once. */
  watch(key: string, job: SamplingJob): void;
  /** Ends the sampling of an app and forgets all of it; unknown keys are ignored. */
  unwatch(key: string): void;
  /** What happened since a moment (milliseconds since 1970), see History.window; undefined where nothing was sampled since. */
  window(key: string, sinceMs: number, enoughRequests?: number): SampleWindow | undefined;
  /** The apps that are sampled now. */
  keys(): readonly string[];
  /** Ends everything. */
  close(): void;
}

/** Time as the sampler sees it. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after that many milliseconds; the answer cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

/** What the sampler works with. */
export interface SamplerOptions {
  readonly scraper: PodScraper;
  readonly connect: (source: PrometheusSource) => Prometheus;
  /** Called after every round, failed ones too: the key is worth a look. */
  readonly onSample: (key: string) => void;
  /** Told of what should never happen; sampling goes on. */
  readonly onError: (key: string, error: unknown) => void;
  readonly timers?: Timers;
  /** Pods that are asked per track, the first by name. Default: 30 of stable, 100 of the candidate, where one bad pod matters. */
  readonly maxPods?: Tracks<number>;
}

/** The real clock. */
export const systemTimers: Timers = Object.freeze({
  now: () => Date.now(),
  after(milliseconds: number, call: () => void) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
});

interface Watched {
  readonly key: string;
  readonly history: History;
  readonly stopped: AbortController;
  job: SamplingJob;
  prometheus?: Prometheus;
  /** Cancels the next round; undefined while one is under way. */
  cancel?: (() => void) | undefined;
}

// A missed round or two still gives a difference; more would tell of a time before the window.
const MAX_AGE_INTERVALS = 3.5;
const MIN_PAUSE_SHARE = 0.2;

/** Makes a sampler that watches nothing yet. */
export function createSampler(options: SamplerOptions): Sampler {
  const { scraper, connect, onSample, onError, timers = systemTimers, maxPods = { stable: 30, candidate: 100 } } = options;
  const watched = new Map<string, Watched>();

  function start(key: string, job: SamplingJob): void {
    const app: Watched = {
      key,
      job,
      stopped: new AbortController(),
      history: createHistory({ maxAgeMs: () => app.job.intervalSeconds * 1000 * MAX_AGE_INTERVALS }),
    };
    watched.set(key, app);
    app.history.retain(job.tracks);
    connectTo(app);
    void runRound(app);
  }

  function stop(app: Watched): void {
    watched.delete(app.key);
    app.stopped.abort();
    app.cancel?.();
    disconnect(app);
  }

  function change(app: Watched, job: SamplingJob): void {
    const before = app.job;
    app.job = job;
    if (!isDeepStrictEqual(before.prometheus, job.prometheus)) disconnect(app);
    connectTo(app);
    const added = [...job.tracks.stable, ...job.tracks.candidate].filter((target) => app.history.isNew(target));
    app.history.retain(job.tracks);
    if (before.intervalSeconds !== job.intervalSeconds && app.cancel !== undefined) {
      app.cancel();
      schedule(app, job.intervalSeconds * 1000);
    }
    if (added.length > 0) void meet(app, added);
  }

  function connectTo(app: Watched): void {
    const { prometheus, queries } = app.job;
    if (prometheus === undefined || queries.length === 0 || app.prometheus !== undefined) return;
    try {
      app.prometheus = connect(prometheus);
    } catch (error) {
      onError(app.key, error);
    }
  }

  function disconnect(app: Watched): void {
    const { prometheus } = app;
    delete app.prometheus;
    prometheus?.close().catch((error: unknown) => onError(app.key, error));
  }

  async function meet(app: Watched, targets: readonly PodTarget[]): Promise<void> {
    try {
      const results = await scrape(app, targets);
      if (!app.stopped.signal.aborted) app.history.begin(results, timers.now());
    } catch (error) {
      onError(app.key, error);
    }
  }

  async function runRound(app: Watched): Promise<void> {
    app.cancel = undefined;
    const startedMs = timers.now();
    try {
      const { tracks } = app.job;
      const [stable, candidate, queries] = await Promise.all([scrape(app, tracks.stable), scrape(app, tracks.candidate), ask(app)]);
      if (app.stopped.signal.aborted) return;
      app.history.record({ atMs: timers.now(), results: { stable, candidate }, queries });
      onSample(app.key);
    } catch (error) {
      onError(app.key, error);
    }
    // onSample may have ended the sampling.
    if (app.stopped.signal.aborted) return;
    const intervalMs = app.job.intervalSeconds * 1000;
    schedule(app, Math.max(intervalMs * MIN_PAUSE_SHARE, intervalMs - (timers.now() - startedMs)));
  }

  function schedule(app: Watched, milliseconds: number): void {
    app.cancel = timers.after(milliseconds, () => void runRound(app));
  }

  function scrape(app: Watched, targets: readonly PodTarget[]): Promise<readonly ScrapeResult<Totals>[]> {
    const { metrics } = app.job;
    const read = (page: string): Totals => totalsOf(page, metrics);
    return scraper.scrape({ targets, path: metrics.path, read, signal: app.stopped.signal });
  }

  return {
    watch(key, wanted) {
      const job = { ...wanted, tracks: boundTracks(wanted.tracks, maxPods) };
      const app = watched.get(key);
      if (app !== undefined && isDeepStrictEqual(app.job, job)) return;
      if (app?.job.id === job.id && isDeepStrictEqual(app.job.metrics, job.metrics)) return change(app, job);
      if (app !== undefined) stop(app);
      start(key, job);
    },
    unwatch(key) {
      const app = watched.get(key);
      if (app !== undefined) stop(app);
    },
    window: (key, sinceMs, enoughRequests) => watched.get(key)?.history.window(sinceMs, enoughRequests),
    keys: () => [...watched.keys()],
    close() {
      for (const app of watched.values()) stop(app);
    },
  };
}

function boundTracks(tracks: Tracks<readonly PodTarget[]>, maxPods: Tracks<number>): Tracks<readonly PodTarget[]> {
  return { stable: bound(tracks.stable, maxPods.stable), candidate: bound(tracks.candidate, maxPods.candidate) };
}

/** Pod names end in random characters, so the first by name are a sample that stays the same from round to round. */
function bound(targets: readonly PodTarget[], max: number): readonly PodTarget[] {
  return targets.toSorted((a, b) => (a.pod < b.pod ? -1 : 1)).slice(0, max);
}

function totalsOf(page: string, metric: RequestMetric): Totals {
  const result = readTotals(page, metric);
  if (!result.ok) throw new Error(result.reason);
  return result.totals;
}

async function ask({ job, prometheus, stopped }: Watched): Promise<QueryOutcomes> {
  const outcomes = await Promise.all(
    job.queries.map(async ({ name, promql }): Promise<[string, QueryOutcome]> => {
      return [name, (await prometheus?.query(promql, stopped.signal)) ?? noPrometheus(job)];
    }),
  );
  return Object.fromEntries(outcomes);
}

function noPrometheus({ prometheus }: SamplingJob): QueryOutcome {
  const reason =
    prometheus === undefined ? "there is no Prometheus to ask: set monitoring.prometheus" : "the URL of Prometheus is not valid";
  return { state: "error", reason };
}
