import { TRACK_LABEL, type Track } from "../../api/labels.ts";
import { isTree } from "../../base/tree.ts";
import type { Tree } from "../../base/tree.ts";

/**
 * The pod template of a web Deployment as a release stores it, for the pods of a track. A release stores one template, that of its stable
 * pods, so that what was tried is what is promoted; it names its track in labels, in selectors of its own pods and in one variable.
 */
export function onTrack(template: unknown, track: Track): Tree {
  const { metadata, spec } = tree(template);
  const pod = tree(spec);
  const constraints = list(pod["topologySpreadConstraints"]).map((each) => ({
    ...each,
    labelSelector: select(each["labelSelector"], track),
  }));
  return {
    ...tree(template),
    metadata: { ...tree(metadata), labels: { ...tree(tree(metadata)["labels"]), [TRACK_LABEL]: track } },
    spec: {
      ...pod,
      ...(constraints.length > 0 && { topologySpreadConstraints: constraints }),
      ...containers(pod, "initContainers", track),
      ...containers(pod, "containers", track),
    },
  };
}

function containers(pod: Tree, field: "initContainers" | "containers", track: Track): Tree {
  if (pod[field] === undefined) return {};
  return { [field]: list(pod[field]).map((container) => ({ ...container, ...environment(container, track) })) };
}

function environment(container: Tree, track: Track): Tree {
  if (container["env"] === undefined) return {};
  return { env: list(container["env"]).map((each) => (each["name"] === "SCALABLEAPP_TRACK" ? { ...each, value: track } : each)) };
}

/** A selector that names a track; one that names none still finds both. */
function select(selector: unknown, track: Track): unknown {
  const labels = tree(tree(selector)["matchLabels"]);
  return labels[TRACK_LABEL] === undefined ? selector : { ...tree(selector), matchLabels: { ...labels, [TRACK_LABEL]: track } };
}

function tree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

function list(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : [];
}
