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

/** Since when time passes while the figures of the candidate are watched; undefined in other phases, and before its pods are there. */
export function watchedSince({ phase, step, stepStartedAt, phaseStartedAt }: ReleaseStatus): string | undefined {
  if (phase === "Canary" || phase === "Preview") return stepStartedAt;
  return phase === "Baking" || (phase === "Promoting" && step === 0) ? phaseStartedAt : undefined;
}

/** The moment from which restarts count: when the step began, or its phase where the pods of the step have not been ready yet. */
export function restartsSince({ stepStartedAt, phaseStartedAt }: ReleaseStatus): string | undefined {
  return stepStartedAt ?? phaseStartedAt;
}

/** Seconds without a judgement after which a release pauses. */
export function inconclusiveLimit(release: ReleaseStatus, seen: Pick<RolloutObservation, "rollout">): number {
  return seen.rollout.canary.analysis.inconclusiveLimitSeconds ?? Math.max(3 * pauseOf(release, seen), leastInconclusiveSeconds);
}

function pauseOf(release: ReleaseStatus, seen: Pick<RolloutObservation, "rollout">): number {
  switch (release.phase) {
    case "Canary":
      return stepOf(release, seen)?.pauseSeconds ?? 0;
    case "Preview":
      return seen.rollout.blueGreen.autoPromotionSeconds;
    default:
      return 0;
  }
}
