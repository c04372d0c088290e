import { API_VERSION, KIND } from "../api/kind.ts";
import { APP_LABEL, COMPONENT_LABEL } from "../api/labels.ts";
import type { Tree } from "../base/tree.ts";
import { judgeComponents } from "../plan/observe/component-health.ts";
import { makePlan, takesStep } from "../plan/plan.ts";
import type { LiveObject, Snapshot } from "../plan/observe/snapshot.ts";
import type { Child } from "../resources/children.ts";
import { defaultImages } from "../resources/images.ts";
import type { Report } from "../status/report.ts";
import { buildStepStatus } from "../status/status.ts";
import { appOf } from "./rendered.ts";
import { kindKey } from "../base/object.ts";

/** The moment at which snapshots are taken unless set otherwise. */
export const testNow = "2026-11-27T08:00:00Z";

/** A snapshot of an app named shop, of the given spec, in an empty cluster; every part can be replaced. */
export function snapshotOf(
  spec: Tree = {},
  parts: Partial<Snapshot> & { readonly generation?: number; readonly annotations?: Readonly<Record<string, string>> } = {},
): Snapshot {
  const { generation = 1, annotations, ...rest } = parts;
  const app = appOf(spec);
  return {
    now: testNow,
    app: { ...app, metadata: { ...app.metadata, generation, ...(annotations && { annotations }) } },
    rawSpec: { image: "ghcr.io/acme/shop:1", ...spec },
    status: undefined,
    owned: [],
    pods: [],
    references: {},
    images: defaultImages,
    renderer: "test",
    ...rest,
  };
}

/** What a reconcile of the snapshot would report the status about. */
export function reportOf(snapshot: Snapshot, parts: Partial<Report> = {}): Report {
  const taken = persist(snapshot);
  const plan = makePlan(taken);
  return { snapshot: taken, plan, ...judgeComponents(plan, taken), failures: [], conflicts: [], ...parts };
}

/** The snapshot after every step of its release that asks for nothing but to be written down. */
export function persist(snapshot: Snapshot): Snapshot {
  let taken = snapshot;
  for (let step = 0; step < 20; step++) {
    const plan = makePlan(taken);
    if (!takesStep(plan)) return taken;
    taken = { ...taken, status: buildStepStatus({ plan, snapshot: taken }) };
  }
  throw new Error(`the release finds no rest: ${JSON.stringify(taken.status?.release)}`);
}

/** An object that the app controls. */
export function owned(kind: string, name: string, rest: Tree = {}): LiveObject {
  const owner = { apiVersion: API_VERSION, kind: KIND, name: "shop", uid: "uid-1", controller: true };
  const metadata = { name, namespace: "retail", uid: `uid-${kind}-${name}`, resourceVersion: "1", generation: 1, ownerReferences: [owner] };
  return { apiVersion: "v1", kind, ...rest, metadata: { ...metadata, ...(rest["metadata"] as object | undefined) } };
}

/** The pod counts of a workload, as its controller reports them. */
export interface Counts {
  readonly replicas: number;
  readonly updated?: number;
  readonly ready?: number;
  readonly observed?: number;
  readonly conditions?: readonly Tree[];
}

/** A child as the cluster holds it, with the status that its controller gave it. */
export function liveChild({ object }: Child, counts?: Counts): LiveObject {
  const { replicas = 0, updated = replicas, ready = updated, observed = 1, conditions = [] } = counts ?? {};
  const status = {
    observedGeneration: observed,
    replicas,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
    conditions,
  };
  const spec = { ...(object["spec"] as object | undefined), ...(counts && { replicas }) };
  return owned(object.kind, object.metadata.name, { ...object, spec, ...(counts && { status }), metadata: { ...object.metadata } });
}

/** The cluster in which every child of the snapshot's app stands as planned, its migration has run, and all its pods are ready. */
export function rollOut(snapshot: Snapshot): Snapshot {
  const begun = standing(persist(snapshot));
  return persist(standing(persist(begun)));
}

/** The cluster in which every child of the plan stands; what stood before and is no longer planned stays. */
function standing(snapshot: Snapshot): Snapshot {
  const { children } = makePlan(snapshot);
  const live = children
    .filter(({ object }) => object.kind !== "PersistentVolumeClaim")
    .map((child) => liveChild(child, isWorkload(child) ? { replicas: floorOf(child) } : undefined));
  const objects = live.map((object) => (object.kind === "Job" ? { ...object, status: completed } : object));
  const names = new Set(objects.map(kindKey));
  const claims = children.filter(({ object }) => object.kind === "PersistentVolumeClaim").map(standingClaim);
  const found = new Set(claims.map(kindKey));
  return {
    ...snapshot,
    claims: [...(snapshot.claims ?? []).filter((claim) => !found.has(kindKey(claim))), ...claims],
    owned: [...snapshot.owned.filter((object) => !names.has(kindKey(object))), ...objects],
  };
}

/** A claim has no owner. */
function standingClaim({ object }: Child): LiveObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid: `uid-${object.metadata.name}`, resourceVersion: "1" },
    status: { phase: "Bound" },
  };
}

/** The status of a Job that ended well. */
export const completed = { conditions: [{ type: "Complete", status: "True", reason: "CompletionsReached" }] };

/** The same snapshot with one owned object changed. */
export function change(snapshot: Snapshot, name: string, to: (object: LiveObject) => LiveObject): Snapshot {
  return { ...snapshot, owned: snapshot.owned.map((object) => (kindKey(object) === name ? to(object) : object)) };
}

function isWorkload(child: Child): boolean {
  return child.object.kind === "Deployment" || child.object.kind === "StatefulSet";
}

function floorOf({ replicas }: Child): number {
  if (!replicas) return 1;
  return "fixed" in replicas ? replicas.fixed : replicas.autoscaled.min;
}

/** A pod of a component of the app. */
export function podOf(name: string, component: string, status: Tree = {}, metadata: Tree = {}): LiveObject {
  const labels = { [APP_LABEL]: "shop", [COMPONENT_LABEL]: component };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "retail", labels, ...metadata }, status };
}

/** The status of a container that waits for a reason. */
export function waiting(name: string, reason: string, rest: Tree = {}): Tree {
  const { message, ...more } = rest;
  return { name, ready: false, state: { waiting: { reason, ...(message !== undefined && { message }) } }, ...more };
}
