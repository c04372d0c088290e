import type { Totals } from "./totals.ts";
import { SHARED_SCORE, type PodRecord } from "./visibility.ts";

const SURE = 6;

/**
 * Marks, at the end of a round, the pods whose numbers have risen and are those of another pod to the last digit. Counters of one's own are
 * hardly ever equal in requests, buckets and seconds at once, and not two rounds in a row; those of a shared store always are where no
 * request comes between two scrapes.
 */
export function markSharedStores(records: Map<string, PodRecord>): void {
  const risen = [...records].flatMap(([pod, record]) => {
    const totals = record.counters?.processes.at(-1);
    // Without the seconds, pods with little traffic report the same few numbers by chance.
    return totals === undefined || Number.isNaN(totals.seconds) || totals.requests === (record.requestsBefore ?? 0)
      ? []
      : [{ pod, record, totals }];
  });
  const holders = new Map<string, number>();
  for (const { totals } of risen) {
    const numbers = numbersOf(totals);
    holders.set(numbers, (holders.get(numbers) ?? 0) + 1);
  }
  for (const { pod, record, totals } of risen) {
    const isShared = (holders.get(numbersOf(totals)) ?? 0) > 1;
    records.set(pod, { ...record, sameAsOthers: nextScore(record.sameAsOthers, isShared), requestsBefore: totals.requests });
  }
}

/** Two rounds in a row to find a store; then requests may come between two scrapes for some rounds before it is forgotten. */
function nextScore(score: number, isShared: boolean): number {
  if (isShared) return score === 0 ? 1 : SURE;
  return score < SHARED_SCORE ? 0 : score - 1;
}

function numbersOf({ requests, errors, withoutStatus, seconds, buckets }: Totals): string {
  return JSON.stringify([requests, errors, withoutStatus, seconds, buckets.map(({ count }) => count)]);
}
