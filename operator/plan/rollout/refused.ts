import type { Refusal, ReleaseStatus } from "../../api/status.ts";
import { standsStill } from "../../resources/quiesce.ts";
import { returnToStable } from "./finish.ts";
import { findFailure, type Failure } from "./has-failed.ts";
import { isRolledOut } from "./is-rolled-out.ts";
import { quarantineCandidate } from "./rolling-back.ts";
import { enter, isFirst, type Rule, type Situation } from "./rule.ts";

/** What decides which children a release waits for. */
export interface AwaitedIn {
  readonly hasGateway: boolean;
  /** A migration waits until workers and schedules rest. */
  readonly quiesces: boolean;
}

const stableWorkload = /^(?:web|worker-.*)\/deployment$/u;
/** How a deletion is named among what a refusal holds back. */
export const deletion = "delete/";

/** Whether a release that stands so cannot go on without the child of a role. A CronJob, a budget, an autoscaler keep none waiting. */
export function awaits({ phase, pods }: ReleaseStatus, { hasGateway, quiesces }: AwaitedIn, role: string): boolean {
  switch (phase) {
    case "Migrating":
      return role === "migration/job" || (quiesces && standsStill(role));
    case "RollingOut":
      return stableWorkload.test(role);
    case "Canary":
      return role === "web-canary/deployment" || (hasGateway && role === "web/http-route");
    case "Preview":
      return role === "web-canary/deployment";
    case "Promoting":
      // The floor of the autoscaler is what brings the pods that all users need.
      if (role === "web/horizontal-pod-autoscaler") return pods !== undefined;
      return stableWorkload.test(role);
    case "RollingBack":
      return stableWorkload.test(role) || role.startsWith(`${deletion}Deployment/`);
    default:
      return false;
  }
}

/** The object whose refusal the release waits behind, directly or because of what it holds back. */
function findAwaited(situation: Pick<Situation, "seen" | "release">): Refusal | undefined {
  const { seen, release } = situation;
  const facts = { hasGateway: seen.hasGateway, quiesces: seen.notQuiesced !== undefined };
  return seen.refusals?.find((refusal) => {
    const roles = isThere(refusal, situation) ? [] : [roleOf(refusal)];
    return [...roles, ...(refusal.holdsBack ?? [])].some((role) => awaits(release, facts, role));
  });
}

/** The role of a refused child; of a refused deletion, how it is named among what is held back. */
export function roleOf({ kind, name, role }: Pick<Refusal, "kind" | "name" | "role">): string {
  return role ?? `${deletion}${kind}/${name}`;
}

/** A change that is refused of what is of the right release already keeps no release waiting. */
function isThere({ kind, name, role }: Refusal, { seen, release }: Pick<Situation, "seen" | "release">): boolean {
  if (role === undefined) return false;
  if (kind === "Job") return seen.migration.state !== "pending";
  const wanted = release.phase === "RollingBack" ? release.stable : release.candidate;
  const track = [seen.stableWeb, seen.candidateWeb, ...seen.workers].find((each) => each?.name === name);
  return kind === "Deployment" && track !== undefined && track.release === wanted;
}

/** When the wait for a refused object ends; undefined where nothing is waited for. ISO 8601. */
export function refusedSince(situation: Pick<Situation, "seen" | "release">): string | undefined {
  const since = findAwaited(situation)?.since;
  const { phaseStartedAt } = situation.release;
  if (since === undefined || phaseStartedAt === undefined) return since;
  return Date.parse(since) > Date.parse(phaseStartedAt) ? since : phaseStartedAt;
}

function isOverdue(situation: Situation): boolean {
  const { seen } = situation;
  const since = refusedSince(situation);
  if (since === undefined) return false;
  return Date.parse(seen.now) - Date.parse(since) >= seen.rollout.progressDeadlineSeconds * 1000;
}

/**
 * The API server does not take what the candidate needs. That may end by itself (a quota is raised, a policy lifted), so it is waited for,
 * but not longer than for pods that do not come up. A first migration is waited for without an end: there is nothing to go back to.
 */
export const failRefused: Rule = (situation) => {
  const refusal = findAwaited(situation);
  if (!refusal || (isFirst(situation) && situation.release.phase === "Migrating")) return undefined;
  if (!isOverdue(situation) && findFailure(situation)?.reason !== "ProgressDeadlineExceeded") return undefined;
  const failure: Failure = { reason: refusal.reason, message: describeRefusal(refusal) };
  if (!isFirst(situation)) return quarantineCandidate(situation, failure);
  return { release: enter(situation, "Failed", { message: failure.message }), reason: failure.reason };
};

/** The way back itself is refused: the release has failed all the same, and what is left to do is done as soon as the API server lets us. */
export const endStrandedRollback: Rule = (situation) => {
  const { seen, release } = situation;
  const refusal = findAwaited(situation);
  const isBack = seen.candidateWeb === undefined && isRolledOut(situation, release.stable);
  if (!refusal || isBack || !isOverdue(situation)) return undefined;
  return { release: returnToStable(situation), reason: refusal.reason };
};

/** Says which object is refused, and why. */
function describeRefusal({ kind, name, role, message }: Refusal): string {
  return `${role === undefined ? "the deletion of " : ""}${kind} ${name} is refused: ${message}`;
}

/** What a release that stands so waits for, as the end of a sentence; empty where nothing is refused. */
export function refusalNote(situation: Pick<Situation, "seen" | "release">): string {
  const refusal = findAwaited(situation);
  return refusal ? `; waits for ${refusal.kind} ${refusal.name}, which is refused` : "";
}
