import type { ReleaseStatus } from "../../api/status.ts";
import { judgementOf } from "./gates.ts";
import { inconclusiveLimit, stepOf } from "./canary-steps.ts";
import { takeOver } from "./promotion.ts";
import { change, enter, secondsSince, stay, type Rule, type Situation, type Step } from "./situation.ts";

/** The pods of the step are not all ready yet. */
export const scaling: Rule = (situation) => {
  const { stepStartedAt, unreadySince } = situation.release;
  return stepStartedAt === undefined || unreadySince !== undefined ? stay(situation, "CanaryRunning") : undefined;
};

/** Too long without a judgement: somebody has to look. */
export const unjudged: Rule = (situation) => {
  const { release, seen } = situation;
  if (release.pause || judgementOf(situation) !== "inconclusive" || !needsJudgement(release)) return undefined;
  if (secondsSince(situation, release.inconclusiveSince) < inconclusiveLimit(release, seen)) return undefined;
  return { release: change(release, { pause: { reason: "Inconclusive", since: seen.now } }), reason: "AnalysisInconclusive" };
};

/** Once all users have the candidate, figures that are missing hold nothing up; but a failed judgement must not be the last one. */
function needsJudgement({ phase, failures }: ReleaseStatus): boolean {
  return phase === "Canary" || phase === "Preview" || (failures ?? 0) > 0;
}

/** The step waits for a user, for its time, or for the analysis. */
export const watched: Rule = (situation) => {
  const { release, seen } = situation;
  if (release.pause) return stay(situation, "CanaryRunning");
  const { pauseSeconds } = stepOf(release, seen) ?? { pauseSeconds: 0 };
  if (pauseSeconds === undefined) {
    return { release: change(release, { pause: { reason: "Step", since: seen.now } }), reason: "AwaitingPromotion" };
  }
  const early = secondsSince(situation, release.stepStartedAt) < pauseSeconds;
  return early || judgementOf(situation) !== "passed" ? stay(situation, "CanaryRunning") : undefined;
};

/** The step is over. */
export const stepped: Rule = (situation) => nextStep(situation);

/** The next weight, or full weight after the last. */
export function nextStep(situation: Situation): Step {
  const { release, seen } = situation;
  const step = (release.step ?? 0) + 1;
  const next = seen.rollout.canary.steps[step];
  if (!next || next.weight >= 100) return takeOver(situation);
  return {
    release: enter(situation, "Canary", { step, weight: next.weight, phaseStartedAt: release.phaseStartedAt }),
    reason: "CanaryWeightChanged",
  };
}
