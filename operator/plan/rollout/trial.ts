import type { Rollout } from "../../api/rollout.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { Trial } from "../analysis/evidence.ts";

const phases: ReadonlySet<ReleaseStatus["phase"]> = new Set(["RollingOut", "Canary", "Preview", "Promoting", "Baking"]);
/** Rounds for pods to come up between the steps; a release that takes longer than expected goes on in the judge's next epoch. */
const spareRounds = 10;

/** The release that is on trial now; undefined where there is none, or nothing to return to. */
export function trialOf(rollout: Rollout, release: ReleaseStatus | undefined): Trial | undefined {
  const { analysis: config } = rollout.canary;
  if (release?.candidate === undefined || release.stable === undefined || !config.enabled || !phases.has(release.phase)) return undefined;
  const hasSteps = release.phase === "Canary" || release.phase === "Preview";
  const since = hasSteps ? release.stepStartedAt : release.phaseStartedAt;
  return {
    // A release that is tried again is another trial.
    id: `${release.candidate}@${release.startedAt ?? ""}`,
    config,
    rounds: roundsOf(rollout, release.strategy ?? rollout.strategy),
    stepStartedAtMs: since === undefined ? undefined : Date.parse(since),
    servesUsers: servesUsers(release),
  };
}

/** Whether users reach the candidate; those of a preview are its testers. */
export function servesUsers({ phase }: Pick<ReleaseStatus, "phase">): boolean {
  return phase !== "Preview";
}

/** Rounds that a release takes; undefined where it waits for a user. */
function roundsOf(rollout: Rollout, strategy: Rollout["strategy"]): number | undefined {
  const seconds = secondsUntilPromotion(rollout, strategy);
  if (seconds === undefined) return undefined;
  return Math.ceil((seconds + rollout.bakeSeconds) / rollout.canary.analysis.intervalSeconds) + spareRounds;
}

function secondsUntilPromotion({ canary, blueGreen }: Rollout, strategy: Rollout["strategy"]): number | undefined {
  switch (strategy) {
    case "rolling":
      return 0;
    case "canary":
      return canary.steps.reduce<number | undefined>((sum, { pauseSeconds }) => {
        return sum === undefined || pauseSeconds === undefined ? undefined : sum + pauseSeconds;
      }, 0);
    case "blueGreen":
      return blueGreen.autoPromotion ? blueGreen.autoPromotionSeconds + blueGreen.scaleDownDelaySeconds : undefined;
  }
}
