import { quantityValue } from "../api/quantity.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { Child } from "../resources/children.ts";
import { conditionIsTrue } from "../base/condition.ts";
import { read, readList, readString } from "../base/read.ts";
import { findOwned, type LiveObject, type Snapshot } from "./observe/snapshot.ts";

/** Where a volume is not as the spec asks. */
export interface VolumeTrouble {
  /**
   * expanding: it grows, or waits for something before it can. refused: the cluster cannot make it grow. fixed: no volume can change so,
   * because it shrinks, or changes its class or its access modes.
   */
  readonly state: "expanding" | "refused" | "fixed";
  readonly claim: string;
  readonly message: string;
  /** The field with its size. */
  readonly field: string;
}

/** What is done about one volume. */
export interface VolumeDecision {
  /** The claim that must ask for more, for how much, and which field says so. */
  readonly grow?: { readonly claim: LiveObject; readonly storage: string; readonly field: string };
  /**
   * The StatefulSet to delete without its pod, because its template cannot be changed: the next reconcile makes it again, over the same pod
   * and the same claim.
   */
  readonly recreate?: LiveObject;
  readonly trouble?: VolumeTrouble;
}

const queueField = "spec.redis.queue.storage";

interface Volume {
  readonly storage: string;
  readonly storageClassName: string | undefined;
}

/**
 * What to do about a queue's volume whose size is not the one of the spec. First the claim grows, then the StatefulSet is made again with the
 * new template. Both can be repeated, and a crash between them is finished by the next reconcile.
 */
export function decideVolume(snapshot: Pick<Snapshot, "owned" | "claims">, children: readonly Child[]): VolumeDecision {
  const child = children.find(({ object }) => object.kind === "StatefulSet");
  const wanted = child && volumeOf(child.object);
  if (!child || !wanted) return {};
  const { name } = child.object.metadata;
  const live = findOwned(snapshot, "StatefulSet", name);
  const claimName = claimNameOf(child);
  const claim = findClaim(snapshot, claimName);
  const now = live && volumeOf(live);
  const fixed = now && whyFixed(now, wanted);
  if (fixed !== undefined) return { trouble: { state: "fixed", claim: claimName, message: fixed, field: queueField } };
  const growth = claim ? decideGrowth(claim, { storage: wanted.storage, field: queueField }) : {};
  if (claim && isTooSmall(claim, wanted.storage)) return growth;
  const isOutdated = now !== undefined && isLess(now.storage, wanted.storage);
  return isOutdated && live?.metadata.deletionTimestamp === undefined ? { recreate: live, ...growth } : growth;
}

/** The size that the claim of the queue asks for; undefined where there is none. */
export function claimedStorage(snapshot: Pick<Snapshot, "claims">, children: readonly Child[]): string | undefined {
  const child = children.find(({ object }) => object.kind === "StatefulSet");
  return child && requestOf(findClaim(snapshot, claimNameOf(child)));
}

function claimNameOf({ object }: Child): string {
  return `${String(read(templatesOf(object)[0], "metadata", "name"))}-${object.metadata.name}-0`;
}

function findClaim({ claims }: Pick<Snapshot, "claims">, name: string): LiveObject | undefined {
  return claims?.find(({ metadata }) => metadata.name === name && metadata.deletionTimestamp === undefined);
}

/** The size that a claim asks for. */
export function requestOf(claim: LiveObject | undefined): string | undefined {
  return readString(read(claim, "spec", "resources", "requests", "storage"));
}

/** The child as it can be applied: a StatefulSet that exists keeps the template of its volume. */
export function keepVolume(snapshot: Pick<Snapshot, "owned">, child: Child): Child {
  const { object } = child;
  if (object.kind !== "StatefulSet" || !isTree(object["spec"])) return child;
  const now = volumeOf(findOwned(snapshot, "StatefulSet", object.metadata.name));
  const wanted = volumeOf(object);
  if (!now || !wanted || isSame(now, wanted)) return child;
  const [template] = templatesOf(object);
  const kept = isTree(template) && isTree(template["spec"]) ? { ...template, spec: withVolume(template["spec"], now) } : template;
  return { ...child, object: { ...object, spec: { ...object["spec"], volumeClaimTemplates: [kept] } } };
}

function withVolume({ storageClassName: _class, ...spec }: Tree, { storage, storageClassName }: Volume): Tree {
  return { ...spec, resources: { requests: { storage } }, ...(storageClassName !== undefined && { storageClassName }) };
}

function templatesOf(object: LiveObject | Child["object"]): readonly unknown[] {
  return readList(read(object, "spec", "volumeClaimTemplates"));
}

function volumeOf(object: LiveObject | Child["object"] | undefined): Volume | undefined {
  const [template] = object ? templatesOf(object) : [];
  const storage = readString(read(template, "spec", "resources", "requests", "storage"));
  return storage === undefined ? undefined : { storage, storageClassName: readString(read(template, "spec", "storageClassName")) };
}

function isSame(one: Volume, other: Volume): boolean {
  return one.storageClassName === other.storageClassName && quantityValue(one.storage) === quantityValue(other.storage);
}

/** Whether a size is below another. */
export function isLess(storage: string, other: string): boolean {
  return quantityValue(storage) < quantityValue(other);
}

function whyFixed(now: Volume, wanted: Volume): string | undefined {
  if (now.storageClassName !== wanted.storageClassName) {
    const restore = now.storageClassName === undefined ? "remove it" : `restore ${now.storageClassName}`;
    return `spec.redis.queue.storageClassName cannot change on a volume that exists: ${restore}`;
  }
  if (!isLess(wanted.storage, now.storage)) return undefined;
  return `spec.redis.queue.storage cannot shrink from ${now.storage} to ${wanted.storage}, for no volume does: restore ${now.storage}`;
}

/** How large a volume is to be, and which field says so. */
interface Wanted {
  readonly storage: string;
  readonly field: string;
}

function isTooSmall(claim: LiveObject, storage: string): boolean {
  const asked = requestOf(claim);
  return asked !== undefined && isLess(asked, storage);
}

/** What makes a claim as large as it should be, and what the storage system says of one that asks for the right size. */
export function decideGrowth(claim: LiveObject, { storage, field }: Wanted): VolumeDecision {
  const { name } = claim.metadata;
  if (!isTooSmall(claim, storage)) return expansion(claim, { storage, field });
  if (readString(read(claim, "status", "phase")) !== "Bound") {
    const message = `the volume ${name} is bound to no disk yet; it grows to ${storage} once it is`;
    return { trouble: { state: "expanding", claim: name, message, field } };
  }
  const message = `the volume ${name} grows from ${requestOf(claim)} to ${storage}`;
  return { grow: { claim, storage, field }, trouble: { state: "expanding", claim: name, message, field } };
}

function expansion(claim: LiveObject, { storage, field }: Wanted): Pick<VolumeDecision, "trouble"> {
  const has = readString(read(claim, "status", "capacity", "storage"));
  if (has === undefined || !isLess(has, storage)) return {};
  const { name } = claim.metadata;
  const failed = conditionIsTrue(claim, "ControllerResizeError") ?? conditionIsTrue(claim, "NodeResizeError");
  if (failed) {
    const message = `the storage system cannot make the volume ${name} grow from ${has} to ${storage}: ${failed.message}`;
    return { trouble: { state: "refused", claim: name, message, field } };
  }
  return { trouble: { state: "expanding", claim: name, message: `the volume ${name} grows from ${has} to ${storage}`, field } };
}
