import type { ReleaseStatus } from "../../api/status.ts";
import { contractOf, isOutgrown, tellContract } from "./contract.ts";
import type { TrackHealth } from "./observation.ts";
import { refusalNote } from "./refused.ts";
import { routedWeight } from "./router.ts";
import { change, isFirst, type Situation } from "./situation.ts";

/** The release with a message that says what it does and waits for; it holds no clock, so that it changes only with what it tells. */
export function tell(situation: Situation): ReleaseStatus {
  const message = messageOf(situation);
  return change(situation.release, { message: message === undefined ? undefined : `${message}${refusalNote(situation)}`.slice(0, 2000) });
}

function messageOf(situation: Situation): string | undefined {
  const { release, seen } = situation;
  switch (release.phase) {
    case "Stable":
      return `release ${release.stable} serves all users${tellContract(situation)}`;
    case "Suspended":
      return `release ${release.stable} stands at zero pods: set spec.suspend to false to start it`;
    case "Failed":
      return isFirst(situation) ? release.message : quarantineMessage(situation);
    case "Pending":
      return `release ${release.candidate} ${pendingMessage(situation)}`;
    case "Migrating":
      return `release ${release.candidate} waits for its migration${jobOf(situation)}${unrested(situation)}`;
    case "RollingOut":
      return `release ${release.candidate} replaces the pods: ${podsOf([seen.stableWeb, ...seen.workers])}`;
    case "Canary":
      return canaryMessage(situation);
    case "Preview":
      return `release ${release.candidate} stands behind the preview Service: ${podsOf([seen.candidateWeb])}${figures(release)}${pauseMessage(release)}`;
    case "Promoting":
      return `release ${release.candidate} takes over: ${podsOf([seen.stableWeb, ...seen.workers])}${figures(release)}${pauseMessage(release)}`;
    case "Baking":
      return `release ${release.candidate} serves all users and is watched${figures(release)}${pauseMessage(release)}`;
    case "RollingBack":
      return `back to release ${release.stable}: ${whyBack(situation)}`;
  }
}

function pendingMessage({ release, seen }: Situation): string {
  if (release.pause?.reason === "Frozen")
    return `is frozen: ${seen.freeze?.message ?? "rollout.freeze"}. The override-freeze request starts it all the same`;
  if (release.pause) return "is paused: use the resume request";
  if (seen.blocked !== undefined) return `waits: ${seen.blocked}`;
  if (isOutgrown(release, release.candidate)) {
    return `needs the schema before the contract migration of release ${release.contract?.release}: change the spec (fix forward), or use the override-contract request if it can do without`;
  }
  if (contractOf(release)?.state === "Running") return `waits until the contract migration of release ${release.stable} has ended`;
  if (seen.otherMigration) return `waits until the migration of another release has ended (Job ${seen.otherMigration.job})`;
  if (seen.migration.state === "failed" || seen.candidateWeb !== undefined) return "waits until what is left of an earlier attempt is gone";
  return "is about to begin";
}

function unrested({ seen: { unrested: busy, migration } }: Situation): string {
  if (migration.state !== "pending") return "";
  return busy === undefined ? ", which has not started yet" : `, which begins when all rest (migration.quiesce): ${busy}`;
}

function jobOf({ seen: { migration } }: Situation): string {
  return "job" in migration && migration.job !== undefined ? ` (Job ${migration.job})` : "";
}

function canaryMessage({ release, seen }: Situation): string {
  const of = `step ${(release.step ?? 0) + 1} of ${seen.rollout.canary.steps.length}`;
  const share = `release ${release.candidate} gets ${weightMessage({ release, seen })} (${of})`;
  const gate = release.stepStartedAt === undefined || release.unreadySince !== undefined ? ", waits for its pods" : "";
  return `${share}: ${podsOf([seen.candidateWeb])}${gate}${figures(release)}${pauseMessage(release)}`;
}

/** Without a Gateway the pods that come up are the share, so there is only one number to tell. */
function weightMessage({ release, seen }: Pick<Situation, "release" | "seen">): string {
  const routed = seen.hasGateway ? routedWeight(release, seen) : release.weight;
  if (routed === release.weight) return `${release.weight} % of the requests`;
  return `${routed} % of the requests, ${release.weight} % once its pods are ready`;
}

function podsOf(tracks: readonly (TrackHealth | undefined)[]): string {
  const known = tracks.filter((track) => track !== undefined);
  return known.length === 0 ? "no pods yet" : known.map(podsOfTrack).join(", ");
}

function podsOfTrack({ name, ready, desired, updated, replicas, trouble }: TrackHealth): string {
  const news = updated < replicas ? `, ${updated} of them new` : "";
  return `${name} ${ready} of ${desired} pods ready${news}${trouble === undefined ? "" : ` (${trouble})`}`;
}

function figures(release: ReleaseStatus): string {
  const { analysis, inconclusiveSince, failures } = release;
  if (inconclusiveSince !== undefined) {
    const why = analysis?.filter(({ result }) => result === "inconclusive").map(({ message }) => message) ?? [];
    const before = failures === undefined ? "" : `, and before that ${failuresOf(release)}`;
    return `; it cannot be judged: ${[...new Set(why)].join(", ") || "no figures came"}${before}`;
  }
  if (!analysis || analysis.length === 0) return "";
  return `; ${failures === undefined ? analysis.map(({ message }) => message).join(", ") : failuresOf(release)}`;
}

function failuresOf({ analysis = [] }: ReleaseStatus): string {
  const failed = analysis.filter(({ result }) => result === "failed").map(({ message }) => message);
  return failed.join(", ") || "it failed";
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
