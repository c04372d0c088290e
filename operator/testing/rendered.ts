import { parseScalableApp } from "../api/parse.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { buildChildren } from "../resources/children.ts";
import type { Child } from "../resources/children.ts";
import type { RenderContext } from "../resources/context.ts";
import { defaultImages } from "../resources/images.ts";
import type { Manifest } from "../resources/manifest.ts";
import { ownerReference } from "../resources/metadata.ts";
import type { Identity } from "../resources/metadata.ts";
import type { Placement } from "../resources/placement.ts";

/** The revision that rendered children carry in tests. */
export const testRevision = "0a1b2c3d4e";

/** A database as most tests have it. */
export const database = { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } } };

/** An app named shop whose spec is the given one over an image; throws where the API refuses it. */
export function appOf(spec: Tree = {}): ScalableApp {
  const metadata = { name: "shop", namespace: "retail", uid: "uid-1" };
  const result = parseScalableApp({ metadata, spec: { image: "ghcr.io/acme/shop:1", ...spec } });
  if (result.ok) return result.app;
  throw new Error(result.problems.map(({ path, message }) => `${path} ${message}`).join("; "));
}

/** What builders get for an app of the given spec. */
export function identityOf(spec: Tree = {}, context: Partial<RenderContext> = {}): Identity {
  const app = appOf(spec);
  const owner = ownerReference(app.metadata);
  return { app, context: { revision: testRevision, digests: {}, images: defaultImages, owner, ...context } };
}

/** Every child of an app of the given spec, of one release unless placed otherwise. */
export function childrenOf(spec: Tree = {}, placement?: Placement): readonly Child[] {
  const { app, context } = identityOf(spec);
  return buildChildren(app, context, placement);
}

/** The child of one role; throws where the app has none. */
export function childOf(spec: Tree, role: string, placement?: Placement): Child {
  const children = childrenOf(spec, placement);
  const found = children.find((child) => child.role === role);
  if (found === undefined) throw new Error(`no ${role} among ${children.map((child) => child.role).join(", ")}`);
  return found;
}

/** The pod template of a workload, within its Job where it is a CronJob. */
export function podTemplateOf(manifest: Manifest): Tree {
  const spec = treeAt(manifest, "spec");
  const job = isTree(spec["jobTemplate"]) ? treeAt(spec, "jobTemplate", "spec") : spec;
  return treeAt(job, "template");
}

/** The specification of the pods of a workload. */
export function podSpecOf(manifest: Manifest): Tree {
  return treeAt(podTemplateOf(manifest), "spec");
}

/** One container of a workload's pods, init containers and sidecars included. */
export function containerOf(manifest: Manifest, name = "app"): Tree {
  const pod = podSpecOf(manifest);
  const found = [...listOf(pod["initContainers"]), ...listOf(pod["containers"])].find((container) => container["name"] === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

/** The value of each environment variable of a container: its text, or where it comes from. */
export function environmentOf(container: Tree): Readonly<Record<string, unknown>> {
  return Object.fromEntries(listOf(container["env"]).map(({ name, value, valueFrom }) => [String(name), value ?? valueFrom]));
}

/** A list of maps; empty where there is none. */
export function listOf(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : [];
}

/** The map at a path of keys; throws where there is none. */
export function treeAt(tree: Tree, ...path: readonly string[]): Tree {
  return path.reduce<Tree>((value, key) => {
    const next = value[key];
    if (!isTree(next)) throw new Error(`no map at ${path.join(".")}`);
    return next;
  }, tree);
}
