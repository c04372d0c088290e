import { COMPONENT_LABEL } from "../api/labels.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { Manifest, ManifestMetadata } from "./manifest.ts";
import { mergeStrategic } from "./strategic-merge.ts";
import { readTree } from "../base/read.ts";

/** Kinds that an overlay reaches: those that run pods. */
const workloads: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "CronJob", "Job"]);
/** Kinds beside them that an overlay reaches, with what follows the component in its name. */
const beside: Readonly<Record<string, string>> = {
  Service: "service",
  HorizontalPodAutoscaler: "horizontal-pod-autoscaler",
  PodDisruptionBudget: "pod-disruption-budget",
  ServiceAccount: "service-account",
};

/**
 * The object with the user's strategic merge patch laid over it. Names, owners, selectors, replicas and the operator's labels stay as they
 * are: changing them would lose the object.
 */
export function applyOverlay(manifest: Manifest, overlays: Readonly<Record<string, unknown>>): Manifest {
  const patch = overlays[overlayName(manifest)];
  const spec = manifest["spec"];
  if (!isTree(patch)) return manifest;
  if (!isTree(spec)) return { ...manifest, metadata: mergeMetadata(manifest.metadata, patch["metadata"]) };
  return { ...manifest, metadata: mergeMetadata(manifest.metadata, patch["metadata"]), spec: mergeSpec(spec, patch["spec"]) };
}

/** Under which name an overlay of an object stands: that of its component, and its kind where it runs no pods. */
function overlayName({ kind, metadata }: Manifest): string {
  const component = metadata.labels[COMPONENT_LABEL] ?? "";
  if (workloads.has(kind)) return component;
  const suffix = beside[kind];
  if (suffix === undefined) return "";
  return suffix === component ? component : `${component}/${suffix}`;
}

function mergeMetadata(original: ManifestMetadata, patch: unknown): ManifestMetadata {
  const { labels, annotations } = readTree(patch);
  return { ...original, labels: { ...texts(labels), ...original.labels }, annotations: { ...original.annotations, ...texts(annotations) } };
}

function texts(value: unknown): Record<string, string> {
  const entries = isTree(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function mergeSpec(original: Tree, patch: unknown): Tree {
  return isTree(patch) ? restoreSpec(mergeStrategic(original, patch, "spec"), original) : original;
}

/** Fields that an overlay may not change: they are immutable, or somebody else owns them. */
const fixedInSpec = ["selector", "replicas", "serviceName", "volumeClaimTemplates", "podManagementPolicy", "scaleTargetRef"];

function restoreSpec(merged: unknown, original: Tree): Tree {
  const result: Record<string, unknown> = isTree(merged) ? { ...merged } : { ...original };
  for (const key of fixedInSpec) {
    if (original[key] === undefined) delete result[key];
    else result[key] = original[key];
  }
  restoreInner(result, original, "template");
  restoreInner(result, original, "jobTemplate");
  return result;
}

/** A template keeps its labels; the template of a Job holds a pod's template in turn. */
function restoreInner(result: Record<string, unknown>, original: Tree, key: "template" | "jobTemplate"): void {
  const before = original[key];
  if (!isTree(before)) return;
  const after = isTree(result[key]) ? result[key] : before;
  const spec = key === "jobTemplate" && isTree(before["spec"]) ? restoreSpec(after["spec"], before["spec"]) : after["spec"];
  result[key] = { ...after, metadata: restoreLabels(after["metadata"], before["metadata"]), spec };
}

function restoreLabels(merged: unknown, original: unknown): Tree {
  const after = readTree(merged);
  const before = readTree(original);
  return { ...after, labels: { ...labelsOf(after), ...labelsOf(before) } };
}

function labelsOf(metadata: Tree): Tree {
  return isTree(metadata["labels"]) ? metadata["labels"] : {};
}
