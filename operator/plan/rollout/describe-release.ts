import type { ReleaseStatus } from "../../api/status.ts";
import type { Verdict } from "../analysis/verdict.ts";
import { contractOf, describeContract, needsOldSchema } from "./contract.ts";
import { describeShare } from "./describe-share.ts";
import type { DeploymentHealth } from "./observation.ts";
import { refusalNote } from "./refused.ts";
import { change, isFirst, type Situation } from "./rule.ts";

/** The release with a message that says what it does and waits for; it holds no clock, so that it changes only with what it reports. */
export function describeRelease(situation: Situation): ReleaseStatus {
  const message = messageOf(situation);
  return change(situation.release, { message: message === undefined ? undefined : `${message}${refusalNote(situation)}`.slice(0, 2000) });
}

function messageOf(situation: Situation): string | undefined {
  const { release, seen } = situation;
  switch (release.phase) {
    case "Stable":
      return `release ${release.stable} serves all users${describeContract(situation)}`;
    case "Suspended":
      return `release ${release.stable} stands at zero pods: set spec.suspend to false to start it`;
    case "Failed":
      return isFirst(situation) ? release.message : quarantineMessage(situation);
    case "Pending":
      return `release ${release.candidate} ${pendingMessage(situation)}`;
    case "Migrating":
      return `release ${release.candidate} waits for its migration${jobOf(situation)}${notQuiesced(situation)}`;
    case "RollingOut":
      return `release ${release.candidate} replaces the pods: ${podsOf([seen.stableWeb, ...seen.workers])}`;
    case "Canary":
      return canaryMessage(situation);
    case "Preview":
      return `release ${release.candidate} stands behind the preview Service: ${podsOf([seen.candidateWeb])}${figures(situation)}${pauseMessage(release)}`;
    case "Promoting":
      return `release ${release.candidate} takes over: ${podsOf([seen.stableWeb, ...seen.workers])}${figures(situation)}${pauseMessage(release)}`;
    case "Baking":
      return `release ${release.candidate} serves all users and is watched${figures(situation)}${pauseMessage(release)}`;
    case "RollingBack":
      return `back to release ${release.stable}: ${whyBack(situation)}`;
  }
}

function pendingMessage({ release, seen }: Situation): string {
  if (release.pause?.reason === "Frozen")
    return `is frozen: ${seen.freeze?.message ?? "rollout.freeze"}. The override-freeze request starts it all the same`;
  if (release.pause) return "is paused: use the resume request";
  if (seen.blocked !== undefined) return `waits: ${seen.blocked}`;
  if (needsOldSchema(release, release.candidate)) {
    return `needs the schema before the contract migration of release ${release.contract?.release}: change the spec (fix forward), or use the override-contract request if it can do without`;
  }
  if (contractOf(release)?.state === "Running") return `waits until the contract migration of release ${release.stable} has ended`;
  if (seen.otherMigration) return `waits until the migration of another release has ended (Job ${seen.otherMigration.job})`;
  if (seen.migration.state === "failed" || seen.candidateWeb !== undefined) return "waits until what is left of an earlier attempt is gone";
  return "is about to begin";
}

function notQuiesced({ seen: { notQuiesced: busy, migration } }: Situation): string {
  if (migration.state !== "pending") return "";
  return busy === undefined ? ", which has not started yet" : `, which begins when all rest (migration.quiesce): ${busy}`;
}

function jobOf({ seen: { migration } }: Situation): string {
  return "job" in migration && migration.job !== undefined ? ` (Job ${migration.job})` : "";
}

function canaryMessage({ release, seen, quarantined }: Situation): string {
  const of = `step ${(release.step ?? 0) + 1} of ${seen.rollout.canary.steps.length}`;
  const share = `release ${release.candidate} gets ${describeShare(release, seen)} (${of})`;
  const gate = release.stepStartedAt === undefined || release.unreadySince !== undefined ? ", waits for its pods" : "";
  return `${share}: ${podsOf([seen.candidateWeb])}${gate}${figures({ release, seen, quarantined })}${pauseMessage(release)}`;
}

function podsOf(tracks: readonly (DeploymentHealth | undefined)[]): string {
  const known = tracks.filter((track) => track !== undefined);
  return known.length === 0 ? "no pods yet" : known.map(podsOfTrack).join(", ");
}

function podsOfTrack({ name, ready, desired, updated, replicas, trouble }: DeploymentHealth): string {
  const news = updated < replicas ? `, ${updated} of them new` : "";
  return `${name} ${ready} of ${desired} pods ready${news}${trouble === undefined ? "" : ` (${trouble})`}`;
}

function figures({ release, seen }: Situation): string {
  const { analysis: verdict } = seen;
  if (verdict?.result === "fail") return `; ${messagesOf(verdict, "fail")}`;
  if (release.inconclusiveSince !== undefined) return `; it cannot be judged: ${verdict?.reason ?? "no figures came"}`;
  if (verdict === undefined) return "";
  return `; ${verdict.reason ?? verdict.proven ?? messagesOf(verdict, "pass")}`;
}

function messagesOf({ checks }: Verdict, wanted: Verdict["result"]): string {
  return checks
    .filter(({ result, dryRun }) => result === wanted && dryRun !== true)
    .map(({ message }) => message)
    .join(", ");
}

function pauseMessage({ pause, phase }: ReleaseStatus): string {
  switch (pause?.reason) {
    case "Manual":
      return "; paused: use the resume request";
    case "Step":
      return phase === "Canary" ? "; waits for the promote, skip-step or resume request" : "; waits for the promote request";
    case "Inconclusive":
      return "; paused: use the promote request to go on all the same, or the abort request";
    default:
      return "";
  }
}

function whyBack({ quarantined, release }: Situation): string {
  const entry = quarantined.find((each) => each.release === release.candidate);
  return entry ? `${release.candidate} failed: ${entry.reason}` : `${release.candidate} is not wanted any more`;
}

function quarantineMessage({ quarantined, seen, release }: Situation): string {
  const why = quarantined.find((each) => each.release === seen.desired)?.reason ?? "it failed";
  const isBack = seen.stableWeb?.release === release.stable && seen.candidateWeb === undefined;
  const serves = isBack || (seen.refusals ?? []).length === 0 ? "serves all users" : `is not back everywhere: ${refusedNames(seen)}`;
  return `release ${seen.desired} of the spec is quarantined: ${why}. Release ${release.stable} ${serves}. Change the spec (fix forward), or use the retry request`;
}

function refusedNames({ refusals = [] }: Situation["seen"]): string {
  return refusals.map(({ kind, name }) => `${kind} ${name} is refused`).join(", ");
}
