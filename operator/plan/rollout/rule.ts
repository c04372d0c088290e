import type { ConditionReason } from "../../api/conditions.ts";
import type { ReleasePhase, QuarantinedRelease, ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";

/** What was seen, and the release as far as it was thought through. */
export interface Situation {
  readonly seen: RolloutObservation;
  readonly release: ReleaseStatus;
  readonly quarantined: readonly QuarantinedRelease[];
}

/** One step of a release, with its reason. */
export interface Step {
  readonly release: ReleaseStatus;
  readonly quarantined?: readonly QuarantinedRelease[];
  readonly reason: ConditionReason;
}

/** Decides one thing; undefined leaves the decision to the rules after it. */
export type Rule = (situation: Situation) => Step | undefined;

/** The step that a request asks for, or why there is none. */
export type Answer = Step | string;

/** Nothing changes, and no later rule is asked. */
export function stay({ release }: Situation, reason: ConditionReason): Step {
  return { release, reason };
}

/** The release with some fields replaced; undefined removes a field. */
export function change(
  release: ReleaseStatus,
  to: { readonly [Field in keyof ReleaseStatus]?: ReleaseStatus[Field] | undefined },
): ReleaseStatus {
  const merged = { ...release, ...to };
  const { phase, ...rest } = merged;
  return { ...dropUndefined(rest), phase: phase ?? release.phase };
}

function dropUndefined<T extends object>(value: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  // Object.fromEntries forgets the types that the filter guarantees.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Field in keyof T]: Exclude<T[Field], undefined>;
  };
}

/** The release as it enters a phase: who takes part and what was measured stays, what belongs to the phase before is forgotten. */
export function enter({ seen, release }: Situation, phase: ReleasePhase, to: Parameters<typeof change>[1] = {}): ReleaseStatus {
  return change(release, {
    step: undefined,
    weight: undefined,
    stepStartedAt: undefined,
    unreadySince: undefined,
    inconclusiveSince: undefined,
    pause: undefined,
    pods: undefined,
    phase,
    phaseStartedAt: seen.now,
    ...to,
  });
}

/** Seconds from a moment to now; 0 where there is no such moment. */
export function secondsSince({ seen }: Pick<Situation, "seen">, moment: string | undefined): number {
  return moment === undefined ? 0 : (Date.parse(seen.now) - Date.parse(moment)) / 1000;
}

/** Whether a release is quarantined. */
export function isQuarantined({ quarantined }: Pick<Situation, "quarantined">, release: string): boolean {
  return quarantined.some((entry) => entry.release === release);
}

/** Whether there is no release yet to return to. */
export function isFirst({ release }: Pick<Situation, "release">): boolean {
  return release.stable === undefined;
}

/** Whether a request that was granted since the release began speaks of it. */
export function wasGranted({ seen, release }: Situation, action: "rollback" | "override-freeze"): boolean {
  const request = seen.status.requests?.find((handled) => handled.action === action && handled.outcome === "done");
  return request !== undefined && release.startedAt !== undefined && Date.parse(request.at) >= Date.parse(release.startedAt);
}
