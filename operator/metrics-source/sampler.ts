import { isDeepStrictEqual } from "node:util";
import { boundPlacements } from "./bound-pods.ts";
import { createHistory } from "./history.ts";
import type { History, PodReport, ReadingOptions } from "./history.ts";
import type { PodScraper } from "./pod-scraper.ts";
import { createProbing } from "./probing.ts";
import type { PodProber } from "./pod-prober.ts";
import type { Probing } from "./probing.ts";
import { describeSilence } from "./silence.ts";
import { readPrometheus } from "./prometheus-totals.ts";
import type { Prometheus } from "./prometheus.ts";
import { readTotals } from "./totals.ts";
import type { Totals } from "./totals.ts";
import { wallTimers } from "../base/clock.ts";
import type { Timers } from "../base/clock.ts";
import type { Measurement, SideBySide, QueryOutcome, QueryOutcomes } from "../measurement/measurement.ts";
import type { PrometheusSource, RequestMetrics, SampledRelease, SamplingJob } from "../measurement/sampling-job.ts";

/** Samples apps in the background; it starts from nothing. */
export interface Sampler {
  /** Begins or changes the sampling of an app; the same job again is a no-op. The first round, and the first look at a new pod, come at once. */
  watch(key: string, job: SamplingJob): void;
  /** Ends the sampling of an app and forgets all of it; unknown keys are ignored. */
  unwatch(key: string): void;
  /** What was measured; undefined before the first round has ended. */
  measurement(key: string): Measurement | undefined;
  /** The apps that are sampled now. */
  keys(): readonly string[];
  /** Ends everything. */
  close(): void;
}

/** What the sampler works with. */
export interface SamplerOptions {
  readonly scraper: PodScraper;
  readonly prober: PodProber;
  readonly connect: (source: PrometheusSource) => Prometheus;
  /** Called after every round, failed ones too: the key is worth a look. */
  readonly onSample: (key: string) => void;
  /** Called with what should never happen; sampling goes on. */
  readonly onError: (key: string, error: unknown) => void;
  readonly timers?: Timers;
  /** Pods that are asked per release, ready ones first, then by name. Default: 30 of stable, 100 of the candidate, where one bad pod matters. */
  readonly maxPods?: SideBySide<number>;
}

interface Watched {
  readonly key: string;
  readonly history: History;
  readonly probing: Probing;
  readonly stopped: AbortController;
  /** Pods that are being scraped: their answers must not overtake each other. */
  readonly scraping: Set<string>;
  job: SamplingJob;
  prometheus?: Prometheus;
  scrapeSeconds?: number | undefined;
  /** Cancels the next round; undefined while one is under way. */
  cancel?: (() => void) | undefined;
}

const MIN_PAUSE_SHARE = 0.2;
const RELEASES = ["stable", "candidate"] as const;

/** Makes a sampler that watches nothing yet. */
export function createSampler(options: SamplerOptions): Sampler {
  const { scraper, prober, connect, onSample, onError, timers = wallTimers, maxPods = { stable: 30, candidate: 100 } } = options;
  const watched = new Map<string, Watched>();

  function start(key: string, job: SamplingJob): void {
    const stopped = new AbortController();
    const probing = createProbing({ prober, timers, signal: stopped.signal, onError: (error) => onError(key, error) });
    const app: Watched = { key, job, stopped, probing, scraping: new Set(), history: createHistory(timers.now()) };
    watched.set(key, app);
    connectTo(app);
    void runRound(app);
  }

  function stop(app: Watched): void {
    watched.delete(app.key);
    app.stopped.abort();
    app.cancel?.();
    app.probing.stop();
    disconnect(app);
  }

  function change(app: Watched, job: SamplingJob): void {
    const before = app.job;
    app.job = job;
    if (!isDeepStrictEqual(before.prometheus, job.prometheus)) disconnect(app);
    connectTo(app);
    app.probing.follow(job);
    for (const release of RELEASES) {
      const otherSource = (before.prometheus === undefined) !== (job.prometheus === undefined);
      if (otherSource || !isDeepStrictEqual(before.placements[release].metrics, job.placements[release].metrics)) {
        app.history.forgetTotals(job.placements[release].pods.map(({ pod }) => pod));
      }
    }
    if (before.intervalSeconds !== job.intervalSeconds && app.cancel !== undefined) {
      app.cancel();
      schedule(app, job.intervalSeconds * 1000);
    }
    for (const release of RELEASES) void meet(app, release);
  }

  function connectTo(app: Watched): void {
    const { prometheus } = app.job;
    if (prometheus === undefined || app.prometheus !== undefined) return;
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

  /** Scrapes the pods that nothing is known of, so that what they answer from now on is counted. */
  async function meet(app: Watched, release: keyof SideBySide<unknown>): Promise<void> {
    if (app.job.prometheus !== undefined) return;
    const placement = app.job.placements[release];
    try {
      await scrape(app, release, { ...placement, pods: placement.pods.filter(({ pod }) => app.history.isNew(pod)) });
    } catch (error) {
      onError(app.key, error);
    }
  }

  async function runRound(app: Watched): Promise<void> {
    app.cancel = undefined;
    const startedMs = timers.now();
    try {
      app.probing.follow(app.job);
      const [problems, queries] = await Promise.all([look(app), ask(app)]);
      if (app.stopped.signal.aborted) return;
      app.history.endRound({ atMs: timers.now(), queries, probes: app.probing.take(), problems });
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

  /** Takes the counters of all pods; the answer is why the source as a whole reports nothing. */
  async function look(app: Watched): Promise<Partial<SideBySide<string>>> {
    const { job } = app;
    if (job.prometheus === undefined) {
      await Promise.all(RELEASES.map((release) => scrape(app, release, job.placements[release])));
      return {};
    }
    const seen = await readPrometheus(app.prometheus, job, app.stopped.signal);
    if (app.stopped.signal.aborted) return {};
    for (const release of RELEASES) app.history.take(release, seen.reports[release], timers.now(), readingOf(job));
    app.scrapeSeconds = seen.scrapeSeconds ?? app.scrapeSeconds;
    return seen.problems;
  }

  async function scrape(app: Watched, release: keyof SideBySide<unknown>, { pods, metrics }: SampledRelease): Promise<void> {
    const targets = pods.filter(({ pod }) => !app.scraping.has(pod));
    if (targets.length === 0) return;
    for (const { pod } of targets) app.scraping.add(pod);
    try {
      const read = (page: string): Totals => totalsOf(page, metrics);
      const results = await scraper.scrape({ targets, endpoint: metrics, read, signal: app.stopped.signal });
      const reports = results.map((result): PodReport => (result.ok ? result : { ...result, reason: describeSilence(metrics, result) }));
      // Other metrics may be asked for meanwhile; those that were asked for here no longer count then.
      const isCurrent = isDeepStrictEqual(app.job.placements[release].metrics, metrics) && app.job.prometheus === undefined;
      if (!app.stopped.signal.aborted && isCurrent) app.history.take(release, reports, timers.now(), readingOf(app.job));
    } finally {
      for (const { pod } of targets) app.scraping.delete(pod);
    }
  }

  return {
    watch(key, wanted) {
      const job = { ...wanted, placements: boundPlacements(wanted.placements, maxPods) };
      const app = watched.get(key);
      if (app !== undefined && isDeepStrictEqual(app.job, job)) return;
      if (app?.job.id === job.id) return change(app, job);
      if (app !== undefined) stop(app);
      start(key, job);
    },
    unwatch(key) {
      const app = watched.get(key);
      if (app !== undefined) stop(app);
    },
    measurement(key) {
      const app = watched.get(key);
      const rounds = app?.history.rounds() ?? [];
      return app === undefined || rounds.length === 0 ? undefined : measurementOf(app, rounds);
    },
    keys: () => [...watched.keys()],
    close() {
      for (const app of watched.values()) stop(app);
    },
  };
}

function measurementOf({ job, history, scrapeSeconds }: Watched, rounds: Measurement["rounds"]): Measurement {
  const { stable, candidate } = job.placements;
  const visibility = history.visibility({ stable: stable.pods, candidate: candidate.pods });
  return { trial: job.id, rounds, visibility, ...(scrapeSeconds === undefined ? {} : { scrapeSeconds }) };
}

function readingOf({ trialStartedMs, prometheus }: SamplingJob): ReadingOptions {
  return { trialStartedMs, live: prometheus === undefined };
}

function totalsOf(page: string, metrics: RequestMetrics): Totals {
  const result = readTotals(page, metrics);
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
