import { HISTORY_FIELD_MANAGER } from "../api/kind.ts";
import { keyOf, type ObjectKey } from "../plan/dependencies.ts";
import type { Plan } from "../plan/plan.ts";
import type { Prune } from "../plan/prune.ts";
import { read } from "../base/read.ts";
import type { Renumbering } from "../plan/history.ts";
import { decideReplicas } from "../plan/scaling/replicas.ts";
import type { Child } from "../resources/children.ts";
import { configMapCopyRole, readConfigMapCopy } from "./config-map-copies.ts";
import { isRefused } from "./failure.ts";
import { collect, type Outcome, type Step } from "./outcome.ts";
import { applyChild, noteWrite, resourceFor, writeReplicas, type ExecuteDeps, type Execution } from "./write-child.ts";

/** One object to write or delete. */
interface Task {
  readonly object: { readonly kind: string; readonly metadata: { readonly name: string } };
  readonly role?: string;
  readonly needs?: readonly ObjectKey[] | undefined;
  readonly run: () => Promise<Step>;
}

/**
 * Writes what the plan asks for, wave by wave, then prunes. What fails holds back what depends on it and nothing else, so that one refused
 * object never freezes the rest.
 */
export async function executePlan(deps: ExecuteDeps, plan: Plan, execution: Execution): Promise<Outcome> {
  const { dependencies, renumbering } = plan;
  const steps: Step[] = [];
  /** What is not as it should be, and what was refused at the root of it. */
  const missing = new Map<ObjectKey, ObjectKey>();
  const runAll = async (tasks: readonly Task[]) => {
    for (const step of await Promise.all(tasks.map(async (task) => runTask(task, missing)))) {
      steps.push(step);
      const failed = step.failure ?? step.conflict;
      if (failed) missing.set(`${failed.kind}/${failed.name}`, `${failed.kind}/${failed.name}`);
      if (step.heldBack) missing.set(`${step.heldBack.kind}/${step.heldBack.name}`, step.heldBack.because);
    }
  };
  const taskOf = (child: Child, run: Task["run"]): Task => ({ object: child.object, role: child.role, run });
  for (const [index, wave] of plan.waves.entries()) {
    await runAll(
      wave.map((child) => ({
        ...taskOf(child, async () => applyChild(deps, child, execution)),
        needs: dependencies.ofChildren.get(keyOf(child.object)),
      })),
    );
    if (index === 0) await runAll(copyTasks(deps, plan, execution));
  }
  if (renumbering) await runAll([{ object: renumbering.object, run: async () => renumber(deps, renumbering, execution) }]);
  await runAll(plan.held.map((child) => taskOf(child, async () => scaleHeld(deps, child, execution))));
  await runAll(
    plan.prune.map((prune) => ({
      object: prune.object,
      needs: dependencies.ofPrune.get(keyOf(prune.object)),
      run: async () => deleteObject(deps, prune, execution),
    })),
  );
  return collect(steps);
}

/** Pods read copies of the users' ConfigMaps, so that a rollback finds the old content; the copies exist before any pod that reads them. */
function copyTasks(deps: ExecuteDeps, plan: Plan, execution: Execution): readonly Task[] {
  const missing = plan.copies.filter(({ name }) => !execution.live("ConfigMap", name));
  return missing.map((copy) => ({
    object: { kind: "ConfigMap", metadata: { name: copy.name } },
    role: configMapCopyRole,
    run: async () => {
      const child = await readConfigMapCopy(deps.client, { plan, copy, execution });
      return child ? applyChild(deps, child, execution) : {};
    },
  }));
}

async function runTask({ object, role, needs = [], run }: Task, missing: ReadonlyMap<ObjectKey, ObjectKey>): Promise<Step> {
  const subject = { kind: object.kind, name: object.metadata.name, ...(role !== undefined && { role }) };
  const because = needs.map((need) => missing.get(need)).find((found) => found !== undefined);
  if (because !== undefined) return { heldBack: { ...subject, because } };
  try {
    return await run();
  } catch (error) {
    return { failure: { ...subject, error } };
  }
}

/** The number of a stored release has a field manager of its own, so that all else, which can never change, need not be sent again. */
async function renumber(deps: ExecuteDeps, { object, number }: Renumbering, execution: Execution): Promise<Step> {
  const { apiVersion, kind } = object;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const resource = resourceFor(object);
  const metadata = { name, ...(namespace && { namespace }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  const stored = await deps.client.apply(
    resource,
    { apiVersion, kind, metadata, revision: number },
    { fieldManager: HISTORY_FIELD_MANAGER, force: true, signal: execution.signal },
  );
  noteWrite(deps, execution, resource, stored);
  return { changes: [{ action: "configured", resource, namespace, name, reason: `its release is in use again, as number ${number}` }] };
}

/** A held child keeps its release, but not its number of pods: suspending an app must not wait for a migration or a lost Secret. */
async function scaleHeld(deps: ExecuteDeps, child: Child, execution: Execution): Promise<Step> {
  const live = execution.live(child.object.kind, child.object.metadata.name);
  if (!live || live.metadata.deletionTimestamp !== undefined) return {};
  const replicas = decideReplicas(child, live);
  return replicas === undefined ? {} : { changes: [await writeReplicas(deps, live, { replicas }, execution)] };
}

async function deleteObject(deps: ExecuteDeps, { object, reason }: Prune, execution: Execution): Promise<Step> {
  const { uid, name, resourceVersion } = object.metadata;
  if (uid === undefined) return {};
  const resource = resourceFor(object);
  // A stored release that came into use again carries another number, and so another version: a late leader must not delete it.
  const exactly = object.kind === "ControllerRevision" && resourceVersion !== undefined ? { resourceVersion } : {};
  try {
    await deps.client.delete(resource, execution.namespace, name, { uid, ...exactly, signal: execution.signal });
  } catch (error) {
    // Pods of a release that was given up must not serve on because a policy protects their Deployment.
    if (object.kind === "Deployment" && isRefused(error) && !isAtZero(object))
      await writeReplicas(deps, object, { replicas: 0 }, execution);
    throw error;
  }
  deps.metrics.observeWrite("delete", resource.kind);
  deps.written.recordDelete(execution.ownerKey, resource, object);
  return { changes: [{ action: "deleted", resource, namespace: execution.namespace, name, reason }] };
}

function isAtZero(object: Prune["object"]): boolean {
  return read(object, "spec", "replicas") === 0;
}
