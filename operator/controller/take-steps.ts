import type { ScalableAppStatus } from "../api/status.ts";
import { judgeComponents } from "../plan/observe/component-health.ts";
import { makePlan, takesStep, type Plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { buildStatus, buildStepStatus } from "../status/status.ts";

/** What is written down at once: the plans whose steps it holds, and the status. */
export interface Steps {
  readonly steps: readonly Plan[];
  readonly status: ScalableAppStatus;
}

/** A chain that is longer goes on in the next reconcile. */
const mostSteps = 4;

/**
 * The step of a plan, and those that follow from it at once because a release that was about to begin may do so. Nothing is done between
 * them that a snapshot could show, so one write holds them all. Where nothing was refused so far, it also says what the status will say
 * if nothing is refused: a later one says otherwise where it must, and a create or a change costs no second write.
 */
export function takeSteps(first: Plan, before: Snapshot): Steps {
  const steps = [first];
  let status = buildStepStatus({ plan: first, snapshot: before });
  let snapshot: Snapshot = { ...before, status };
  let plan = makePlan(snapshot);
  while (takesStep(plan) && status.release?.phase === "Pending" && steps.length < mostSteps) {
    steps.push(plan);
    status = buildStepStatus({ plan, snapshot });
    snapshot = { ...snapshot, status };
    plan = makePlan(snapshot);
  }
  return { steps, status: foretell(plan, { ...before, status }) ?? status };
}

/** The status that the next reconcile writes if the API server takes everything; undefined where that is open. */
function foretell(plan: Plan, snapshot: Snapshot): ScalableAppStatus | undefined {
  const { status } = snapshot;
  const isRefused =
    status?.refusals !== undefined ||
    (status?.conditions ?? []).some(({ type, status: holds }) => type === "NameConflict" && holds === "True");
  const rests =
    plan.migration.state === "failed" || plan.contract?.job.state === "failed" || plan.volumes.some(({ trouble }) => trouble !== undefined);
  if (takesStep(plan) || isRefused || rests) return undefined;
  return buildStatus({ snapshot, plan, ...judgeComponents(plan, snapshot), failures: [], conflicts: [] });
}
