import { FIELD_MANAGER, SCALE_FIELD_MANAGER } from "../api/kind.ts";
import {
  APP_LABEL,
  APPLIED_HASH_ANNOTATION,
  CREATED_REPLICAS_ANNOTATION,
  DROPPED_FIELDS_ANNOTATION,
  MANAGED_BY_LABEL,
  QUIESCED_REPLICAS_ANNOTATION,
} from "../api/labels.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { applyIfChanged, reasonToApply, type Initial } from "../kube/apply.ts";
import type { Change } from "../kube/change-set.ts";
import type { KubeClient } from "../kube/client.ts";
import { isConflict } from "../kube/errors.ts";
import { controllerOf, type KubeObject, type Resource } from "../base/object.ts";
import { resourceOf } from "../kube/resources.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import { read } from "../base/read.ts";
import { decideReplicas, rememberedReplicas } from "../plan/scaling/replicas.ts";
import type { Child } from "../resources/children.ts";
import type { ControllerMetrics } from "./metrics.ts";
import type { Step } from "./outcome.ts";

/** What the execution of a plan needs. */
export interface ExecuteDeps {
  readonly client: KubeClient;
  readonly metrics: ControllerMetrics;
  /** Called with every write, so that the next reconcile waits until the caches have seen it. */
  readonly written: Pick<WriteTracker, "recordWrite" | "recordDelete">;
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

/** Brings a child to what it should be. One that is new costs one request; only where its name is taken it is asked who owns it. */
export async function applyChild(deps: ExecuteDeps, child: Child, execution: Execution): Promise<Step> {
  const { kind, metadata } = child.object;
  const live = execution.live(kind, metadata.name);
  if (live) return updateChild(deps, { child, live }, execution);
  try {
    return await createChild(deps, child, execution);
  } catch (error) {
    if (!isConflict(error)) throw error;
    // The caches hold only what carries our label: the object may still be ours.
    const holder = await deps.client.get(resourceFor(child.object), execution.namespace, metadata.name, { signal: execution.signal });
    if (!holder) throw error;
    if (controllerOf(holder)?.uid === execution.ownerUid) return updateChild(deps, { child, live: holder }, execution);
    if (isOwnClaim(child, holder)) return { changes: [] };
    return { conflict: { kind, name: metadata.name, role: child.role, holder: describeHolder(holder) } };
  }
}

/** A claim has no owner, for it outlives the app: its labels say whose it is, and an app that is made anew uses it as it stands. */
function isOwnClaim({ object }: Child, holder: KubeObject): boolean {
  if (object.kind !== "PersistentVolumeClaim") return false;
  return [MANAGED_BY_LABEL, APP_LABEL].every((label) => holder.metadata.labels?.[label] === object.metadata.labels[label]);
}

async function createChild(deps: ExecuteDeps, child: Child, execution: Execution): Promise<Step> {
  const { object, change } = await applyIfChanged(deps.client, {
    ...requestFor(child, execution),
    live: undefined,
    initial: initialOf(child),
  });
  noteWrite(deps, execution, change.resource, object);
  return { changes: [change] };
}

/** The replica count is part of the create: a write of its own would be a second request for every workload (ADR 0004). */
function initialOf(child: Child): Initial | undefined {
  const replicas = decideReplicas(child, undefined);
  if (replicas === undefined) return undefined;
  return { annotations: { [CREATED_REPLICAS_ANNOTATION]: String(replicas) }, spec: { replicas } };
}

interface Existing {
  readonly child: Child;
  readonly live: KubeObject;
}

async function updateChild(deps: ExecuteDeps, { child, live }: Existing, execution: Execution): Promise<Step> {
  if (live.metadata.deletionTimestamp !== undefined) return { changes: [] };
  const request = { ...requestFor(child, execution), live };
  if (reasonToApply(request) !== undefined) await handOverReplicas(deps, live, execution);
  const applied = await applyIfChanged(deps.client, request);
  const changes = [applied.change];
  if (applied.change.action !== "unchanged") noteWrite(deps, execution, request.resource, applied.object);
  const replicas = decideReplicas(child, applied.object);
  if (replicas !== undefined) {
    const remember = rememberedReplicas(child, applied.object);
    changes.push(await writeReplicas(deps, applied.object, { replicas, remember }, execution));
  }
  return { changes };
}

function requestFor(child: Child, { signal }: Execution) {
  const resource = resourceFor(child.object);
  return {
    resource,
    intended: child.object,
    fieldManager: FIELD_MANAGER,
    hashAnnotation: APPLIED_HASH_ANNOTATION,
    droppedAnnotation: DROPPED_FIELDS_ANNOTATION,
    signal,
  };
}

/**
 * The first main apply after the create drops the replica count that the create carried. Without another owner the API server would put
 * its default of 1 there, so the second manager owns the number first. Not by force: where an autoscaler has set another number, it owns it.
 */
async function handOverReplicas(deps: ExecuteDeps, live: KubeObject, execution: Execution): Promise<void> {
  const replicas = read(live, "spec", "replicas");
  if (live.metadata.annotations?.[CREATED_REPLICAS_ANNOTATION] === undefined || typeof replicas !== "number") return;
  const { apiVersion, kind } = live;
  const { name, namespace, uid } = live.metadata;
  const metadata = { name, ...(namespace && { namespace }), ...(uid && { uid }) };
  const resource = resourceFor(live);
  const { signal } = execution;
  try {
    const object = { apiVersion, kind, metadata, spec: { replicas } };
    const stored = await deps.client.apply(resource, object, { fieldManager: SCALE_FIELD_MANAGER, force: false, signal });
    noteWrite(deps, execution, resource, stored);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

/**
 * Replica counts have a field manager of their own: the autoscaler takes the field over, and our main apply never resets it.
 * The resourceVersion, where there is one, makes the write fail where the autoscaler was quicker.
 */
export async function writeReplicas(
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
    ...(remember !== undefined && { annotations: { [QUIESCED_REPLICAS_ANNOTATION]: String(remember) } }),
  };
  const stored = await deps.client.apply(
    resource,
    { apiVersion, kind, metadata, spec: { replicas } },
    { fieldManager: SCALE_FIELD_MANAGER, force: true, signal: execution.signal },
  );
  noteWrite(deps, execution, resource, stored);
  return { action: "configured", resource, namespace, name, reason: `replicas set to ${replicas}` };
}

/** Counts a write, and lets the next reconcile wait until the caches have seen it. */
export function noteWrite(deps: ExecuteDeps, execution: Execution, resource: Resource, stored: KubeObject): void {
  deps.metrics.observeWrite("apply", resource.kind);
  deps.written.recordWrite(execution.ownerKey, resource, stored);
}

/** The resource of a kind that we write. */
export function resourceFor(object: KubeObject): Resource {
  const resource = resourceOf(object);
  if (!resource) throw new Error(`no resource is known for ${object.apiVersion} ${object.kind}: add it to kube/resources.ts`);
  return resource;
}

function describeHolder(object: KubeObject): string {
  const controller = controllerOf(object);
  if (controller) return `belongs to ${controller.kind} ${controller.name}`;
  const manager = object.metadata.labels?.["app.kubernetes.io/managed-by"];
  return manager === undefined ? "has no controller" : `is managed by ${manager}`;
}
