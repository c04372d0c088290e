import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { parseScalableApp } from "../api/parse.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { isSubset } from "../kube/diff.ts";
import { apply, kubectl, unowned } from "../testing/kubectl.ts";
import { treeAt } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import { buildConfigMapCopy } from "./config-map-copies.ts";
import type { RenderContext } from "./context.ts";
import { defaultImages } from "./images.ts";
import type { Manifest } from "./manifest.ts";
import { ownerReference } from "./metadata.ts";
import { buildStoredRelease, parseStoredRelease } from "./release.ts";
import { renderReleases } from "./render-releases.ts";

const namespace = "tracks";
const oldId = "1111111111";
const newId = "2222222222";

function appOf(changes: Tree): ScalableApp {
  const raw: unknown = parse(readFileSync(new URL("testdata/everything.app.yaml", import.meta.url), "utf8"));
  if (!isTree(raw)) throw new Error("no map");
  const result = parseScalableApp({
    ...raw,
    metadata: { ...treeAt(raw, "metadata"), namespace },
    spec: { ...treeAt(raw, "spec"), ...changes },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.app;
}

function contextOf(app: ScalableApp, revision: string): RenderContext {
  return { revision, digests: { "configmap/settings": "one" }, images: defaultImages, owner: ownerReference(app.metadata) };
}

function stored(app: ScalableApp, id: string): Manifest {
  const context = contextOf(app, id);
  return unowned(buildStoredRelease({ app, context }, { number: 1, renderer: "1", children: buildChildren(app, context), copies: [] }));
}

/** Applies one object and returns it as it is stored. */
async function applyOne(object: Manifest): Promise<Tree> {
  const [live] = (await apply([object])).live;
  if (!live) throw new Error("nothing was applied");
  return live;
}

beforeAll(async () => {
  await kubectl(["apply", "-f", "-"], [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
});
afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

test("a stored release comes back from the API server as it was, and only its number can change", async () => {
  const app = appOf({});
  const revision = stored(app, oldId);
  const live = await applyOne(revision);
  expect(parseStoredRelease(live)).toEqual(parseStoredRelease(revision));
  expect(parseStoredRelease(await applyOne({ ...revision, revision: 7 }))?.number).toBe(7);
  await expect(apply([{ ...revision, data: { release: "other" } }])).rejects.toThrow(/data: .*immutable/u);
});

test("a release of many components with long variables is stored too", async () => {
  const app = appOf({
    overlays: {},
    env: [{ name: "LONG", value: "long ".repeat(6000) }],
    schedules: Array.from({ length: 50 }, (_, index) => ({ name: `s${index}`, cron: "0 3 * * *", command: ["report"] })),
  });
  const revision = stored(app, newId);
  expect(parseStoredRelease(await applyOne(revision))).toEqual(parseStoredRelease(revision));
});

test("two releases side by side are taken by a real API server, and have nothing to change the second time", async () => {
  const before = parseStoredRelease(stored(appOf({}), oldId));
  if (!before) throw new Error("not stored");
  const app = appOf({ image: "ghcr.io/acme/shop:3" });
  const rendered = renderReleases(
    app,
    { context: contextOf(app, "3333333333"), stored: [before], renderer: "1" },
    { stable: oldId, candidate: { release: "3333333333", replicas: 2 }, serviceRelease: oldId, migrate: "3333333333" },
  );
  const identity = { app, context: contextOf(app, "3333333333") };
  const copies = rendered.copies.map((copy) => buildConfigMapCopy(identity, copy, { data: { a: "b" } }));
  const children = [...copies, ...rendered.children.map(({ object }) => object)].map(unowned);
  const first = await apply(children);
  for (const [index, intended] of children.entries()) {
    expect(isSubset(intended, first.live[index]), `${intended.kind} ${intended.metadata.name}`).toBe(true);
  }
  const second = await apply(children);
  const versions = (objects: readonly Tree[]) => objects.map((object) => treeAt(object, "metadata")["generation"]);
  expect(versions(second.live)).toEqual(versions(first.live));
});
