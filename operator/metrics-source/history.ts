import { advanceCounters, forgetTotals, MAX_FALLS } from "./pod-counter.ts";
import { mergeCounts } from "./request-counts.ts";
import { markSharedStores } from "./shared-store.ts";
import type { Totals } from "./totals.ts";
import { describeVisibility } from "./visibility.ts";
import type { PodRecord } from "./visibility.ts";
import type { Counts, SideBySide, ProbeCounts, QueryOutcomes, RequestCounts, Round, Visibility } from "../measurement/measurement.ts";
import type { SampledPod } from "../measurement/sampling-job.ts";

/** What one pod reported, or why it reported nothing. */
export type PodReport =
  | { readonly target: SampledPod; readonly ok: true; readonly value: Totals }
  | { readonly target: SampledPod; readonly ok: false; readonly reason: string };

/** What a round ends with, beside the reports that were taken since the round before. */
export interface RoundEnd {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly queries: QueryOutcomes;
  /** By path. */
  readonly probes: SideBySide<Readonly<Record<string, ProbeCounts>>>;
  /** Why the source as a whole reports nothing. */
  readonly problems: Partial<SideBySide<string>>;
}

/** How reports are to be read. */
export interface ReadingOptions {
  /** When the trial began, in milliseconds since 1970. */
  readonly trialStartedMs: number;
  /** False where a Prometheus may still hold the counters of before a restart. */
  readonly live: boolean;
}

/** What is remembered of one trial: the counters of every pod that ever reported, and the newest rounds. */
export interface History {
  /** Whether nothing is known of a pod, neither counters nor a failure. */
  isNew(pod: string): boolean;
  /** Takes reports of one release, in a round or between two. */
  take(release: keyof SideBySide<unknown>, reports: readonly PodReport[], atMs: number, options: ReadingOptions): void;
  /** Ends the round: what is new since the round before is in it, and in no other. */
  endRound(end: RoundEnd): void;
  /** Forgets totals, because other metrics are read from now on; what a pod counted before that is not counted again. */
  forgetTotals(pods: readonly string[]): void;
  rounds(): readonly Round[];
  visibility(asked: SideBySide<readonly SampledPod[]>): SideBySide<Visibility>;
}

const MAX_ROUNDS = 60;
// Pods that are gone are remembered, because one that is only out of sight must not be counted twice.
const MAX_PODS = 5000;
// The clocks of the API server and of the operator may differ.
const CLOCK_TOLERANCE_MS = 60_000;

/** Makes an empty history that begins now. */
export function createHistory(startedMs: number): History {
  const records = new Map<string, PodRecord>();
  const rounds: Round[] = [];
  let fresh: { stable: RequestCounts[]; candidate: RequestCounts[] } = { stable: [], candidate: [] };
  let fromMs = startedMs;
  let problems: Partial<SideBySide<string>> = {};

  function takeTotals(report: PodReport & { ok: true }, atMs: number, countFromStart: boolean, live: boolean): RequestCounts {
    const { target, value: totals } = report;
    const record = records.get(target.pod);
    if (record?.counters === undefined && countFromStart) fromMs = Math.min(fromMs, target.createdMs);
    const advance = advanceCounters(record?.counters, { totals, restarts: target.restarts, atMs, countFromStart, live });
    // Deleted first, so that the pod which was not seen for longest is dropped first.
    records.delete(target.pod);
    const { sameAsOthers = 0, requestsBefore } = record ?? {};
    records.set(target.pod, { counters: advance.counters, failuresInARow: 0, sameAsOthers, requestsBefore });
    return advance.counters.falls >= MAX_FALLS ? mergeCounts([]) : advance.counts;
  }

  function takeFailure({ target, reason }: PodReport & { ok: false }): void {
    const record = records.get(target.pod);
    const failuresInARow = (record?.failuresInARow ?? 0) + 1;
    records.set(target.pod, { sameAsOthers: 0, ...record, failuresInARow, reason });
  }

  function countsOf(release: keyof SideBySide<unknown>, probes: RoundEnd["probes"]): Counts {
    return { ...mergeCounts(fresh[release]), probes: probes[release] };
  }

  return {
    isNew: (pod) => !records.has(pod),
    take(release, reports, atMs, { trialStartedMs, live }) {
      for (const report of reports) {
        if (!report.ok) {
          takeFailure(report);
          continue;
        }
        const countFromStart = release === "candidate" && report.target.createdMs >= trialStartedMs - CLOCK_TOLERANCE_MS;
        fresh[release].push(takeTotals(report, atMs, countFromStart, live));
      }
    },
    endRound(end) {
      const id = Math.max(end.atMs, (rounds.at(-1)?.id ?? 0) + 1);
      const counts = { stable: countsOf("stable", end.probes), candidate: countsOf("candidate", end.probes) };
      rounds.push({ id, fromMs, toMs: end.atMs, ...counts, queries: end.queries });
      rounds.splice(0, rounds.length - MAX_ROUNDS);
      fresh = { stable: [], candidate: [] };
      fromMs = end.atMs;
      problems = end.problems;
      markSharedStores(records);
      for (const pod of [...records.keys()].slice(0, Math.max(0, records.size - MAX_PODS))) records.delete(pod);
    },
    forgetTotals(pods) {
      for (const pod of pods) {
        const record = records.get(pod);
        if (record?.counters !== undefined) records.set(pod, { ...record, counters: forgetTotals(record.counters), sameAsOthers: 0 });
      }
    },
    rounds: () => [...rounds],
    visibility: (asked) => ({
      stable: describeVisibility(asked.stable, records, problems.stable),
      candidate: describeVisibility(asked.candidate, records, problems.candidate),
    }),
  };
}
