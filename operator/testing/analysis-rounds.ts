import { analysisSchema } from "../api/analysis.ts";
import type { Analysis } from "../api/analysis.ts";
import { gatherEvidence } from "../plan/analysis/evidence.ts";
import type { Evidence, Trial } from "../plan/analysis/evidence.ts";
import { evaluate } from "../plan/analysis/evaluate.ts";
import type { EvaluationInput } from "../plan/analysis/evaluate.ts";
import type { Verdict } from "../plan/analysis/verdict.ts";
import type { Bucket, Counts, Measurement, Round, Visibility } from "../measurement/measurement.ts";

/** An analysis with defaults for all that is not given. */
export function analysisOf(given: Readonly<Record<string, unknown>> = {}): Analysis {
  return analysisSchema.parse(given);
}

/** What one release did in a round; nothing where nothing is given. */
function countsOf(given: Partial<Counts> = {}): Counts {
  return { requests: 0, errors: 0, withoutStatus: 0, buckets: [], probes: {}, ...given };
}

/** What may differ in a round. */
export interface GivenRound {
  readonly candidate?: Partial<Counts>;
  readonly stable?: Partial<Counts>;
  readonly queries?: Round["queries"];
}

/** Rounds of 10 seconds, the first with id 1 at second 0. */
export function roundsOf(given: readonly GivenRound[], firstId = 1): readonly Round[] {
  return given.map(({ candidate, stable, queries = {} }, index) => ({
    id: firstId + index,
    fromMs: (firstId + index - 1) * 10_000,
    toMs: (firstId + index) * 10_000,
    candidate: countsOf(candidate),
    stable: countsOf(stable),
    queries,
  }));
}

/** So many rounds of the same. */
export function repeat(times: number, given: GivenRound): readonly GivenRound[] {
  return Array.from({ length: times }, () => given);
}

/** Pods of which everything can be seen. */
export const visible: Visibility = { pods: 2, reporting: 2, silent: [], undeclared: false, sharedStore: false, routesUnknown: false };

/** A measurement of the trial "b". */
export function measurementOf(rounds: readonly Round[], candidate: Partial<Visibility> = {}): Measurement {
  return { trial: "b", rounds, visibility: { stable: visible, candidate: { ...visible, ...candidate } } };
}

/** The trial of a release "b" whose only step began at second 0. */
export function trialOf(config: Analysis = analysisOf(), given: Partial<Trial> = {}): Trial {
  return { id: "b", config, rounds: 96, stepStartedAtMs: 0, ...given };
}

/** A short story: rounds, and what differs from the usual. */
export interface Judged extends Partial<Omit<EvaluationInput, "evidence" | "config">> {
  readonly config?: Analysis;
  readonly trial?: Partial<Trial>;
  readonly visibility?: Partial<Visibility>;
  readonly scrapeSeconds?: number;
}

/** The evidence of some rounds. */
export function evidenceOf(
  given: readonly GivenRound[],
  { config = analysisOf(), trial, visibility, scrapeSeconds }: Judged = {},
): Evidence {
  return gatherEvidence(undefined, trialOf(config, trial), { ...measurementOf(roundsOf(given), visibility), scrapeSeconds });
}

/** The verdict on some rounds. */
export function verdictOn(given: readonly GivenRound[], judged: Judged = {}): Verdict {
  const { config = analysisOf(), restarts = [], servesUsers = true, nowMs } = judged;
  const verdict = evaluate({ evidence: evidenceOf(given, judged), config, restarts, servesUsers, nowMs });
  if (!verdict) throw new Error("nothing was measured");
  return verdict;
}

/** A histogram of so many requests, given as counts up to each bound. */
export function buckets(...pairs: readonly (readonly [le: number, count: number])[]): readonly Bucket[] {
  return pairs.map(([le, count]) => ({ le, count }));
}

/** All of 100 requests within 2 s. */
export const fast = buckets([0.5, 90], [2, 100], [2.5, 100], [10, 100], [Infinity, 100]);
/** A round without an error. */
export const good = { candidate: { requests: 100, buckets: fast }, stable: { requests: 1000, buckets: fast } };
/** A minute of them. */
export const allGood = repeat(6, good);

/** What a check says. */
export function messageOf(verdict: Verdict, name: string): string | undefined {
  return verdict.checks.find((check) => check.name === name)?.message;
}
