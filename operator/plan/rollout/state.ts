import type { ReleasePhase, ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";
import { isFirst, isQuarantined, wasGranted, type Situation } from "./rule.ts";

/** Where a release stands, in one word; every word has its own list of rules. */
export type RolloutState =
  /** Nothing is under way and nothing is wanted. */
  | "Idle"
  /** The spec asks for a release that is not under way. */
  | "New"
  /** Another release than the one under way is wanted. */
  | "Superseded"
  /** The stable release is wanted again while another is under way. */
  | "Unwanted"
  /** The very first release failed; there is nothing to return to. */
  | "FirstFailed"
  | Exclude<ReleasePhase, "Stable" | "Failed">;

/** What is known of the release: as persisted, else as the cluster shows it. */
export function recall(seen: RolloutObservation): ReleaseStatus {
  const { release } = seen.status;
  // Operators before the state machine wrote no phaseStartedAt, and their revisions cannot be rendered again.
  if (release?.phaseStartedAt !== undefined) return release;
  const times = { startedAt: seen.now, phaseStartedAt: seen.now };
  if (seen.running !== undefined && seen.stored.includes(seen.running)) return { stable: seen.running, phase: "Stable", ...times };
  return { candidate: seen.desired, phase: "Pending", ...times };
}

/** The release whose migration the next decision looks at. */
export function migratingRelease({ status, desired }: Pick<RolloutObservation, "status" | "desired">): string {
  return status.release?.candidate ?? desired;
}

/** The release that should become stable: the one of the spec, unless it is quarantined. */
export function wantedRelease(situation: Situation): string {
  const { seen, release } = situation;
  if (!isQuarantined(situation, seen.desired)) return seen.desired;
  const { candidate, stable } = release;
  const goesBack = candidate !== undefined && isRollback(situation) && !isQuarantined(situation, candidate);
  return goesBack ? candidate : (stable ?? seen.desired);
}

/** Whether the candidate is an earlier release that a user asked to return to. */
export function isRollback(situation: Situation): boolean {
  const { release, seen } = situation;
  return release.skipSteps === true && release.candidate !== seen.desired && wasGranted(situation, "rollback");
}

const evaluatedPhases: ReadonlySet<ReleasePhase> = new Set(["RollingOut", "Canary", "Preview", "Promoting", "Baking"]);

/** Whether what was measured speaks about the release: not of one that a user asked to return to while things are bad. */
export function isEvaluated(situation: Situation): boolean {
  return evaluatedPhases.has(situation.release.phase) && !isRollback(situation);
}

/** Names the state of a release. */
export function nameState(situation: Situation): RolloutState {
  const { release, seen } = situation;
  const wanted = wantedRelease(situation);
  if (isFirst(situation)) return release.candidate === wanted ? nameFirst(release.phase) : "New";
  if (seen.suspended) return "Suspended";
  if (release.candidate === undefined) return wanted === release.stable ? "Idle" : "New";
  if (release.phase === "RollingBack") return wanted === release.stable || mustReturnFirst(release, seen) ? "RollingBack" : "New";
  if (wanted === release.candidate) return nameUnderWay(release.phase);
  return wanted === release.stable ? "Unwanted" : "Superseded";
}

function nameFirst(phase: ReleasePhase): RolloutState {
  if (phase === "Failed") return "FirstFailed";
  return phase === "Stable" || phase === "Suspended" ? "Pending" : phase;
}

/** A phase that names no candidate was written by hand: such a release begins anew. */
function nameUnderWay(phase: ReleasePhase): RolloutState {
  return phase === "Stable" || phase === "Failed" || phase === "Suspended" ? "New" : phase;
}

/**
 * Whether the stable pods must be whole again before anything new begins. In blue/green the Service selects one release, and that one must
 * not be the stable one while its pods are still being brought back; nor where the spec asks for blue/green only since.
 */
export function mustReturnFirst({ strategy, step, phase }: ReleaseStatus, { rollout }: Pick<RolloutObservation, "rollout">): boolean {
  if (phase === "Pending" || phase === "Migrating" || phase === "Preview") return false;
  if (strategy === "blueGreen") return step !== 0;
  return rollout.strategy === "blueGreen" && phase !== "Canary";
}
