import type { CanaryStep } from "../../api/rollout.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";

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
