import type { Change } from "../kube/change-set.ts";
import type { ObjectKey } from "../plan/dependencies.ts";

/** A child that could not be written, or an object that could not be deleted. */
export interface Failure {
  readonly kind: string;
  readonly name: string;
  /** Of the child; undefined for an object that is deleted. */
  readonly role?: string;
  readonly error: unknown;
}

/** A child whose name is taken by an object that is not ours. */
export interface Conflict {
  readonly kind: string;
  readonly name: string;
  readonly role: string;
  readonly holder: string;
}

/** A child that was left as it is, or an object that was not deleted, because something that it depends on could not be written. */
export interface HeldBack {
  readonly kind: string;
  readonly name: string;
  /** Of the child; undefined for an object that is deleted. */
  readonly role?: string;
  /** What could not be written, as "kind/name". */
  readonly because: ObjectKey;
}

/** What came of a plan. */
export interface Outcome {
  readonly changes: readonly Change[];
  readonly failures: readonly Failure[];
  readonly conflicts: readonly Conflict[];
  readonly heldBack: readonly HeldBack[];
}

/** What came of one object. */
export interface Step {
  readonly changes?: readonly Change[];
  readonly failure?: Failure;
  readonly conflict?: Conflict;
  readonly heldBack?: HeldBack;
}

/** Joins what came of all objects. */
export function collect(steps: readonly Step[]): Outcome {
  return {
    changes: steps.flatMap((step) => step.changes ?? []),
    failures: steps.flatMap((step) => (step.failure ? [step.failure] : [])),
    conflicts: steps.flatMap((step) => (step.conflict ? [step.conflict] : [])),
    heldBack: steps.flatMap((step) => (step.heldBack ? [step.heldBack] : [])),
  };
}
