import { allCounts, hasFallen, mergeCounts, NO_REQUESTS, subtractCounts } from "./request-counts.ts";
import type { Totals } from "./totals.ts";
import type { RequestCounts } from "../measurement/measurement.ts";

/** One look at the counters of a pod. */
export interface PodReading {
  readonly totals: Totals;
  /** Restarts of the app's container, as they were known before the look. */
  readonly restarts: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The pod began within the trial, so all that it has counted is new. */
  readonly countFromStart: boolean;
  /** False where a Prometheus may still hold the counters of before a restart. */
  readonly live: boolean;
}

/** What is remembered of a pod's counters. */
export interface PodCounters {
  /** The newest totals of each process that answered, the newest last; pages without a start time are one process. */
  readonly processes: readonly Totals[];
  readonly firstAtMs: number;
  /** Restarts that have been accounted for. */
  readonly restarts: number;
  /** What a process had counted when counters fell without a known restart: it counts as soon as the restart is known. */
  readonly held?: RequestCounts | undefined;
  /** Falls that no restart has explained. */
  readonly falls: number;
}

/** What a reading adds. */
export interface Advance {
  readonly counters: PodCounters;
  /** What is new, each request once. */
  readonly counts: RequestCounts;
}

/** Unexplained falls from which on the counters of a pod are not to be trusted: several processes answer in turn. */
export const MAX_FALLS = 2;

const MAX_PROCESSES = 64;
// Some runtimes compute the start from the uptime, which jitters.
const START_TOLERANCE_SECONDS = 1;

/** Takes a reading of a pod into account. */
export function advanceCounters(before: PodCounters | undefined, reading: PodReading): Advance {
  const { totals, restarts, atMs, countFromStart } = reading;
  if (before === undefined) {
    const counters = { processes: [totals], firstAtMs: atMs, restarts, falls: 0 };
    return { counters, counts: countFromStart ? allCounts(totals) : NO_REQUESTS };
  }
  const known = findProcess(before.processes, totals);
  if (known === undefined) return meetProcess(before, reading);
  const processes = replaceProcess(before.processes, known, totals);
  if (totals.startedSeconds !== undefined && known.startedSeconds !== undefined) {
    const counters = { ...before, processes, restarts };
    if (!hasFallen(known, totals)) return { counters, counts: subtractCounts(known, totals) };
    // No jitter but another process, started in the same second: it counts from the next look at it.
    if (known.startedSeconds !== totals.startedSeconds) return { counters: addProcess(before, totals, restarts), counts: NO_REQUESTS };
    // The same process has forgotten series: what it lost and gained cannot be separated.
    return { counters: { ...counters, falls: before.falls + 1 }, counts: NO_REQUESTS };
  }
  return followAnonymous({ ...before, processes }, known, reading);
}

/** Forgets the totals where other metrics are read from now on; a process counts from the next look at it. */
export function forgetTotals(counters: PodCounters): PodCounters {
  return { ...counters, processes: [], held: undefined, falls: 0 };
}

/** A process that has not answered before: either a new one, or another of several that share a port. */
function meetProcess(before: PodCounters, { totals, restarts, countFromStart }: PodReading): Advance {
  const { startedSeconds } = totals;
  const isNew =
    before.processes.length > 0 && (countFromStart || restarts > before.restarts || (startedSeconds ?? 0) * 1000 > before.firstAtMs);
  return { counters: addProcess(before, totals, restarts), counts: isNew ? allCounts(totals) : NO_REQUESTS };
}

/** Follows a process without a start time: whether it is still the same one is known from its counters and the pod's restarts. */
function followAnonymous(counters: PodCounters, known: Totals, { totals, restarts, live }: PodReading): Advance {
  const restarted = restarts > counters.restarts;
  if (hasFallen(known, totals)) {
    if (restarted) return { counters: { ...counters, restarts, held: undefined }, counts: allCounts(totals) };
    return { counters: { ...counters, held: allCounts(totals), falls: counters.falls + 1 }, counts: NO_REQUESTS };
  }
  const added = subtractCounts(known, totals);
  if (!restarted) return { counters, counts: added };
  const { held, falls } = counters;
  if (held !== undefined) {
    const explained = { ...counters, restarts, held: undefined, falls: Math.max(0, falls - 1) };
    return { counters: explained, counts: mergeCounts([held, added]) };
  }
  // Nothing fell: the new process has counted more than the old one, or its counters were seen before the restart was known.
  // What is certainly new is the difference. A Prometheus may still have to see the fall.
  return { counters: live ? { ...counters, restarts } : counters, counts: added };
}

function addProcess(before: PodCounters, totals: Totals, restarts: number): PodCounters {
  return { ...before, processes: [...before.processes, totals].slice(-MAX_PROCESSES), restarts };
}

function findProcess(processes: readonly Totals[], { startedSeconds }: Totals): Totals | undefined {
  if (startedSeconds === undefined) return processes.at(-1);
  const distance = (each: Totals): number => Math.abs((each.startedSeconds ?? startedSeconds) - startedSeconds);
  const nearest = processes.toSorted((a, b) => distance(a) - distance(b))[0];
  return nearest === undefined || distance(nearest) > START_TOLERANCE_SECONDS ? undefined : nearest;
}

/** The process that answered last is the last one, so that the one which was not seen for longest is dropped first. */
function replaceProcess(processes: readonly Totals[], known: Totals, totals: Totals): readonly Totals[] {
  return [...processes.filter((each) => each !== known), totals];
}
