import { CONFIG_DIGEST_ANNOTATION, POD_DELETION_COST_ANNOTATION, SECRETS_ANNOTATION } from "../api/labels.ts";
import type { KubeObject, ObjectMeta } from "../base/object.ts";
import { read, readList } from "../base/read.ts";
import { observeSecret } from "../plan/observe/secret-facts.ts";

type Tree = Readonly<Record<string, unknown>>;

/** Drops what no decision reads from a child: its managed fields are already gone, and kubectl's copy of the manifest is dead weight. */
export function slimChild(object: KubeObject): KubeObject {
  if (object.metadata.annotations?.[CONFIG_DIGEST_ANNOTATION] !== undefined) return withoutContent(object);
  const { annotations, ...metadata } = object.metadata;
  if (!annotations?.["kubectl.kubernetes.io/last-applied-configuration"]) return object;
  const { "kubectl.kubernetes.io/last-applied-configuration": _dropped, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

/** A release's copy of a user's ConfigMap can never change, so that it exists is all there is to know. */
function withoutContent(object: KubeObject): KubeObject {
  const { data: _data, binaryData: _binaryData, ...rest } = object;
  return rest;
}

/** Who an object is, in which version, and whose. */
function slimMetadata({ metadata }: KubeObject): ObjectMeta {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = metadata;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(labels && { labels }),
    ...(ownerReferences && { ownerReferences }),
  };
}

/** Keeps of a volume's claim its size and kind, and what is said of it. */
export function slimClaim(claim: KubeObject): KubeObject {
  const { deletionTimestamp } = claim.metadata;
  const { apiVersion, kind, spec, status } = claim;
  return {
    apiVersion,
    kind,
    metadata: { ...slimMetadata(claim), ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
    spec: { resources: read(spec, "resources"), storageClassName: read(spec, "storageClassName"), accessModes: read(spec, "accessModes") },
    status: { phase: read(status, "phase"), capacity: read(status, "capacity"), conditions: read(status, "conditions") },
  };
}

/** Keeps of a pod what health and messages are read from; a full pod is ten times as large. */
export function slimPod(pod: KubeObject): KubeObject {
  const { status } = pod;
  const { creationTimestamp, deletionTimestamp } = pod.metadata;
  const annotations = pick(pod.metadata.annotations, [POD_DELETION_COST_ANNOTATION, SECRETS_ANNOTATION]);
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: {
      ...slimMetadata(pod),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(annotations && { annotations }),
    },
    ...slimPodSpec(pod["spec"]),
    status: {
      phase: read(status, "phase"),
      podIP: read(status, "podIP"),
      reason: read(status, "reason"),
      message: read(status, "message"),
      conditions: read(status, "conditions"),
      containerStatuses: states(read(status, "containerStatuses")),
      initContainerStatuses: states(read(status, "initContainerStatuses")),
    },
  };
}

/** What keeps a pod from the scheduler, and which of its init containers are sidecars. */
function slimPodSpec(spec: unknown): { readonly spec?: Tree } {
  const gates = readList(read(spec, "schedulingGates"));
  const sidecars = readList(read(spec, "initContainers")).filter((each) => read(each, "restartPolicy") === "Always");
  if (gates.length + sidecars.length === 0) return {};
  const initContainers = sidecars.map((each) => ({ name: read(each, "name"), restartPolicy: "Always" }));
  return { spec: { ...(gates.length > 0 && { schedulingGates: gates }), ...(initContainers.length > 0 && { initContainers }) } };
}

function states(statuses: unknown): readonly Tree[] {
  return readList(statuses).map((status) => ({
    name: read(status, "name"),
    ready: read(status, "ready"),
    started: read(status, "started"),
    restartCount: read(status, "restartCount"),
    state: read(status, "state"),
    lastState: read(status, "lastState"),
  }));
}

function pick(annotations: ObjectMeta["annotations"], names: readonly string[]): ObjectMeta["annotations"] {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => names.includes(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Keeps of a Secret only that it exists, and who wrote its data: kubectl's annotation would hold its content. */
export function slimSecret(object: KubeObject): KubeObject {
  return { ...slimReference(object), secret: observeSecret({ ...object.metadata }) };
}

/** Keeps of a ConfigMap only that it exists, and in which version. */
export function slimReference(object: KubeObject): KubeObject {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: slimMetadata(object) };
}
