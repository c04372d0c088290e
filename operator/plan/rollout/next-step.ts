import { isDeepStrictEqual } from "node:util";
import type { ConditionReason } from "../../api/conditions.ts";
import type { QuarantinedRelease, ReleaseStatus } from "../../api/status.ts";
import type { Placement } from "../../resources/placement.ts";
import { finishBake } from "./baking.ts";
import { awaitCanaryPods, endStep, watchStep } from "./canary.ts";
import { startContract } from "./contract.ts";
import { describeRelease } from "./describe-release.ts";
import { recoverFirst } from "./first-failed.ts";
import { keepStable, suspend } from "./idle-or-suspended.ts";
import { resolveInconclusive } from "./inconclusive.ts";
import {
  awaitCleanup,
  awaitOtherMigration,
  awaitReferences,
  awaitResume,
  awaitSchema,
  awaitFreezeEnd,
  awaitUniformStable,
} from "./may-start.ts";
import { awaitMigration, startMigration } from "./migrating.ts";
import { noteProgress } from "./note-progress.ts";
import type { RolloutObservation } from "./observation.ts";
import { discardsOf, placementOf, type Discards } from "./placement.ts";
import { watchPreview } from "./preview.ts";
import { holdOldPods, promoteWhenRolledOut } from "./promoting.ts";
import { endStrandedRollback, failRefused } from "./refused.ts";
import { answer, nextRequest, type Handled } from "./requests.ts";
import { dropUnwanted, finishRollback, rollBackFailed } from "./rolling-back.ts";
import { stay, type Rule, type Situation, type Step } from "./rule.ts";
import { startPods } from "./start-pods.ts";
import { startRelease, supersedeCandidate } from "./start-release.ts";
import { nameState, recall, type RolloutState } from "./state.ts";
import { wakeAfter } from "./wake-after.ts";

/** What becomes of a release. Persist `release`, `quarantined` and `handled` first; only then do `placement` and `discards`. */
export interface RolloutDecision {
  readonly state: RolloutState;
  readonly release: ReleaseStatus;
  readonly quarantined: readonly QuarantinedRelease[];
  /** Requests that were answered now; they belong into status.requests with the moment of the observation. */
  readonly handled: readonly Handled[];
  /** Why, in one word: the reason of the event where `changed`. */
  readonly reason: ConditionReason;
  /** The release took a step; what was only noted (figures, readiness) is none. */
  readonly changed: boolean;
  readonly placement: Placement;
  readonly discards: Discards;
  /** When to look again though nothing happens; 0: at once. */
  readonly requeueAfterMs?: number;
}

/** What each state asks, in this order: the first rule that knows a step ends the asking. */
const rules: Readonly<Record<RolloutState, readonly Rule[]>> = {
  Idle: [startContract, keepStable],
  New: [startRelease],
  Superseded: [supersedeCandidate],
  Unwanted: [dropUnwanted],
  Suspended: [suspend],
  FirstFailed: [recoverFirst],
  Pending: [
    awaitFreezeEnd,
    awaitResume,
    awaitReferences,
    awaitSchema,
    awaitOtherMigration,
    awaitCleanup,
    awaitUniformStable,
    startMigration,
    startPods,
  ],
  Migrating: [awaitResume, awaitReferences, failRefused, awaitMigration, awaitUniformStable, startPods],
  RollingOut: [failRefused, rollBackFailed, promoteWhenRolledOut],
  Canary: [failRefused, rollBackFailed, awaitCanaryPods, resolveInconclusive, watchStep, endStep],
  Preview: [failRefused, rollBackFailed, resolveInconclusive, watchPreview],
  Promoting: [failRefused, rollBackFailed, resolveInconclusive, holdOldPods, promoteWhenRolledOut],
  Baking: [rollBackFailed, resolveInconclusive, awaitResume, finishBake],
  RollingBack: [endStrandedRollback, finishRollback],
};

/** Decides the one next step of a release; the same observation always leads to the same decision. */
export function decideRelease(seen: RolloutObservation): RolloutDecision {
  const known: Situation = { seen, release: recall(seen), quarantined: seen.status.quarantined ?? [] };
  const situation = { ...known, release: noteProgress(known) };
  const state = nameState(situation);
  const request = isKnown(state) ? nextRequest(seen) : undefined;
  const { step, handled } = request ? answer(situation, request) : { step: askRules(state, situation), handled: [] };
  const after: Situation = { seen, release: step.release, quarantined: step.quarantined ?? situation.quarantined };
  const release = describeRelease(after);
  const changed = !isDeepStrictEqual(step.release, situation.release) || step.quarantined !== undefined || handled.length > 0;
  const requeueAfterMs = changed ? 0 : wakeAfter(after);
  return {
    state,
    release,
    quarantined: after.quarantined,
    handled,
    reason: step.reason,
    changed,
    placement: placementOf(release, seen),
    discards: discardsOf(release, seen),
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  };
}

/** Requests speak of the release of the spec, so they wait until that one is known. */
function isKnown(state: RolloutState): boolean {
  return state !== "New" && state !== "Superseded";
}

function askRules(state: RolloutState, situation: Situation): Step {
  for (const rule of rules[state]) {
    const step = rule(situation);
    if (step) return step;
  }
  return stay(situation, "Working");
}
