import type { PodTarget, ScrapeResult } from "./pod-scraper.ts";
import type { QueryOutcome } from "./prometheus.ts";
import { estimateQuantile } from "./quantile.ts";
import type { Quantile } from "./quantile.ts";
import { mergeReds, subtractTotals } from "./red.ts";
import type { Red, Totals } from "./red.ts";

/** The two tracks of a release that are compared. */
export interface Tracks<T> {
  readonly stable: T;
  readonly candidate: T;
}

/** Outcomes by the name of the query. */
export type QueryOutcomes = Readonly<Record<string, QueryOutcome>>;

/** One round of scrapes and queries. */
export interface Sampling {
  /** When the round ended, in milliseconds since 1970. */
  readonly atMs: number;
  readonly results: Tracks<readonly ScrapeResult<Totals>[]>;
  readonly queries: QueryOutcomes;
}

/** What one track did in a span of time. */
export interface TrackWindow extends Red {
  readonly p99: Quantile | undefined;
  /** Pods that are asked and told their metrics at least once. */
  readonly tellingPods: number;
  /** Pods that are asked and tell nothing: never yet, or twice in a row. */
  readonly silent: readonly { readonly pod: string; readonly reason: string }[];
  /** True where pods tell metrics, but none names the histogram: a wrong name, or no request yet. */
  readonly undeclared: boolean;
}

/** What both tracks did in a span of time. */
export interface SampleWindow extends Tracks<TrackWindow> {
  readonly fromMs: number;
  readonly toMs: number;
  /** Outcomes of the newest round. */
  readonly queries: QueryOutcomes;
  /** Rounds in the window. */
  readonly samples: number;
  /** What went wrong in the window, distinct, at most 10. */
  readonly failures: readonly string[];
}

/** What is remembered of one app: the newest totals of its pods, and a bounded list of differences. */
export interface History {
  /** Forgets the pods that are no longer asked. */
  retain(targets: Tracks<readonly PodTarget[]>): void;
  /** Pods that have told nothing yet, neither totals nor a failure. */
  isNew(target: PodTarget): boolean;
  /** Takes first scrapes of new pods between two rounds, so that the next round has a difference. */
  begin(results: readonly ScrapeResult<Totals>[], atMs: number): void;
  record(sampling: Sampling): void;
  /**
   * Everything that began at or after a moment; undefined without such a round. With `enoughRequests`, only as many of the newest
   * rounds as give the candidate so many requests, so that a fault that begins late is not diluted by good rounds before it.
   */
  window(sinceMs: number, enoughRequests?: number): SampleWindow | undefined;
}

/** Bounds of a history. */
export interface HistoryOptions {
  /** Rounds that are kept apart; the oldest are merged into one, so that little traffic adds up to enough. Default: 60. */
  readonly rounds?: number;
  /** Totals older than this give no difference: it would tell of a time long before the window. In milliseconds. */
  readonly maxAgeMs: () => number;
}

interface PodMemory {
  readonly restarts: number;
  readonly totals?: Totals;
  readonly toldAtMs?: number;
  readonly failuresInARow: number;
  readonly reason?: string;
}

interface Round extends Tracks<Red> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly samples: number;
  readonly failures: readonly string[];
}

const MAX_FAILURES = 10;

/** Makes an empty history. */
export function createHistory({ rounds: limit = 60, maxAgeMs }: HistoryOptions): History {
  const pods = new Map<string, PodMemory>();
  const rounds: Round[] = [];
  let asked: Tracks<readonly PodTarget[]> = { stable: [], candidate: [] };
  let queries: QueryOutcomes = {};

  function differences(results: readonly ScrapeResult<Totals>[], atMs: number): Red {
    const reds: Red[] = [];
    for (const result of results) {
      const memory = pods.get(result.target.pod);
      pods.set(result.target.pod, remember(memory, result, atMs));
      if (!result.ok || memory?.toldAtMs === undefined || atMs - memory.toldAtMs > maxAgeMs()) continue;
      const red = subtractTotals(memory.totals, result.value, memory.restarts !== result.target.restarts);
      if (red !== undefined) reds.push(red);
    }
    return mergeReds(reds);
  }

  function forgetOthers(): void {
    const kept = new Set([...asked.stable, ...asked.candidate].map(({ pod }) => pod));
    for (const pod of pods.keys()) if (!kept.has(pod)) pods.delete(pod);
  }

  function trackWindow(track: keyof Tracks<unknown>, within: readonly Round[]): TrackWindow {
    const red = mergeReds(within.map((round) => round[track]));
    const memories = asked[track].map(({ pod }) => ({ pod, memory: pods.get(pod) }));
    const told = memories.flatMap(({ memory }) => (memory?.totals === undefined ? [] : [memory.totals]));
    return {
      ...red,
      p99: estimateQuantile(0.99, red.buckets),
      tellingPods: told.length,
      silent: memories.flatMap(({ pod, memory }) => (isSilent(memory) ? [{ pod, reason: memory.reason }] : [])),
      undeclared: told.length > 0 && told.every(({ declared }) => !declared),
    };
  }

  return {
    retain(targets) {
      asked = targets;
      forgetOthers();
    },
    isNew: (target) => !pods.has(target.pod),
    begin(results, atMs) {
      for (const result of results) {
        if (!pods.has(result.target.pod)) pods.set(result.target.pod, remember(undefined, result, atMs));
      }
      forgetOthers();
    },
    record({ atMs, results, queries: outcomes }) {
      const stable = differences(results.stable, atMs);
      const candidate = differences(results.candidate, atMs);
      const failures = [...results.stable, ...results.candidate]
        .flatMap(failureOf)
        .concat(Object.entries(outcomes).flatMap(queryFailureOf));
      rounds.push({ fromMs: rounds.at(-1)?.toMs ?? atMs, toMs: atMs, samples: 1, stable, candidate, failures: distinct(failures) });
      mergeOldest(rounds, limit);
      queries = outcomes;
      // A pod may have gone while it was asked.
      forgetOthers();
    },
    window(sinceMs, enoughRequests = Infinity) {
      const within = newest(
        rounds.filter((round) => round.fromMs >= sinceMs),
        enoughRequests,
      );
      const first = within[0];
      const last = within.at(-1);
      if (first === undefined || last === undefined) return undefined;
      return {
        fromMs: first.fromMs,
        toMs: last.toMs,
        stable: trackWindow("stable", within),
        candidate: trackWindow("candidate", within),
        queries,
        samples: within.reduce((sum, round) => sum + round.samples, 0),
        failures: distinct(within.flatMap((round) => round.failures)),
      };
    },
  };
}

function mergeOldest(rounds: Round[], limit: number): void {
  const [first, second] = rounds;
  if (rounds.length <= limit || first === undefined || second === undefined) return;
  rounds.splice(0, 2, {
    fromMs: first.fromMs,
    toMs: second.toMs,
    samples: first.samples + second.samples,
    stable: mergeReds([first.stable, second.stable]),
    candidate: mergeReds([first.candidate, second.candidate]),
    failures: distinct([...first.failures, ...second.failures]),
  });
}

function distinct(failures: readonly string[]): readonly string[] {
  return [...new Set(failures)].slice(-MAX_FAILURES);
}

function remember(memory: PodMemory | undefined, result: ScrapeResult<Totals>, atMs: number): PodMemory {
  const { restarts } = result.target;
  if (result.ok) return { restarts, totals: result.value, toldAtMs: atMs, failuresInARow: 0 };
  const failuresInARow = (memory?.failuresInARow ?? 0) + 1;
  // The restarts are those of the last totals: a restart during an outage is still one when the pod tells again.
  return { restarts, ...memory, failuresInARow, reason: result.reason };
}

function isSilent(memory: PodMemory | undefined): memory is PodMemory & { readonly reason: string } {
  if (memory?.reason === undefined) return false;
  return memory.failuresInARow > 1 || memory.totals === undefined;
}

function failureOf(result: ScrapeResult<Totals>): string[] {
  const { pod } = result.target;
  if (!result.ok) return [`pod ${pod}: ${result.reason}`];
  const { malformed } = result.value;
  return malformed === 0 ? [] : [`pod ${pod}: ${malformed} lines of the histogram cannot be read`];
}

function queryFailureOf([name, outcome]: readonly [string, QueryOutcome]): string[] {
  return outcome.state === "error" ? [`query ${name}: ${outcome.reason}`] : [];
}

function newest(rounds: readonly Round[], enoughRequests: number): readonly Round[] {
  let requests = 0;
  for (let index = rounds.length - 1; index >= 0; index -= 1) {
    requests += rounds[index]?.candidate.requests ?? 0;
    if (requests >= enoughRequests) return rounds.slice(index);
  }
  return rounds;
}
