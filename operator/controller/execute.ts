import { APPLIED_HASH_ANNOTATION, RESTING_ANNOTATION } from "../api/labels.ts";
import { FIELD_MANAGER, HISTORY_FIELD_MANAGER, SCALE_FIELD_MANAGER } from "../api/kind.ts";
import { applyIfChanged } from "../kube/apply.ts";
import type { Change } from "../kube/change-set.ts";
import { isTree } from "../api/tree.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import { controllerOf, type KubeObject, type Resource } from "../kube/object.ts";
import { configMaps, resourceOf } from "../kube/resources.ts";
import type { Written } from "../kube/written.ts";
import type { Plan } from "../plan/plan.ts";
import type { Prune } from "../plan/prune.ts";
import type { Renumbering } from "../plan/rollout/history.ts";
import { decideReplicas, rememberedReplicas } from "../plan/scaling.ts";
import type { Child } from "../resources/children.ts";
import { buildConfigMapCopy, type ConfigMapContent } from "../resources/config-map-copies.ts";
import { digestConfigMap } from "./references.ts";
import type { ControllerMetrics } from "./metrics.ts";

/** What the execution of a plan needs. */
export interface ExecuteDeps {
  readonly client: KubeClient;
  readonly metrics: ControllerMetrics;
  /** Told of every write, so that the next reconcile waits until the caches have seen it. */
  readonly written: Pick<Written, "recordWrite" | "recordDelete">;
}

/** For whom a plan is executed. */
export interface Execution {
  readonly ownerKey: string;
  readonly app: ScalableApp;
  readonly ownerUid: string;
  readonly namespace: string;
  /** The cached object of a kind and name, where the app controls it. */
  readonly live: (kind: string, name: string) => KubeObject | undefined;
  readonly signal: AbortSignal;
}

/** A child that could not be written. */
export interface Failure {
  readonly kind: string;
  readonly name: string;
  readonly error: unknown;
}

/** A child whose name is taken by an object that is not ours. */
export interface Conflict {
  readonly kind: string;
  readonly name: string;
  readonly holder: string;
}

/** What came of a plan. */
export interface Outcome {
  readonly changes: readonly Change[];
  readonly failures: readonly Failure[];
  readonly conflicts: readonly Conflict[];
}

type Step = { readonly changes?: readonly Change[]; readonly failure?: Failure; readonly conflict?: Conflict };

/** Writes what the plan asks for, wave by wave, then prunes; one child that fails does not keep its neighbours back, but the next wave. */
export async function executePlan(deps: ExecuteDeps, plan: Plan, execution: Execution): Promise<Outcome> {
  const steps: Step[] = [];
  for (const [index, wave] of plan.waves.entries()) {
    steps.push(...(await Promise.all(wave.map(async (child) => guarded(child.object, async () => applyChild(deps, child, execution))))));
    if (index === 0) steps.push(...(await copyConfigMaps(deps, plan, execution)));
    if (steps.some((step) => step.failure)) return collect(steps);
  }
  const { renumbering } = plan;
  if (renumbering) steps.push(await guarded(renumbering.object, async () => renumber(deps, renumbering, execution)));
  steps.push(...(await Promise.all(plan.held.map(async (child) => guarded(child.object, async () => scaleHeld(deps, child, execution))))));
  steps.push(
    ...(await Promise.all(plan.prune.map(async (prune) => guarded(prune.object, async () => deleteObject(deps, prune, execution))))),
  );
  return collect(steps);
}

/** Pods read copies of the users' ConfigMaps, so that a rollback finds the old content; the copies exist before any pod that reads them. */
async function copyConfigMaps(deps: ExecuteDeps, plan: Plan, execution: Execution): Promise<readonly Step[]> {
  const missing = plan.copies.filter(({ name }) => !execution.live("ConfigMap", name));
  return Promise.all(
    missing.map(async (copy) =>
      guarded({ kind: "ConfigMap", metadata: { name: copy.name } }, async () => {
        const content = await deps.client.get(configMaps, execution.namespace, copy.source, { signal: execution.signal });
        if (!content || digestConfigMap(content) !== copy.digest) return outdated(plan, copy);
        const identity = { app: execution.app, context: { ...plan.context, revision: copy.release } };
        return applyChild(
          deps,
          { role: "config/copy", wave: 0, podBearing: false, object: buildConfigMapCopy(identity, copy, contentOf(content)) },
          execution,
        );
      }),
    ),
  );
}

function contentOf(object: KubeObject): ConfigMapContent {
  const { data, binaryData } = object;
  return { ...(isTree(data) && { data }), ...(isTree(binaryData) && { binaryData }) };
}

/** The source has changed meanwhile: a new release looks again; of an old one, pods that run have read it already. */
function outdated(
  plan: Plan,
  { source, release, name }: { readonly source: string; readonly release: string; readonly name: string },
): Step {
  if (release !== plan.desired) return {};
  const message = `it was changed while release ${release} was being prepared`;
  const error = new KubeError({ verb: "get", resource: "configmaps", name: source, status: 409, reason: "Conflict", message });
  return { failure: { kind: "ConfigMap", name, error } };
}

async function guarded(
  object: { readonly kind: string; readonly metadata: { readonly name: string } },
  run: () => Promise<Step>,
): Promise<Step> {
  try {
    return await run();
  } catch (error) {
    return { failure: { kind: object.kind, name: object.metadata.name, error } };
  }
}

function collect(steps: readonly Step[]): Outcome {
  return {
    changes: steps.flatMap((step) => step.changes ?? []),
    failures: steps.flatMap((step) => (step.failure ? [step.failure] : [])),
    conflicts: steps.flatMap((step) => (step.conflict ? [step.conflict] : [])),
  };
}

async function applyChild(deps: ExecuteDeps, child: Child, execution: Execution): Promise<Step> {
  const intended: KubeObject = child.object;
  const { kind, metadata } = intended;
  const resource = resourceFor(intended);
  let live = execution.live(kind, metadata.name);
  if (!live) {
    // The caches hold only what carries our label, so before a first write the name itself is asked for.
    live = await deps.client.get(resource, execution.namespace, metadata.name, { signal: execution.signal });
    if (live && controllerOf(live)?.uid !== execution.ownerUid)
      return { conflict: { kind, name: metadata.name, holder: describeHolder(live) } };
  }
  if (live?.metadata.deletionTimestamp !== undefined) return { changes: [] };
  const applied = await applyIfChanged(deps.client, {
    resource,
    intended,
    live,
    fieldManager: FIELD_MANAGER,
    hashAnnotation: APPLIED_HASH_ANNOTATION,
    signal: execution.signal,
  });
  const changes = [applied.change];
  if (applied.change.action !== "unchanged") noteWrite(deps, execution, resource, applied.object);
  const replicas = decideReplicas(child, applied.object);
  if (replicas !== undefined) {
    const remember = rememberedReplicas(child, applied.object);
    changes.push(await writeReplicas(deps, live ? applied.object : unversioned(applied.object), { replicas, remember }, execution));
  }
  return { changes };
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

/**
 * Replica counts have a field manager of their own: the autoscaler takes the field over, and our main apply never resets it.
 * The resourceVersion, where there is one, makes the write fail where the autoscaler was quicker.
 */
async function writeReplicas(
  deps: ExecuteDeps,
  current: KubeObject,
  { replicas, remember }: { readonly replicas: number; readonly remember?: number | undefined },
  execution: Execution,
): Promise<Change> {
  const { apiVersion, kind } = current;
  const { name, namespace, uid, resourceVersion } = current.metadata;
  const resource = resourceFor(current);
  const metadata = {
    name,
    ...(namespace && { namespace }),
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
    // The next write leaves it out, and so removes it.
    ...(remember !== undefined && { annotations: { [RESTING_ANNOTATION]: String(remember) } }),
  };
  const stored = await deps.client.apply(
    resource,
    { apiVersion, kind, metadata, spec: { replicas } },
    { fieldManager: SCALE_FIELD_MANAGER, force: true, signal: execution.signal },
  );
  noteWrite(deps, execution, resource, stored);
  return { action: "configured", resource, namespace, name, reason: `replicas set to ${replicas}` };
}

/** An object that was made a moment ago: no autoscaler can know it yet, but its status is already being written. */
function unversioned(object: KubeObject): KubeObject {
  const { resourceVersion: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function noteWrite(deps: ExecuteDeps, execution: Execution, resource: Resource, stored: KubeObject): void {
  deps.metrics.observeWrite("apply", resource.kind);
  deps.written.recordWrite(execution.ownerKey, resource, stored);
}

async function deleteObject(deps: ExecuteDeps, { object, reason }: Prune, execution: Execution): Promise<Step> {
  const { uid, name, resourceVersion } = object.metadata;
  if (uid === undefined) return {};
  const resource = resourceFor(object);
  // A stored release that came into use again carries another number, and so another version: a late leader must not delete it.
  const exactly = object.kind === "ControllerRevision" && resourceVersion !== undefined ? { resourceVersion } : {};
  await deps.client.delete(resource, execution.namespace, name, { uid, ...exactly, signal: execution.signal });
  deps.metrics.observeWrite("delete", resource.kind);
  deps.written.recordDelete(execution.ownerKey, resource, object);
  return { changes: [{ action: "deleted", resource, namespace: execution.namespace, name, reason }] };
}

function resourceFor(object: KubeObject): Resource {
  const resource = resourceOf(object);
  if (!resource) throw new Error(`no resource is known for ${object.apiVersion} ${object.kind}: add it to kube/resources.ts`);
  return resource;
}

function describeHolder(object: KubeObject): string {
  const controller = controllerOf(object);
  if (controller) return `${controller.kind} ${controller.name}`;
  const manager = object.metadata.labels?.["app.kubernetes.io/managed-by"];
  return manager === undefined ? "nobody in particular" : `whatever ${manager} manages`;
}
