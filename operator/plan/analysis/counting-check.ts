import type { Analysis } from "../../api/analysis.ts";
import { slowRequests } from "./latency.ts";
import type { Counts, SideBySide } from "../../measurement/measurement.ts";

/** Bad events among all. */
export interface Tally {
  readonly bad: number;
  readonly all: number;
}

/** A check that counts events, and the limit of their share. */
export interface CountingCheck {
  /** As in the verdict: errorRate, latencyP99, probes or probes/PATH. */
  readonly name: string;
  /** Share of bad events that is allowed. */
  readonly limit: number;
  /** How many times as bad as stable the candidate may be where stable is above the limit itself. */
  readonly timesStable: number;
  /** Whether the candidate fails for being worse than that, also within the limit (maxIncreasePercent). */
  readonly comparesAlways: boolean;
  /** Whether it looks at requests of users. */
  readonly countsUsers: boolean;
  readonly isDryRun: boolean;
  /** Undefined where it counts nothing: without a histogram, or without a bucket above the limit. */
  readonly tally: (counts: Counts) => Tally | undefined;
}

/** Twice stable's rate is allowed where nothing else is said: what both releases suffer is not the candidate's fault. */
const DEFAULT_TIMES_STABLE = 2;
/** By the meaning of a 99th percentile. */
const SLOW_SHARE = 0.01;

/** The checks of a release that count events, in the order of the verdict. */
export function countingChecks(config: Analysis): readonly CountingCheck[] {
  const { maxIncreasePercent, dryRun } = config;
  const errors = {
    name: "errorRate",
    limit: config.errorRatePercent / 100,
    timesStable: maxIncreasePercent === undefined ? DEFAULT_TIMES_STABLE : 1 + maxIncreasePercent / 100,
    comparesAlways: maxIncreasePercent !== undefined,
    countsUsers: true,
    isDryRun: dryRun.includes("errorRate"),
    tally: failedRequests,
  };
  const slow = {
    name: "latencyP99",
    limit: SLOW_SHARE,
    timesStable: DEFAULT_TIMES_STABLE,
    comparesAlways: false,
    countsUsers: true,
    isDryRun: dryRun.includes("latencyP99"),
    tally: ({ buckets }: Counts) => slowRequests(buckets, config.latencyP99Milliseconds),
  };
  return [errors, slow, ...config.probes.map(({ path }) => probeCheck(path, config))];
}

/** The name of a probe's check. */
function probeName(path: string, config: Analysis): string {
  return config.probes.length === 1 ? "probes" : `probes${path}`;
}

function probeCheck(path: string, config: Analysis): CountingCheck {
  return {
    name: probeName(path, config),
    limit: config.errorRatePercent / 100,
    timesStable: DEFAULT_TIMES_STABLE,
    comparesAlways: false,
    countsUsers: false,
    isDryRun: config.dryRun.includes("probes"),
    tally: ({ probes }) => probedRequests(probes[path]),
  };
}

/** The chance that each test may use up, so that all together keep `confidencePercent`. */
export function alphaPerTest(config: Analysis): number {
  const tests = countingChecks(config)
    .filter(({ isDryRun }) => !isDryRun)
    .reduce((sum, { comparesAlways }) => sum + (comparesAlways ? 2 : 1), 0);
  return (100 - config.confidencePercent) / 100 / Math.max(1, tests);
}

/** Both sums. */
export function addTally(one: Tally, other: Tally | undefined): Tally {
  return other === undefined ? one : { bad: one.bad + other.bad, all: one.all + other.all };
}

/** The sums of both releases. */
export function addTallies(one: SideBySide<Tally>, other: SideBySide<Tally | undefined>): SideBySide<Tally> {
  return { stable: addTally(one.stable, other.stable), candidate: addTally(one.candidate, other.candidate) };
}

/** Nothing was counted. */
export const nothing: Tally = { bad: 0, all: 0 };

/** A tally that a source may have reported with fractions or noise. */
function tallyOf(bad: number, all: number): Tally {
  const most = Number.isFinite(all) ? Math.max(0, all) : 0;
  return { bad: Number.isFinite(bad) ? Math.min(most, Math.max(0, bad)) : 0, all: most };
}

function failedRequests({ requests, errors, withoutStatus }: Counts): Tally {
  return tallyOf(errors, requests - withoutStatus);
}

function probedRequests(counts: Counts["probes"][string] | undefined): Tally | undefined {
  return counts && tallyOf(counts.failed, counts.asked);
}
