import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseScalableApp } from "../api/parse.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { isSubset } from "../kube/diff.ts";
import { apply, kubectl, unowned } from "../testing/kubectl.ts";
import { treeAt } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import { defaultImages } from "./images.ts";
import type { Manifest } from "./manifest.ts";
import { ownerReference } from "./metadata.ts";

const testdata = new URL("testdata/", import.meta.url);
const names = readdirSync(testdata).filter((file) => file.endsWith(".app.yaml"));

/** The children of one golden app, in a namespace that is named like the file. */
function childrenIn(namespace: string, file: string, changes: Tree = {}): readonly Manifest[] {
  const raw: unknown = parse(readFileSync(new URL(file, testdata), "utf8"));
  if (!isTree(raw)) throw new Error(`${file} holds no map`);
  const result = parseScalableApp({
    ...raw,
    metadata: { ...treeAt(raw, "metadata"), namespace },
    spec: { ...treeAt(raw, "spec"), ...changes },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const owner = ownerReference(result.app.metadata);
  return buildChildren(result.app, { revision: "0a1b2c3d4e", digests: {}, images: defaultImages, owner }).map(({ object }) =>
    unowned(object),
  );
}

describe.each(names)("a real API server takes the children of %s", (file) => {
  const namespace = `children-${file.replace(".app.yaml", "")}`;
  const children = childrenIn(namespace, file);

  beforeAll(async () => {
    const labels = { "pod-security.kubernetes.io/warn": "restricted" };
    await kubectl(["apply", "-f", "-"], [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } }]);
  });
  afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false"]);
  });

  test("without a warning, reads back what was meant, and has nothing to change the second time", async () => {
    const first = await apply(children);
    expect(first.warnings).not.toMatch(/PodSecurity|[Ww]arning/u);
    expect(first.live).toHaveLength(children.length);
    for (const [index, intended] of children.entries()) {
      expect(isSubset(intended, first.live[index]), `${intended.kind} ${intended.metadata.name}`).toBe(true);
    }
    const second = await apply(children);
    expect(generations(second.live)).toEqual(generations(first.live));
  });
});

test("the API server would say so if a pod were not restricted", async () => {
  const namespace = "children-loosened";
  const labels = { "pod-security.kubernetes.io/warn": "restricted" };
  await kubectl(["apply", "-f", "-"], [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } }]);
  const loosened = childrenIn(namespace, "bare.app.yaml", { podSecurity: { runAsUser: 0 } });
  expect((await apply(loosened)).warnings).toContain("would violate PodSecurity");
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

test("a worker that is running may become a singleton, and a singleton several", async () => {
  const namespace = "children-singleton";
  await kubectl(["apply", "-f", "-"], [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
  const strategies: unknown[] = [];
  for (const singleton of [false, true, false]) {
    const workers = [{ name: "clock", command: ["work"], singleton }];
    const deployment = childrenIn(namespace, "bare.app.yaml", { workers }).filter(({ metadata }) =>
      metadata.name.endsWith("-worker-clock"),
    );
    const { live } = await apply(deployment);
    strategies.push(...live.map((object) => treeAt(object, "spec")["strategy"]));
  }
  const rolling = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  expect(strategies).toEqual([rolling, { type: "Recreate" }, rolling]);
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

/** The generation of each object that has one: it rises with every change of the spec. */
function generations(objects: readonly Tree[]): readonly unknown[] {
  return objects.map((object) => treeAt(object, "metadata")["generation"]);
}
