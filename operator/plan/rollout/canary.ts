import { stepOf } from "./canary-steps.ts";
import { mayProceed } from "./inconclusive.ts";
import { promoteCandidate } from "./promoting.ts";
import { recordProven } from "./record-proven.ts";
import { change, enter, secondsSince, stay, type Rule, type Situation, type Step } from "./rule.ts";

/** The pods of the step are not all ready yet. */
export const awaitCanaryPods: Rule = (situation) => {
  const { stepStartedAt, unreadySince } = situation.release;
  return stepStartedAt === undefined || unreadySince !== undefined ? stay(situation, "CanaryRunning") : undefined;
};

/** The step waits for a user, for its time, or for the analysis. */
export const watchStep: Rule = (situation) => {
  const { release, seen } = situation;
  if (release.pause) return stay(situation, "CanaryRunning");
  const { pauseSeconds } = stepOf(release, seen) ?? { pauseSeconds: 0 };
  if (pauseSeconds === undefined) {
    return { release: change(release, { pause: { reason: "Step", since: seen.now } }), reason: "AwaitingPromotion" };
  }
  const early = secondsSince(situation, release.stepStartedAt) < pauseSeconds;
  return early || !mayProceed(situation) ? stay(situation, "CanaryRunning") : undefined;
};

/** The step is over. */
export const endStep: Rule = (situation) => nextStep(situation);

/** The next weight, or full weight after the last. */
export function nextStep(situation: Situation): Step {
  const { seen } = situation;
  const release = recordProven(situation);
  const step = (release.step ?? 0) + 1;
  const next = seen.rollout.canary.steps[step];
  if (!next || next.weight >= 100) return promoteCandidate(situation);
  return {
    release: enter({ ...situation, release }, "Canary", { step, weight: next.weight, phaseStartedAt: release.phaseStartedAt }),
    reason: "CanaryWeightChanged",
  };
}
