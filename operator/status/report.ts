import type { ConditionReason, ConditionType } from "../api/conditions.ts";
import type { Refusal } from "../api/status.ts";
import type { ComponentHealth } from "../plan/observe/component-health.ts";
import type { Plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import type { VolumeTrouble } from "../plan/volumes.ts";

/** An object that the API server did not let the operator write or delete. */
export interface ChildFailure {
  readonly kind: string;
  readonly name: string;
  /** Of the child; undefined where its deletion is refused. */
  readonly role?: string | undefined;
  /** ApplyFailed: a retry may help though nobody changes anything. */
  readonly reason: Exclude<Refusal["reason"], "ObjectNotOurs">;
  /** What the API server says, and what to change. */
  readonly message: string;
}

/** A child whose name is taken. */
export interface ChildConflict {
  readonly kind: string;
  readonly name: string;
  readonly role?: string;
  readonly holder: string;
}

/** A child that was not written, or an object that was not deleted, because of another one. */
export interface ChildHeldBack {
  readonly kind: string;
  readonly name: string;
  readonly role?: string;
  /** The other one, as "kind/name". */
  readonly because: string;
}

/** All that the status is derived from: what was seen, what was decided, and what came of it. */
export interface Report {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  readonly components: readonly ComponentHealth[];
  /** The pods of the release on trial. */
  readonly trial: ComponentHealth | undefined;
  readonly failures: readonly ChildFailure[];
  readonly conflicts: readonly ChildConflict[];
  readonly heldBack?: readonly ChildHeldBack[];
  /** What keeps volumes from being as the spec asks. Default: nothing. */
  readonly volumes?: readonly VolumeTrouble[];
}

/** What a condition says, before it is stamped with generation and time. */
export interface Verdict {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: ConditionReason;
  readonly message: string;
}

/** Makes a verdict. */
export function verdict(type: ConditionType, holds: boolean, reason: ConditionReason, message: string): Verdict {
  return { type, status: holds ? "True" : "False", reason, message };
}

/** The app as a whole in one word. Ready, Reconciling, Stalled, Progressing and Degraded all follow from it, and from nothing else. */
export interface Summary {
  readonly state: "ready" | "working" | "stalled";
  readonly reason: ConditionReason;
  readonly message: string;
  /** The app serves worse than it should, now. */
  readonly degraded: boolean;
}
