import type { Change } from "./change-set.ts";
import type { KubeClient } from "./client.ts";
import { hashValue } from "../base/canonical.ts";
import { contentDifferences, knownDropped, rememberDropped } from "./dropped-fields.ts";
import { isInvalid } from "./errors.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import { readTree } from "../base/read.ts";

type Applier = Pick<KubeClient, "apply" | "mergePatch">;

/** One child to bring to its intended state. */
export interface ApplyRequest {
  readonly resource: Resource;
  readonly intended: KubeObject;
  /** The object as the cache knows it; undefined: it does not exist. */
  readonly live: KubeObject | undefined;
  readonly fieldManager: string;
  /** Annotation that carries the hash of the last applied intention, so that a dropped field is noticed. */
  readonly hashAnnotation: string;
  /** Annotation that remembers which fields the API server does not keep. Default: they are written again whenever they are missing. */
  readonly droppedAnnotation?: string;
  /** What only the request that creates the object carries; the hash does not cover it. */
  readonly initial?: Initial | undefined;
  readonly signal?: AbortSignal;
}

/** Fields that are given to an object once, when it is created. */
export interface Initial {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What an apply did; `object` is the stored object after a write, else the live one. */
export interface ApplyOutcome {
  readonly change: Change;
  readonly object: KubeObject;
}

/** `intended` with its own hash in the annotation. */
export function stampHash(intended: KubeObject, hashAnnotation: string): KubeObject {
  const { metadata } = intended;
  const annotations = { ...metadata.annotations, [hashAnnotation]: hashValue(intended, 16) };
  return { ...intended, metadata: { ...metadata, annotations } };
}

/** Why `live` must be written, or undefined when it already is as intended. */
export function reasonToApply(
  request: Pick<ApplyRequest, "intended" | "live" | "hashAnnotation" | "droppedAnnotation">,
): string | undefined {
  const { intended, live, hashAnnotation, droppedAnnotation } = request;
  if (live === undefined) return "it does not exist";
  const dropped = droppedAnnotation === undefined ? new Set<string>() : knownDropped(intended, live, droppedAnnotation);
  const changed = contentDifferences(intended, live, 3 + dropped.size).filter((path) => !dropped.has(path));
  if (changed.length > 0) return `it differs at ${changed.slice(0, 3).join(", ")}`;
  // The fields are all there, but one that was applied before may have been dropped from the intention since.
  if (live.metadata.annotations?.[hashAnnotation] !== hashValue(intended, 16)) return "a field is no longer intended";
  return undefined;
}

/**
 * Server-side applies the intention only where it differs: an object already as intended costs no request. Without a live object it can
 * only create: a 409 Conflict says that the name is taken, and whatever holds it is left as it is.
 */
export async function applyIfChanged(client: Applier, request: ApplyRequest): Promise<ApplyOutcome> {
  const { resource, intended, live, hashAnnotation } = request;
  const place = { resource, namespace: intended.metadata.namespace, name: intended.metadata.name };
  const reason = reasonToApply(request);
  if (reason === undefined && live !== undefined) {
    return { change: { ...place, action: "unchanged", reason: "it is as intended" }, object: live };
  }
  const stamped = stampHash(intended, hashAnnotation);
  const object =
    live === undefined
      ? await applyOrRepair(client, request, onlyNew(stamped, request.initial))
      : await update(client, request, onlyThis(live, stamped));
  return { change: { ...place, action: actionOf(live, object), reason: reason ?? "" }, object };
}

/** A create is not asked what it kept: its replica count must first change hands, which the next update sees to. */
async function update(client: Applier, request: ApplyRequest, stamped: KubeObject): Promise<KubeObject> {
  const stored = await applyOrRepair(client, request, stamped);
  const { intended, droppedAnnotation: annotation } = request;
  const remembered = annotation === undefined ? undefined : rememberDropped(intended, stored, { annotation, written: stamped });
  return remembered === undefined ? stored : applyOrRepair(client, request, remembered);
}

/**
 * An edit by hand of a list's key (a Service's port, say) leaves an entry that only its editor owns, beside ours of the same name, and the
 * apply is refused. Whole lists are then put back by a merge patch first; what even that cannot put right keeps the first refusal.
 */
async function applyOrRepair(
  client: Applier,
  { resource, live, fieldManager, signal }: ApplyRequest,
  stamped: KubeObject,
): Promise<KubeObject> {
  const rest = signal === undefined ? {} : { signal };
  try {
    return await client.apply(resource, stamped, { fieldManager, ...rest });
  } catch (refusal) {
    if (live === undefined || stamped["spec"] === undefined || !isInvalid(refusal)) throw refusal;
    const { namespace, name, uid } = stamped.metadata;
    const patch = { metadata: { uid }, spec: stamped["spec"] };
    await client.mergePatch(resource, namespace, name, { patch, fieldManager: `${fieldManager}-repair`, ...rest }).catch(() => {
      throw refusal;
    });
    return client.apply(resource, stamped, { fieldManager, ...rest });
  }
}

/** With the uid of the object that was seen: the API server then refuses to write to another one that took its name meanwhile. */
function onlyThis(live: KubeObject, stamped: KubeObject): KubeObject {
  const { uid } = live.metadata;
  return uid === undefined ? stamped : { ...stamped, metadata: { ...stamped.metadata, uid } };
}

/** No stored object has this version, as the store counts its first write as 2; the API server compares it only where an object exists. */
const VERSION_OF_NONE = "1";

function onlyNew(stamped: KubeObject, initial: Initial | undefined): KubeObject {
  const metadata = { ...stamped.metadata, resourceVersion: VERSION_OF_NONE };
  if (!initial) return { ...stamped, metadata };
  const annotations = { ...metadata.annotations, ...initial.annotations };
  return { ...stamped, metadata: { ...metadata, annotations }, spec: { ...readTree(stamped["spec"]), ...initial.spec } };
}

function actionOf(live: KubeObject | undefined, stored: KubeObject): Change["action"] {
  if (live === undefined) return "created";
  return live.metadata.resourceVersion === stored.metadata.resourceVersion ? "unchanged" : "configured";
}
