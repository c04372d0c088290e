import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, gatewayApiCrds, startControlPlane } from "../../e2e/cluster/index.ts";
import { parseScalableApp } from "../api/parse.ts";
import { VALID_SPEC } from "../api/testdata/invalid-manifests.ts";
import { VALID_CORNERS } from "../api/testdata/valid-corners.ts";
import { FULL_SPEC } from "../api/testdata/valid-manifests.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { unowned } from "../testing/kubectl.ts";
import { buildChildren } from "./children.ts";
import { defaultImages } from "./images.ts";
import { ownerReference } from "./metadata.ts";

// A control plane of its own: the Gateway API is installed in it.
let plane: ControlPlane;

/** Asks the API server whether it would take the objects; returns what it says against them. */
async function objectionsTo(objects: readonly unknown[]): Promise<string> {
  const words = ["--kubeconfig", plane.kubeconfig, "create", "--dry-run=server", "--validate=strict", "-f", "-"];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  return (await execa(plane.kubectl, words, { input, reject: false })).stderr;
}

beforeAll(async () => {
  const crds = [join(import.meta.dirname, "../../crds"), await gatewayApiCrds()];
  plane = await startControlPlane({ name: "accepted", crds });
});

afterAll(() => plane.stop());

describe("what is accepted works: the API server takes the app and every child of", () => {
  const all = [...VALID_CORNERS, { title: "an app with every field", spec: FULL_SPEC }];

  test.each(all)("$title", async ({ spec }) => {
    const raw: Tree = {
      apiVersion: "scalableapp.dev/v1alpha1",
      kind: "ScalableApp",
      metadata: { name: "shop", namespace: "default" },
      spec: { ...VALID_SPEC, ...spec },
    };
    expect(await objectionsTo([raw])).toBe("");
    const result = parseScalableApp(raw);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const owner = ownerReference(result.app.metadata);
    const children = buildChildren(result.app, { revision: "0a1b2c3d4e", digests: {}, images: defaultImages, owner }).map(({ object }) =>
      unowned(object),
    );
    expect(children.filter(isTree).length).toBeGreaterThan(2);
    expect(await objectionsTo(children)).toBe("");
  });
});
