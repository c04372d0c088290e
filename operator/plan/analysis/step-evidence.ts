import { addTallies, nothing } from "./counting-check.ts";
import type { CountingCheck, Tally } from "./counting-check.ts";
import { addBuckets } from "./latency.ts";
import type { Bucket, SideBySide, Round } from "../../measurement/measurement.ts";

/** How probes of the candidate failed last, by path. */
export type ProbeFailures = Readonly<Record<string, string>>;

/** Sums since the step began: what a verdict shows, and what the step has proven. */
export interface StepEvidence {
  readonly startedAtMs: number | undefined;
  readonly rounds: number;
  /** Requests of users to the candidate. */
  readonly requests: number;
  readonly withoutStatus: number;
  readonly buckets: SideBySide<readonly Bucket[]>;
  /** By the name of the check; a check that could count nothing has no entry. */
  readonly tallies: Readonly<Record<string, SideBySide<Tally>>>;
  /** The newest failure of a probe of the candidate, by path. */
  readonly probeFailures: ProbeFailures;
}

/** A step of which nothing was seen yet. */
export function noStep(startedAtMs: number | undefined): StepEvidence {
  return {
    startedAtMs,
    rounds: 0,
    requests: 0,
    withoutStatus: 0,
    buckets: { stable: [], candidate: [] },
    tallies: {},
    probeFailures: {},
  };
}

/** Adds what failed in a round. */
export function noteProbeFailures(before: ProbeFailures, { candidate }: Round): ProbeFailures {
  const failures = Object.entries(candidate.probes).flatMap(([path, { failure }]) =>
    failure === undefined ? [] : [[path, failure] as const],
  );
  return { ...before, ...Object.fromEntries(failures) };
}

/** Adds a round. */
export function countStep(before: StepEvidence, round: Round, checks: readonly CountingCheck[]): StepEvidence {
  const { candidate, stable } = round;
  const tallies = checks.flatMap(({ name, tally }) => {
    const counts = { stable: tally(stable), candidate: tally(candidate) };
    const sum = before.tallies[name] ?? { stable: nothing, candidate: nothing };
    return counts.candidate === undefined ? [] : [[name, addTallies(sum, counts)] as const];
  });
  return {
    ...before,
    rounds: before.rounds + 1,
    requests: before.requests + candidate.requests,
    withoutStatus: before.withoutStatus + candidate.withoutStatus,
    buckets: {
      stable: addBuckets(before.buckets.stable, stable.buckets),
      candidate: addBuckets(before.buckets.candidate, candidate.buckets),
    },
    tallies: { ...before.tallies, ...Object.fromEntries(tallies) },
    probeFailures: noteProbeFailures(before.probeFailures, round),
  };
}
