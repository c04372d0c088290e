import type { Random } from "./random-draws.ts";
import { simulateRelease } from "./simulate.ts";
import type { SimulationOptions } from "./simulate.ts";

/** What became of many releases with the same error rate. */
export interface Odds {
  readonly runs: number;
  readonly failed: number;
  readonly tooFew: number;
  /** Of those that failed; undefined where none has. */
  readonly median: { readonly seconds: number; readonly rounds: number; readonly requests: number } | undefined;
}

/** Simulates many releases. */
export function computeOdds(options: SimulationOptions, runs: number, random: Random): Odds {
  const ends = Array.from({ length: runs }, () => simulateRelease(options, random));
  const failed = ends.filter(({ result }) => result === "failed");
  return {
    runs,
    failed: failed.length,
    tooFew: ends.filter(({ result }) => result === "tooFew").length,
    median:
      failed.length === 0
        ? undefined
        : {
            seconds: median(failed.map(({ seconds }) => seconds)),
            rounds: median(failed.map(({ rounds }) => rounds)),
            requests: median(failed.map(({ requests }) => requests)),
          },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
