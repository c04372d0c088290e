import { addTallies, addTally, nothing } from "./counting-check.ts";
import type { CountingCheck, Tally } from "./counting-check.ts";
import { addRound, noRounds, sequentialTest } from "./e-detector.ts";
import type { DetectorState, SequentialTest, Update } from "./e-detector.ts";
import type { SideBySide, Round } from "../../measurement/measurement.ts";

/** When a check failed the candidate, and on what. */
export interface Failure {
  /** limit: more than is allowed. increase: more than stable allows. */
  readonly by: "limit" | "increase";
  /** What was counted since the fault showed. */
  readonly counts: SideBySide<Tally>;
  readonly fromMs: number;
  readonly toMs: number;
  /** Rounds and events of the candidate since the trial began. */
  readonly rounds: number;
  readonly events: number;
}

/** What one check knows of the whole trial. */
export interface CheckEvidence {
  readonly againstLimit: DetectorState;
  /** Only with maxIncreasePercent. */
  readonly againstStable: DetectorState;
  /** Sums since the trial began. */
  readonly total: SideBySide<Tally>;
  /** Sums of stable's newest rounds, the newest last. */
  readonly recentStable: readonly Tally[];
  /** What was counted since there was last no evidence against the candidate. */
  readonly suspicion: { readonly fromMs: number; readonly counts: SideBySide<Tally> } | undefined;
  /** The newest round with requests was bad, and there is so much evidence that another one may fail the candidate: no step ends on that. */
  readonly isWorsening: boolean;
  /** Stays, once it is there. */
  readonly failure: Failure | undefined;
}

const noTallies: SideBySide<Tally> = { stable: nothing, candidate: nothing };

/** Before the first round. */
export const noCounts: CheckEvidence = {
  againstLimit: noRounds,
  againstStable: noRounds,
  total: noTallies,
  recentStable: [],
  suspicion: undefined,
  isWorsening: false,
  failure: undefined,
};

/** Rounds of stable that say whether it is bad itself at the moment: an outage that has just begun must be seen where stable has few requests. */
const RECENT_ROUNDS = 5;

/** The weighted statistic per round from which on a candidate is under suspicion; it is about 1 where nothing is known. */
const SUSPICIOUS_LEVEL = 10;

type AddRound = (before: CheckEvidence, round: Round) => CheckEvidence;

/** How a check counts a round, with its share of chance. */
export function addCounts(check: CountingCheck, budget: Pick<SequentialTest, "alpha" | "rounds">): AddRound {
  const againstLimit = sequentialTest({ ...budget, limit: check.limit, timesStable: check.timesStable });
  const againstStable = sequentialTest({ ...budget, limit: undefined, timesStable: check.timesStable });
  return (before, round) => {
    const candidate = check.tally(round.candidate);
    if (candidate === undefined || before.failure) return before;
    const stable = check.tally(round.stable) ?? nothing;
    const seen = noteRound(before, { stable, candidate });
    const sample = { ...candidate, stable };
    const limited = addRound(before.againstLimit, sample, { ...againstLimit, compares: isStableBad(seen, check.limit) });
    const compared = check.comparesAlways ? addRound(before.againstStable, sample, { ...againstStable, compares: true }) : undefined;
    const isBad = candidate.bad > check.limit * candidate.all;
    return conclude(seen, { round, counts: { stable, candidate }, isBad, limited, compared });
  };
}

function noteRound(before: CheckEvidence, counts: SideBySide<Tally>): CheckEvidence {
  return {
    ...before,
    total: addTallies(before.total, counts),
    recentStable: [...before.recentStable, counts.stable].slice(-RECENT_ROUNDS),
  };
}

/** Stable is above the limit itself: lately, or in all that was seen of it; a stable release without requests says nothing. */
function isStableBad({ recentStable, total }: CheckEvidence, limit: number): boolean {
  const recent = recentStable.reduce(addTally, nothing);
  return recent.all > 0 && [recent, total.stable].some(({ bad, all }) => bad > limit * all);
}

interface Outcome {
  readonly round: Round;
  readonly counts: SideBySide<Tally>;
  readonly isBad: boolean;
  readonly limited: Update;
  readonly compared: Update | undefined;
}

function conclude(seen: CheckEvidence, { round, counts, isBad, limited, compared }: Outcome): CheckEvidence {
  const level = Math.max(limited.level, compared?.level ?? 0);
  const isSuspect = level > 1;
  const { suspicion } = seen;
  const suspected = { fromMs: suspicion?.fromMs ?? round.fromMs, counts: addTallies(suspicion?.counts ?? noTallies, counts) };
  const by = limited.crossed ? "limit" : "increase";
  const failed = limited.crossed || compared?.crossed === true;
  return {
    ...seen,
    againstLimit: limited.state,
    ...(compared && { againstStable: compared.state }),
    suspicion: isSuspect ? suspected : undefined,
    isWorsening: counts.candidate.all > 0 ? isBad && level > SUSPICIOUS_LEVEL : seen.isWorsening,
    failure: failed ? { by, ...suspected, toMs: round.toMs, rounds: limited.state.rounds, events: seen.total.candidate.all } : undefined,
  };
}
