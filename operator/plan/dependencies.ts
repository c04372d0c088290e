import { isDeepStrictEqual } from "node:util";
import { RELEASE_LABEL, TRACK_LABEL } from "../api/labels.ts";
import type { Child } from "../resources/children.ts";
import type { RenderedReleases } from "../resources/render-releases.ts";
import { webCanaryName, webName, webPreviewName } from "../resources/names.ts";
import type { Prune } from "./prune.ts";
import { read, readCount, readList, readString } from "../base/read.ts";
import { isOfRelease } from "./history.ts";
import { findOwned, type LiveObject, type Snapshot } from "./observe/snapshot.ts";

/** An object by kind and name: "Deployment/shop-web". */
export type ObjectKey = `${string}/${string}`;

/** The key of an object. */
export function keyOf({ kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } }): ObjectKey {
  return `${kind}/${metadata.name}`;
}

/** What must be written before each child is, or before each object is deleted. What the cluster already has as it is needed is left out. */
export interface Dependencies {
  readonly ofChildren: ReadonlyMap<ObjectKey, readonly ObjectKey[]>;
  readonly ofPrune: ReadonlyMap<ObjectKey, readonly ObjectKey[]>;
}

/** What a plan is about to do. */
export interface PlannedWork {
  readonly children: readonly Child[];
  readonly copies: RenderedReleases["copies"];
  readonly prune: readonly Prune[];
}

/**
 * A child that is refused holds what depends on it, and nothing else:
 *
 * | this                     | waits for                                                                    |
 * | ------------------------ | ---------------------------------------------------------------------------- |
 * | whatever runs the app    | its ServiceAccount, the managed Redis, and of its own release the stored      |
 * |                          | ControllerRevision, the ConfigMaps and the migration Job, where they do not exist |
 * | the route                | the Services that it leads to                                                 |
 * | the candidate's pods     | the web Service, which must not give them users too early                     |
 * | stable pods of another   | the web Service, where that selects one release alone (blue/green)            |
 * | release                  |                                                                               |
 * | the end of the           | stable pods, unless they have the release that they should have; the Service  |
 * | candidate's pods         | and the route that still lead to them                                         |
 * | the end of what pods use | all that runs the app, unless it has the release that it should have          |
 *
 * A CronJob, an autoscaler, a disruption budget hold nothing.
 */
export function findDependencies(snapshot: Pick<Snapshot, "app" | "owned">, work: PlannedWork): Dependencies {
  const children = work.children.map((child): [ObjectKey, readonly ObjectKey[]] => [keyOf(child.object), needsOf(child, snapshot, work)]);
  const prune = work.prune.map(({ object }): [ObjectKey, readonly ObjectKey[]] => [keyOf(object), needsOfPrune(object, snapshot, work)]);
  const withNeeds = (entries: typeof children) => new Map(entries.filter(([, needs]) => needs.length > 0));
  return { ofChildren: withNeeds(children), ofPrune: withNeeds(prune) };
}

type Cluster = Pick<Snapshot, "app" | "owned" | "claims">;

function needsOf(child: Child, snapshot: Cluster, work: PlannedWork): readonly ObjectKey[] {
  const name = webName(snapshot.app.metadata.name);
  if (child.role === "web/http-route") return backendsOf(child.object).filter((key) => !isReachedAsPlanned(key, snapshot, work));
  const needs = runsApp(child) ? neededByPods(child, snapshot, work) : [];
  const service: ObjectKey = `Service/${name}`;
  const depends = child.role === "web-canary/deployment" || (child.role === "web/deployment" && mayLeaveService(child, snapshot));
  return depends && !isReachedAsPlanned(service, snapshot, work) ? [...needs, service] : needs;
}

/** Whether a child runs containers of the app: pods, runs of a schedule, or a migration. */
function runsApp({ podBearing, object }: Child): boolean {
  return podBearing || object.kind === "Job";
}

/** What pods need has to exist; an update of it that is refused keeps nobody back, for all that belongs to a release never changes. */
function neededByPods(child: Child, snapshot: Cluster, work: PlannedWork): readonly ObjectKey[] {
  const release = releaseOfChild(child.object);
  const needed = work.children
    .filter((other) => other !== child && (isForAll(other) || isForRelease(other, release) || isMounted(other, child)))
    .map(({ object }) => keyOf(object));
  const copies = work.copies.filter((copy) => copy.release === release).map(({ name }): ObjectKey => `ConfigMap/${name}`);
  return [...needed, ...copies].filter((key) => !exists(snapshot, key));
}

function isForAll({ role }: Child): boolean {
  return role === "service-account" || role.startsWith("redis-");
}

/** Whether pods of a child mount a claim: without it they would wait as pods that nobody can place. */
function isMounted({ object: claim }: Child, { object }: Child): boolean {
  if (claim.kind !== "PersistentVolumeClaim") return false;
  const job = object.kind === "CronJob" ? ["jobTemplate", "spec"] : [];
  const volumes = readList(read(object, "spec", ...job, "template", "spec", "volumes"));
  return volumes.some((volume) => read(volume, "persistentVolumeClaim", "claimName") === claim.metadata.name);
}

function isForRelease({ role, object }: Child, release: string | undefined): boolean {
  const isInput = role === "release/controller-revision" || object.kind === "ConfigMap" || role === "migration/job";
  return isInput && object.metadata.labels[RELEASE_LABEL] === release;
}

/** The release that a child's containers are of. */
function releaseOfChild(object: { readonly kind: string; readonly metadata: LiveObject["metadata"] }): string | undefined {
  const template = object.kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
  return readString(read(object, ...template, "metadata", "labels", RELEASE_LABEL)) ?? object.metadata.labels?.[RELEASE_LABEL];
}

function exists({ owned, claims = [] }: Cluster, key: ObjectKey): boolean {
  return [...owned, ...claims].some((object) => keyOf(object) === key && object.metadata.deletionTimestamp === undefined);
}

/** Whether a Service selects the same pods by the same ports already, whatever else of it is to be written. */
function isReachedAsPlanned(key: ObjectKey, { owned }: Cluster, { children }: PlannedWork): boolean {
  const planned = children.find(({ object }) => keyOf(object) === key);
  const live = owned.find((object) => keyOf(object) === key);
  return planned === undefined || isDeepStrictEqual(reachOf(planned.object), reachOf(live));
}

function reachOf(service: unknown): unknown {
  const ports = readList(read(service, "spec", "ports")).map((port) => ["name", "port", "targetPort"].map((field) => read(port, field)));
  return [read(service, "spec", "selector"), ports];
}

/** Pods that get another release drop out of a Service that selects one release, until it is written too. */
function mayLeaveService(child: Child, snapshot: Cluster): boolean {
  const { name } = snapshot.app.metadata;
  const live = findOwned(snapshot, "Deployment", webName(name));
  const selected = read(findOwned(snapshot, "Service", webName(name)), "spec", "selector", RELEASE_LABEL);
  return selected !== undefined && live !== undefined && releaseOfChild(live) !== releaseOfChild(child.object);
}

/** The Services that a route leads requests to; one of weight 0 gets none. */
function backendsOf(route: unknown): readonly ObjectKey[] {
  const refs = readList(read(route, "spec", "rules")).flatMap((rule) => readList(read(rule, "backendRefs")));
  const names = refs
    .filter((ref) => read(ref, "weight") === undefined || readCount(read(ref, "weight")) > 0)
    .map((ref) => readString(read(ref, "name")));
  return [...new Set(names.filter((name) => name !== undefined))].map((name): ObjectKey => `Service/${name}`);
}

function needsOfPrune(object: LiveObject, snapshot: Cluster, work: PlannedWork): readonly ObjectKey[] {
  const { name } = snapshot.app.metadata;
  const key = keyOf(object);
  const ofCandidate: readonly ObjectKey[] = [
    `Deployment/${webCanaryName(name)}`,
    `Service/${webCanaryName(name)}`,
    `Service/${webPreviewName(name)}`,
  ];
  if (ofCandidate.includes(key)) return [...stableToCome(snapshot, work), ...leadingToCandidate(snapshot, work)];
  return isUsedByPods(object) ? workloadsOnAnother(snapshot, work) : [];
}

/** Kinds that run nothing themselves, and that pods may still read or reach. */
const usedByPods = new Set(["ServiceAccount", "ConfigMap", "ControllerRevision", "Service", "StatefulSet"]);

function isUsedByPods(object: LiveObject): boolean {
  // What belongs to a release stays as long as anything carries that release.
  return (usedByPods.has(object.kind) || object.metadata.name.endsWith("-redis-cache")) && !isOfRelease(object);
}

/** Stable pods, unless their Deployment has the release that it should have. */
function stableToCome(snapshot: Cluster, { children }: PlannedWork): readonly ObjectKey[] {
  return children
    .filter(({ role, object }) => role === "web/deployment" && liveRelease(snapshot, object) !== releaseOfChild(object))
    .map(({ object }) => keyOf(object));
}

/** Workloads that run another release than the plan gives them. */
function workloadsOnAnother(snapshot: Cluster, { children }: PlannedWork): readonly ObjectKey[] {
  return children
    .filter(({ podBearing }) => podBearing)
    .filter(({ object }) => ![undefined, releaseOfChild(object)].includes(liveRelease(snapshot, object)))
    .map(({ object }) => keyOf(object));
}

function liveRelease(snapshot: Cluster, { kind, metadata }: Child["object"]): string | undefined {
  const live = findOwned(snapshot, kind, metadata.name);
  return live && releaseOfChild(live);
}

/** What still leads users to the candidate's own pods, and has to be written before they end. */
function leadingToCandidate(snapshot: Cluster, work: PlannedWork): readonly ObjectKey[] {
  const { name } = snapshot.app.metadata;
  const [web, canary] = [webName(name), webCanaryName(name)];
  const service = findOwned(snapshot, "Service", web);
  const release = releaseOfChild(findOwned(snapshot, "Deployment", canary) ?? { kind: "", metadata: { name } });
  const selects = release !== undefined && read(service, "spec", "selector", RELEASE_LABEL) === release;
  const route = findOwned(snapshot, "HTTPRoute", web);
  const routes = backendsOf(route).includes(`Service/${canary}`);
  return [...(selects ? [`Service/${web}` as const] : []), ...(routes ? [wayOut(work, { web, canary })] : [])];
}

/** The route, or the canary's own Service where that has been led elsewhere because the route is refused. */
function wayOut({ children }: PlannedWork, { web, canary }: { readonly web: string; readonly canary: string }): ObjectKey {
  const service = children.find(({ object }) => keyOf(object) === `Service/${canary}`);
  const isDetoured = service !== undefined && read(service.object, "spec", "selector", TRACK_LABEL) !== "canary";
  return isDetoured ? `Service/${canary}` : `HTTPRoute/${web}`;
}
