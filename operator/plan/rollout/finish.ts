import type { ReleaseStatus } from "../../api/status.ts";
import { change, enter, isQuarantined, type Situation, type Step } from "./rule.ts";
import { isRollback } from "./state.ts";

/** The candidate becomes the stable release. */
export function finish(situation: Situation): Step {
  const { stable, candidate } = situation.release;
  const release = change(situation.release, {
    stable: candidate,
    previous: stable ?? situation.release.previous,
    stableSince: situation.seen.now,
  });
  const reason = isRollback(situation) ? "ReleaseRolledBack" : "ReleaseStable";
  return { release: returnToStable({ ...situation, release }), reason };
}

/** Nothing is under way any more; all users have the stable release. */
export function returnToStable(situation: Situation): ReleaseStatus {
  const isFailed = isQuarantined(situation, situation.seen.desired);
  return enter(situation, isFailed ? "Failed" : "Stable", {
    candidate: undefined,
    strategy: undefined,
    skipSteps: undefined,
    analyzedAt: undefined,
    ...(!isFailed && { analysis: undefined }),
  });
}
