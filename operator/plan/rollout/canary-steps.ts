import type { CanaryStep } from "../../api/rollout.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";

/** The least time without a judgement after which a candidate pauses, in seconds. */
const leastInconclusiveSeconds = 300;

/** The step at which the canary stands; steps that were removed meanwhile count as the last. */
export function stepOf({ step = 0 }: ReleaseStatus, { rollout }: Pick<RolloutObservation, "rollout">): CanaryStep | undefined {
  const { steps } = rollout.canary;
  return steps[Math.min(step, steps.length - 1)];
}

/** Seconds without a judgement after which a canary or a preview pauses. */
export function inconclusiveLimit(release: ReleaseStatus, seen: Pick<RolloutObservation, "rollout">): number {
  const { canary, blueGreen } = seen.rollout;
  const pause = release.phase === "Preview" ? blueGreen.autoPromotionSeconds : (stepOf(release, seen)?.pauseSeconds ?? 0);
  return canary.analysis.inconclusiveLimitSeconds ?? Math.max(3 * pause, leastInconclusiveSeconds);
}
