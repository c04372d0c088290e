import { describe, expect, test } from "vitest";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import type { Manifest } from "../resources/manifest.ts";
import { childrenOf, database } from "../testing/rendered.ts";
import { liveChild } from "../testing/snapshots.ts";
import { withoutImmutable } from "./immutable.ts";
import type { LiveObject } from "./observe/snapshot.ts";

const before: Tree = {
  image: "shop:1",
  stage: "steady",
  postgres: database,
  workers: [{ name: "orders", command: ["work"] }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
  migration: { command: ["migrate"], contract: { command: ["contract"] } },
  redis: { cache: {}, queue: { storage: "10Gi" } },
  routing: { hosts: ["shop.example.com"], gateway: { name: "public" } },
};

/** What the API server never lets anybody change, by kind. */
const immutable: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [["spec", "selector"]],
  StatefulSet: [
    ["spec", "selector"],
    ["spec", "serviceName"],
    ["spec", "podManagementPolicy"],
    ["spec", "volumeClaimTemplates"],
  ],
  Job: [
    ["spec", "template"],
    ["spec", "selector"],
    ["spec", "completionMode"],
  ],
  Service: [
    ["spec", "clusterIP"],
    ["spec", "clusterIPs"],
  ],
  ConfigMap: [["data"], ["immutable"]],
};

describe("whatever the spec becomes, nothing that is applied changes what cannot change", () => {
  test.each<[string, Tree]>([
    ["another image", { image: "shop:2" }],
    ["another stage", { stage: "scale" }],
    ["other labels of pods", { podMetadata: { labels: { team: "a" } } }],
    ["another port", { web: { port: 3000 } }],
    ["another protocol", { web: { protocol: "grpc" } }],
    ["a canary", { rollout: { strategy: "canary" } }],
    ["blue/green", { rollout: { strategy: "blueGreen" } }],
    ["another migration", { migration: { command: ["other"] } }],
    ["another pooler", { postgres: { ...database, pooler: { poolSize: 9 } } }],
    ["a larger volume", { redis: { queue: { storage: "40Gi" } } }],
    ["a smaller volume", { redis: { queue: { storage: "2Gi" } } }],
    ["another class", { redis: { queue: { storage: "10Gi", storageClassName: "fast" } } }],
    ["more memory of the queue", { redis: { queue: { storage: "10Gi", memory: "2Gi" } } }],
    ["a suspension", { suspend: true }],
    ["an overlay of pods", { overlays: { web: { spec: { template: { metadata: { labels: { "scalableapp.dev/app": "other" } } } } } } }],
  ])("%s", (_what, change) => {
    const owned = childrenOf(before).map((child) => liveChild(child));
    const applied = withoutImmutable({ owned }, childrenOf({ ...before, ...change }));
    const changed = applied.flatMap(({ object }) => differing(object, owned));
    expect(changed).toEqual([]);
  });

  test("a Job or an immutable ConfigMap that stands is not applied again, and one that is being deleted is", () => {
    const children = childrenOf(before);
    const owned = children.map((child) => liveChild(child));
    const kinds = (list: readonly { readonly object: Manifest }[]) => new Set(list.map(({ object }) => object.kind));
    expect([...kinds(children)].filter((kind) => !kinds(withoutImmutable({ owned }, children)).has(kind))).toEqual(["ConfigMap", "Job"]);
    const going = owned.map((object) => ({ ...object, metadata: { ...object.metadata, deletionTimestamp: "2026-11-27T07:00:00Z" } }));
    expect(kinds(withoutImmutable({ owned: going }, children))).toEqual(kinds(children));
  });
});

function differing(object: Manifest, owned: readonly LiveObject[]): readonly string[] {
  const live = owned.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name);
  if (!live) return [];
  return (immutable[object.kind] ?? [])
    .filter((path) => JSON.stringify(read(object, ...path)) !== JSON.stringify(read(live, ...path)))
    .map((path) => `${object.kind} ${object.metadata.name} ${path.join(".")}`);
}
