import { COMPONENT_LABEL, POD_TEMPLATE_ANNOTATION } from "../api/labels.ts";
import { hashValue } from "../base/canonical.ts";
import { read, readString } from "../base/read.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { Child } from "../resources/children.ts";
import { withTemplate } from "../resources/release.ts";
import { findOwned, type LiveObject, type Snapshot } from "./observe/snapshot.ts";

/** A pod template of a managed Redis, and what of Redis itself it was made from. */
interface StoredTemplate {
  readonly inputs: string;
  readonly template: Tree;
}

type Cluster = Pick<Snapshot, "app" | "images" | "owned" | "pods">;

/**
 * The child as it is to be applied: a managed Redis keeps the pod template that it runs, as pods of a release do, because a restart empties
 * the cache and holds up the queue. What the app has for all its pods (podMetadata, scheduling, imagePullSecrets, podSecurity), and what a
 * newer operator renders otherwise, comes when Redis itself changes, or when no pod of it runs and there is nothing to interrupt.
 */
export function keepRedisTemplate(cluster: Cluster, child: Child): Child {
  const { kind, metadata } = child.object;
  const component = metadata.labels[COMPONENT_LABEL] ?? "";
  if (!component.startsWith("redis-") || (kind !== "Deployment" && kind !== "StatefulSet")) return child;
  const current = read(child.object, "spec", "template");
  if (!isTree(current)) return child;
  const inputs = inputsOf(cluster, component);
  const stored = storedTemplate(findOwned(cluster, kind, metadata.name));
  const isKept = stored?.inputs === inputs && runs(cluster.pods, component);
  const template = isKept ? stored.template : current;
  const annotations = { ...metadata.annotations, [POD_TEMPLATE_ANNOTATION]: JSON.stringify({ inputs, template }) };
  return { ...child, object: { ...withTemplate(child.object, template), metadata: { ...metadata, annotations } } };
}

/** What of one Redis is its own: sizes, limits, its overlay, and its image, which an administrator chooses (--redis-image). */
function inputsOf({ app: { spec }, images }: Cluster, component: string): string {
  const server = component === "redis-cache" ? spec.redis?.cache : spec.redis?.queue;
  const own = server?.urlFrom === undefined ? { memory: server?.memory, resources: server?.resources } : {};
  const overlay = read(spec.overlays, component, "spec", "template");
  return hashValue({ ...own, image: images.redis, overlay }, 10);
}

function storedTemplate(live: LiveObject | undefined): StoredTemplate | undefined {
  const text = live?.metadata.annotations?.[POD_TEMPLATE_ANNOTATION];
  if (text === undefined) return undefined;
  const value = parse(text);
  const inputs = readString(read(value, "inputs"));
  const template = read(value, "template");
  return inputs !== undefined && isTree(template) && isTree(template["spec"]) ? { inputs, template } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A pod that is on its way out has nothing more to lose: the one after it takes the template of today. */
function runs(pods: readonly LiveObject[], component: string): boolean {
  return pods.some(
    ({ metadata, status }) =>
      metadata.labels?.[COMPONENT_LABEL] === component && metadata.deletionTimestamp === undefined && read(status, "phase") === "Running",
  );
}
