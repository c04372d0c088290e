import { expect, test } from "vitest";
import { patchMergeKey } from "../api/merge-keys.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { listMapKeys } from "../kube/list-types.ts";
import { kubectl } from "../testing/kubectl.ts";

const core = "io.k8s.api.core.v1";
const kinds = [
  "io.k8s.api.apps.v1.Deployment",
  "io.k8s.api.apps.v1.StatefulSet",
  "io.k8s.api.batch.v1.CronJob",
  "io.k8s.api.batch.v1.Job",
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  "io.k8s.api.policy.v1.PodDisruptionBudget",
  "io.k8s.api.networking.v1.NetworkPolicy",
  `${core}.Service`,
  `${core}.ServiceAccount`,
  `${core}.ConfigMap`,
];
const workloads = kinds.slice(0, 4);

interface ListField {
  readonly field: string;
  readonly parent: string;
  readonly schema: Tree;
}

/** Every list of objects below a kind that somebody can write, with the field that holds it. */
function listsOf(definitions: Tree, kind: string): readonly ListField[] {
  const found: ListField[] = [];
  const seen = new Set<string>();
  function walk(schema: unknown, field: string, parent: string): void {
    if (!isTree(schema)) return;
    const { $ref: reference, items, properties } = schema;
    if (typeof reference === "string") {
      const place = `${reference} ${field}`;
      if (seen.has(place)) return;
      seen.add(place);
      walk(definitions[reference.replace("#/definitions/", "")], field, parent);
    } else if (isTree(items)) {
      if (items["$ref"] !== undefined) found.push({ field, parent, schema });
      walk(items, field, parent);
    } else if (isTree(properties)) {
      for (const [name, child] of Object.entries(properties)) if (name !== "status" && name !== "managedFields") walk(child, name, field);
    }
  }
  walk(definitions[kind], "", "");
  return found;
}

async function definitionsOf(): Promise<Tree> {
  const { out } = await kubectl(["get", "--raw", "/openapi/v2"]);
  return (JSON.parse(out) as { definitions: Tree }).definitions;
}

test("the keys of lists are those of the API server", async () => {
  const definitions = await definitionsOf();
  const lists = kinds.flatMap((kind) => listsOf(definitions, kind));
  expect(lists.length).toBeGreaterThan(40);
  const wrong = lists.flatMap(({ field, parent, schema }) => {
    const keys = schema["x-kubernetes-list-type"] === "map" ? schema["x-kubernetes-list-map-keys"] : undefined;
    const known = listMapKeys({ field, parent });
    return JSON.stringify(keys) === JSON.stringify(known)
      ? []
      : [`${parent}.${field}: ${JSON.stringify(keys)}, not ${JSON.stringify(known)}`];
  });
  expect([...new Set(wrong)]).toEqual([]);
});

test("overlays merge lists as a strategic merge patch of the API server does", async () => {
  const definitions = await definitionsOf();
  const lists = workloads.flatMap((kind) => listsOf(definitions, kind));
  const wrong = lists.flatMap(({ field, schema }) => {
    const merges = typeof schema["x-kubernetes-patch-strategy"] === "string" && schema["x-kubernetes-patch-strategy"].includes("merge");
    const key = merges ? schema["x-kubernetes-patch-merge-key"] : undefined;
    return key === patchMergeKey(field) ? [] : [`${field}: ${String(key)}, not ${String(patchMergeKey(field))}`];
  });
  expect([...new Set(wrong)]).toEqual([]);
});
