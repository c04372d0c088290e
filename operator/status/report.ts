import type { ConditionReason, ConditionType } from "../api/conditions.ts";
import type { ComponentHealth } from "../plan/component-health.ts";
import type { Plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/snapshot.ts";
import type { VolumeTrouble } from "../plan/volumes.ts";

/** A child that the API server did not take. */
export interface ChildFailure {
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  /** No retry can help: the object itself is refused. */
  readonly refused: boolean;
}

/** A child whose name is taken. */
export interface ChildConflict {
  readonly kind: string;
  readonly name: string;
  readonly holder: string;
}

/** All that the status is told from: what was seen, what was decided, and what came of it. */
export interface Report {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  readonly components: readonly ComponentHealth[];
  /** The pods of the release on trial. */
  readonly trial: ComponentHealth | undefined;
  readonly failures: readonly ChildFailure[];
  readonly conflicts: readonly ChildConflict[];
  /** What keeps the queue's volume from being as the spec asks. */
  readonly volume?: VolumeTrouble | undefined;
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
