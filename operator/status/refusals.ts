import type { Refusal } from "../api/status.ts";
import { awaits, deletion, roleOf } from "../plan/rollout/refused.ts";
import type { ChildConflict, ChildFailure, ChildHeldBack, Report } from "./report.ts";

type Outcome = Pick<Report, "failures" | "conflicts" | "heldBack">;

/** Longest text of one refusal; the conditions that quote it have room for several. */
const longest = 4000;

/**
 * What could not be written or deleted, and since when: remembered in the status, so that a release that waits for it ends in time, whoever
 * restarts meanwhile.
 */
export function noteRefusals(outcome: Outcome, previous: readonly Refusal[], now: string): readonly Refusal[] {
  const known = new Map(previous.map((refusal) => [keyOf(refusal), refusal.since]));
  const found = [...outcome.failures.map(ofFailure), ...outcome.conflicts.map(ofConflict)];
  const unique = new Map(found.map((refusal) => [keyOf(refusal), refusal]));
  return [...unique.values()].slice(0, 100).map((refusal) => ({
    ...refusal,
    message: refusal.message.slice(0, longest),
    since: known.get(keyOf(refusal)) ?? now,
    ...holds(refusal, outcome.heldBack ?? []),
  }));
}

type Fresh = Omit<Refusal, "since" | "holdsBack">;

function keyOf({ kind, name }: Pick<Refusal, "kind" | "name">): string {
  return `${kind}/${name}`;
}

function ofFailure({ kind, name, role, reason, message }: ChildFailure): Fresh {
  return { kind, name, ...(role !== undefined && { role }), reason, message };
}

function ofConflict({ kind, name, role, holder }: ChildConflict): Fresh {
  const message = `it exists and ${holder}. Delete it, or give the ScalableApp another name`;
  return { kind, name, ...(role !== undefined && { role }), reason: "ObjectNotOurs", message };
}

function holds(refusal: Fresh, heldBack: readonly ChildHeldBack[]): Pick<Refusal, "holdsBack"> {
  const roles = heldBack.filter(({ because }) => because === keyOf(refusal)).map(roleOf);
  return roles.length === 0 ? {} : { holdsBack: roles.slice(0, 200) };
}

/** What a refusal holds back, as the end of a sentence. */
export function heldBackBy({ holdsBack = [] }: Pick<Refusal, "holdsBack">): string {
  if (holdsBack.length === 0) return "";
  return ` (waits for it: ${holdsBack.map((role) => role.replace(deletion, "the deletion of ")).join(", ")})`;
}

/** Whether a release under way waits for the object, so that it ends by itself. */
export function isAwaited(
  refusal: Pick<Refusal, "kind" | "name" | "role" | "holdsBack">,
  { plan, snapshot }: Pick<Report, "plan" | "snapshot">,
): boolean {
  const { release } = plan.decision;
  const { routing, migration } = snapshot.app.spec;
  const facts = { hasGateway: routing?.gateway !== undefined, quiesces: migration?.quiesce === true };
  return [roleOf(refusal), ...(refusal.holdsBack ?? [])].some((role) => awaits(release, facts, role));
}
