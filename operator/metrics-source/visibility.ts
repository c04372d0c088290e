import { MAX_FALLS } from "./pod-counter.ts";
import type { PodCounters } from "./pod-counter.ts";
import type { Visibility } from "../measurement/measurement.ts";

/** The score from which on a store is held for shared. */
export const SHARED_SCORE = 2;

/** What is known of one pod as a source of metrics. */
export interface PodRecord {
  readonly counters?: PodCounters | undefined;
  readonly failuresInARow: number;
  /** Why the newest look gave nothing. */
  readonly reason?: string | undefined;
  /** How sure it is that the pod shares its store with another one, see markSharedStores. */
  readonly sameAsOthers: number;
  /** Requests that the pod had counted when the round before ended. */
  readonly requestsBefore?: number | undefined;
}

/** A pod that is asked. */
export interface AskedPod {
  readonly pod: string;
  readonly ready: boolean;
}

const TURNS = "its counters rise and fall: several processes answer in turn, so let the library add them up (its multi-process mode)";

/** What can be seen of the pods of one release; pods that are not ready need not answer. */
export function describeVisibility(
  asked: readonly AskedPod[],
  records: ReadonlyMap<string, PodRecord>,
  problem: string | undefined,
): Visibility {
  const ready = asked.filter((pod) => pod.ready);
  const silent = ready.flatMap(({ pod }) => {
    const reason = silenceOf(records.get(pod));
    return reason === undefined ? [] : [{ pod, reason }];
  });
  const quiet = new Set(silent.map(({ pod }) => pod));
  const reporting = ready.flatMap(({ pod }) => {
    const totals = quiet.has(pod) ? undefined : records.get(pod)?.counters?.processes.at(-1);
    return totals === undefined ? [] : [totals];
  });
  const withSeries = reporting.filter(({ requests, routesUnknown }) => requests > 0 || routesUnknown);
  return {
    pods: ready.length,
    reporting: reporting.length,
    silent,
    undeclared: reporting.length > 0 && reporting.every(({ declared }) => !declared),
    sharedStore: ready.some(({ pod }) => (records.get(pod)?.sameAsOthers ?? 0) >= SHARED_SCORE),
    routesUnknown: withSeries.length > 0 && withSeries.every(({ routesUnknown }) => routesUnknown),
    ...(problem === undefined ? {} : { problem }),
  };
}

function silenceOf(record: PodRecord | undefined): string | undefined {
  if ((record?.counters?.falls ?? 0) >= MAX_FALLS) return TURNS;
  if (record?.reason === undefined) return undefined;
  return record.failuresInARow > 1 || record.counters === undefined ? record.reason : undefined;
}
