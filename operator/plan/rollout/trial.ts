import type { Rollout } from "../../api/rollout.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { Trial } from "../analysis/evidence.ts";
import { plannedRounds, stretchesOf } from "../analysis/stretches.ts";

const phases: ReadonlySet<ReleaseStatus["phase"]> = new Set(["RollingOut", "Canary", "Preview", "Promoting", "Baking"]);

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
    rounds: plannedRounds(stretchesOf({ ...rollout, strategy: release.strategy ?? rollout.strategy }), config.intervalSeconds),
    stepStartedAtMs: since === undefined ? undefined : Date.parse(since),
    servesUsers: servesUsers(release),
  };
}

/** Whether users reach the candidate; those of a preview are its testers. */
export function servesUsers({ phase }: Pick<ReleaseStatus, "phase">): boolean {
  return phase !== "Preview";
}
