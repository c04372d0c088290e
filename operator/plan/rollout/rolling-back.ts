import type { ReleaseStatus } from "../../api/status.ts";
import { returnToStable } from "./finish.ts";
import { findFailure, type Failure } from "./has-failed.ts";
import { isRolledOut } from "./is-rolled-out.ts";
import { enter, isFirst, stay, type Rule, type Situation, type Step } from "./rule.ts";
import { mustReturnFirst } from "./state.ts";

/** Releases that are remembered as failed. */
const mostQuarantined = 20;

/** A candidate that fails goes back at once; where there is nothing to go back to, only a deadline ends the waiting. */
export const rollBackFailed: Rule = (situation) => {
  const failure = findFailure(situation);
  if (!failure) return undefined;
  if (!isFirst(situation)) return quarantineCandidate(situation, failure);
  if (failure.reason !== "ProgressDeadlineExceeded") return undefined;
  return { release: enter(situation, "Failed", { message: failure.message }), reason: failure.reason };
};

/** Quarantines the candidate and takes everything back to stable. */
export function quarantineCandidate(situation: Situation, { reason, message }: Failure): Step {
  return { release: rollBack(situation), quarantined: withQuarantined(situation, situation.release.candidate, message), reason };
}

/** The quarantined releases with one more, the newest last. */
export function withQuarantined({ quarantined, seen }: Situation, release: string | undefined, reason: string): Situation["quarantined"] {
  if (release === undefined) return quarantined;
  const others = quarantined.filter((entry) => entry.release !== release);
  return [...others, { release, reason: reason.slice(0, 1000), at: seen.now }].slice(-mostQuarantined);
}

/** The release on its way back to stable. */
export function rollBack(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  // Step 0 says that the stable pods were never touched: in blue/green the Service can select them at once.
  const untouched = !mustReturnFirst(release, seen) && release.strategy === "blueGreen";
  return enter(situation, "RollingBack", { weight: 0, ...(untouched && { step: 0 }) });
}

/** The spec asks for the stable release again: the candidate is given up, and not held against it. */
export const dropUnwanted: Rule = (situation) => {
  const { phase } = situation.release;
  const begun = phase !== "Pending" && phase !== "Migrating";
  return { release: begun ? rollBack(situation) : returnToStable(situation), reason: "ReleaseReverted" };
};

/** All pods are back on stable, and no request reaches another any more. */
export const finishRollback: Rule = (situation) => {
  const { release, seen } = situation;
  const isGone = seen.candidateWeb === undefined && seen.orphans === 0;
  if (!isGone || !isRolledOut(situation, release.stable)) return stay(situation, "ReleaseRollingBack");
  return { release: returnToStable(situation), reason: "ReleaseRolledBack" };
};
