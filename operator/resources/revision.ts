import { createHash } from "node:crypto";
import type { ScalableApp } from "../api/scalable-app.ts";
import { isTree } from "../api/tree.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import type { RenderContext } from "./context.ts";
import { ownerReference } from "./metadata.ts";
import { trackedReferences } from "./references.ts";

/** Stands where the revision will, so that a revision does not depend on itself. */
const placeholder = "0000000000";

/**
 * The revision of the release: ten hexadecimal digits over everything that its pods are made of, the contents they refer to
 * included. How many pods there are, when they scale and which Redis serves them is not part of it.
 */
export function computeRevision(app: ScalableApp, digests: RenderContext["digests"], images: RenderContext["images"]): string {
  const owner = ownerReference({ name: app.metadata.name, uid: "" });
  const children = buildChildren(app, { revision: placeholder, digests, images, owner });
  const release = { parts: children.flatMap(releasePart), digests: ownDigests(app, digests) };
  return createHash("sha256").update(canonical(release)).digest("hex").slice(0, placeholder.length);
}

/** The pods of the release, the migration, and the pooler's settings, which its pods read. */
function releasePart(child: Child): unknown[] {
  if (child.role === "pgbouncer/config-map") return [[child.role, child.object["data"]]];
  if (!child.podBearing && child.role !== "migration/job") return [];
  return [[child.role, podTemplate(child)]];
}

/** The pod template of a Deployment or Job, or of the Job within a CronJob. */
function podTemplate(child: Child): unknown {
  const spec = child.object["spec"];
  if (!isTree(spec)) return undefined;
  const job = isTree(spec["jobTemplate"]) && isTree(spec["jobTemplate"]["spec"]) ? spec["jobTemplate"]["spec"] : spec;
  return job["template"];
}

/** Only the contents that the app refers to count, whatever else the caller knows. */
function ownDigests(app: ScalableApp, digests: RenderContext["digests"]): [string, string][] {
  const { configMaps, secrets } = trackedReferences(app);
  const keys = [...configMaps.map(({ name }) => `configmap/${name}`), ...secrets.map(({ name }) => `secret/${name}`)];
  return keys.map((key) => [key, digests[key] ?? ""]);
}

/** JSON with the keys of every map in alphabetical order, so that the order in which a manifest was written does not count. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}
