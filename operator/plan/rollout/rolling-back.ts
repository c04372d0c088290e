import type { ReleaseStatus } from "../../api/status.ts";
import { findFailure, hasTaken, type Failure } from "./has-failed.ts";
import { change, enter, isFirst, isQuarantined, stay, type Rule, type Situation, type Step } from "./rule.ts";
import { isRollback, mustReturnFirst } from "./state.ts";

/** Releases that are remembered as failed. */
const mostQuarantined = 20;

/** A candidate that fails goes back at once; where there is nothing to go back to, only a deadline ends the waiting. */
export const failed: Rule = (situation) => {
  const failure = findFailure(situation);
  if (!failure) return undefined;
  if (!isFirst(situation)) return condemn(situation, failure);
  if (failure.reason !== "ProgressDeadlineExceeded") return undefined;
  return { release: enter(situation, "Failed", { message: failure.message }), reason: failure.reason };
};

/** Quarantines the candidate and takes everything back to stable. */
export function condemn(situation: Situation, { reason, message }: Failure): Step {
  return { release: goBack(situation), quarantined: quarantine(situation, situation.release.candidate, message), reason };
}

/** The quarantined releases with one more, the newest last. */
export function quarantine({ quarantined, seen }: Situation, release: string | undefined, reason: string): Situation["quarantined"] {
  if (release === undefined) return quarantined;
  const others = quarantined.filter((entry) => entry.release !== release);
  return [...others, { release, reason: reason.slice(0, 1000), at: seen.now }].slice(-mostQuarantined);
}

/** The release on its way back to stable. */
export function goBack(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  // Step 0 says that the stable pods were never touched: in blue/green the Service can select them at once.
  const untouched = !mustReturnFirst(release, seen) && release.strategy === "blueGreen";
  return enter(situation, "RollingBack", { weight: 0, ...(untouched && { step: 0 }) });
}

/** The spec asks for the stable release again: the candidate is given up, and not held against it. */
export const reverted: Rule = (situation) => {
  const { phase } = situation.release;
  const begun = phase !== "Pending" && phase !== "Migrating";
  return { release: begun ? goBack(situation) : settleOnStable(situation), reason: "ReleaseReverted" };
};

/** All pods are back on stable. */
export const returned: Rule = (situation) => {
  const { release, seen } = situation;
  if (seen.candidateWeb !== undefined || !hasTaken(situation, release.stable)) return stay(situation, "ReleaseRollingBack");
  return { release: settleOnStable(situation), reason: "ReleaseRolledBack" };
};

/** Nothing is under way any more; all users have the stable release. */
export function settleOnStable(situation: Situation): ReleaseStatus {
  const isFailed = isQuarantined(situation, situation.seen.desired);
  return enter(situation, isFailed ? "Failed" : "Stable", {
    candidate: undefined,
    strategy: undefined,
    skipSteps: undefined,
    analyzedAt: undefined,
    ...(!isFailed && { analysis: undefined }),
  });
}

/** The candidate becomes the stable release. */
export function finish(situation: Situation): Step {
  const { stable, candidate } = situation.release;
  const release = change(situation.release, {
    stable: candidate,
    previous: stable ?? situation.release.previous,
    stableSince: situation.seen.now,
  });
  const reason = isRollback(situation) ? "ReleaseRolledBack" : "ReleaseStable";
  return { release: settleOnStable({ ...situation, release }), reason };
}
