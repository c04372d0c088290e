import { TRACK_LABEL } from "../../api/labels.ts";
import type { Track } from "../../api/labels.ts";
import { isTree } from "../../base/tree.ts";
import type { Tree } from "../../base/tree.ts";
import type { Manifest } from "../manifest.ts";
import { webCanaryName } from "../names.ts";
import { readTree, readTrees } from "../../base/read.ts";

const canary: Track = "canary";

/**
 * The Deployment of a candidate beside the stable one: the same pods as the web Deployment of the candidate's release, on a track
 * of their own. It is made from that Deployment as rendered or stored, so that what was tried is what is promoted.
 */
export function buildCanaryDeployment(app: string, web: Manifest): Manifest {
  const spec = readTree(web["spec"]);
  const template = readTree(spec["template"]);
  const metadata = readTree(template["metadata"]);
  return {
    ...web,
    metadata: { ...web.metadata, name: webCanaryName(app) },
    spec: {
      ...spec,
      selector: onTrack(spec["selector"]),
      template: {
        ...template,
        metadata: { ...metadata, labels: withTrack(metadata["labels"]) },
        spec: podOnTrack(readTree(template["spec"])),
      },
    },
  };
}

function podOnTrack(pod: Tree): Tree {
  const constraints = readTrees(pod["topologySpreadConstraints"]).map((constraint) => ({
    ...constraint,
    labelSelector: onTrack(constraint["labelSelector"]),
  }));
  return {
    ...pod,
    ...(constraints.length > 0 && { topologySpreadConstraints: constraints }),
    ...containers(pod, "initContainers"),
    ...containers(pod, "containers"),
  };
}

function containers(pod: Tree, field: "initContainers" | "containers"): Tree {
  if (pod[field] === undefined) return {};
  return { [field]: readTrees(pod[field]).map((container) => ({ ...container, ...environment(container) })) };
}

function environment(container: Tree): Tree {
  if (container["env"] === undefined) return {};
  const env = readTrees(container["env"]).map((variable) =>
    variable["name"] === "SCALABLEAPP_TRACK" ? { ...variable, value: canary } : variable,
  );
  return { env };
}

/** A selector that names the stable track names the canary's; one that names none still finds both. */
function onTrack(selector: unknown): unknown {
  if (!isTree(selector) || !isTree(selector["matchLabels"])) return selector;
  const { matchLabels } = selector;
  return matchLabels[TRACK_LABEL] === undefined ? selector : { ...selector, matchLabels: withTrack(matchLabels) };
}

function withTrack(labels: unknown): Tree {
  return { ...readTree(labels), [TRACK_LABEL]: canary };
}
