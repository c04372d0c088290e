import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { childrenOf } from "../testing/rendered.ts";
import { liveChild } from "../testing/snapshots.ts";
import { read } from "../base/read.ts";
import type { LiveObject } from "./observe/snapshot.ts";
import { claimedStorage, decideVolume, keepVolume } from "./volumes.ts";

function childrenWith(queue: Tree) {
  return childrenOf({ redis: { queue } });
}

function setWith(queue: Tree): LiveObject {
  const child = childrenWith(queue).find(({ object }) => object.kind === "StatefulSet");
  if (!child) throw new Error("no StatefulSet");
  return liveChild(child, { replicas: 1 });
}

function claimOf(storage: string, status: Tree = { phase: "Bound", capacity: { storage } }): LiveObject {
  const metadata = { name: "data-shop-redis-queue-0", namespace: "retail", uid: "uid-claim", resourceVersion: "7" };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: { resources: { requests: { storage } } }, status };
}

const live = setWith({ storage: "10Gi" });
const claim = claimOf("10Gi");
const full = { phase: "Bound", capacity: { storage: "10Gi" } };

describe("the volume of a queue", () => {
  test.each<[string, { queue: Tree; owned?: LiveObject[]; claims?: LiveObject[] }, object]>([
    ["no queue yet: nothing", { queue: { storage: "10Gi" } }, {}],
    ["as it should be: nothing", { queue: { storage: "10Gi" }, owned: [live], claims: [claim] }, {}],
    ["the same size in other words: nothing", { queue: { storage: "10240Mi" }, owned: [live], claims: [claim] }, {}],
    ["larger than asked for, by hand: nothing", { queue: { storage: "10Gi" }, owned: [live], claims: [claimOf("40Gi")] }, {}],
    [
      "raised: the claim grows first",
      { queue: { storage: "20Gi" }, owned: [live], claims: [claim] },
      {
        grow: { claim, storage: "20Gi" },
        trouble: { state: "expanding", message: expect.stringContaining("grows from 10Gi to 20Gi") as string },
      },
    ],
    [
      "the claim has grown: the StatefulSet is made again",
      { queue: { storage: "20Gi" }, owned: [live], claims: [claimOf("20Gi")] },
      { recreate: live },
    ],
    ["no claim yet: the StatefulSet is made again", { queue: { storage: "20Gi" }, owned: [live] }, { recreate: live }],
    [
      "made again while the disk grows: it is only said",
      { queue: { storage: "20Gi" }, owned: [setWith({ storage: "20Gi" })], claims: [claimOf("20Gi", full)] },
      { trouble: { state: "expanding", message: expect.stringContaining("grows from 10Gi to 20Gi") as string } },
    ],
    [
      "a queue that comes back over a smaller claim: it grows",
      { queue: { storage: "20Gi" }, claims: [claim] },
      { grow: { claim, storage: "20Gi" }, trouble: { state: "expanding" } },
    ],
    [
      "not bound yet: it waits, for such a claim cannot change",
      { queue: { storage: "20Gi" }, owned: [live], claims: [claimOf("10Gi", { phase: "Pending" })] },
      { trouble: { state: "expanding", message: expect.stringContaining("once it is") as string } },
    ],
    [
      "a disk that cannot grow: it says why",
      {
        queue: { storage: "20Gi" },
        owned: [setWith({ storage: "20Gi" })],
        claims: [claimOf("20Gi", { ...full, conditions: [{ type: "ControllerResizeError", status: "True", message: "no room" }] })],
      },
      { trouble: { state: "refused", message: expect.stringContaining("no room") as string } },
    ],
    [
      "lowered: nothing shrinks",
      { queue: { storage: "5Gi" }, owned: [live], claims: [claim] },
      { trouble: { state: "fixed", message: expect.stringContaining("restore 10Gi") as string } },
    ],
    [
      "another class: no volume changes it",
      { queue: { storage: "20Gi", storageClassName: "fast" }, owned: [live], claims: [claim] },
      { trouble: { state: "fixed", message: "spec.redis.queue.storageClassName cannot change on a volume that exists: remove it" } },
    ],
  ])("%s", (_what, { queue, owned = [], claims = [] }, expected) => {
    const decision = decideVolume({ owned, claims }, childrenWith(queue));
    expect(decision).toMatchObject(expected);
    expect(Object.keys(decision).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test.each<[string, Tree]>([
    ["a larger one", { storage: "20Gi" }],
    ["a smaller one", { storage: "2Gi" }],
    ["another class", { storage: "10Gi", storageClassName: "fast" }],
  ])("what is applied never changes the template of a volume that exists: %s", (_what, queue) => {
    const applied = childrenWith(queue).map((child) => keepVolume({ owned: [live] }, child).object);
    const set = applied.find(({ kind }) => kind === "StatefulSet");
    expect(read(set, "spec", "volumeClaimTemplates")).toEqual(read(live, "spec", "volumeClaimTemplates"));
  });

  test("the size that is reported is the claim's", () => {
    const children = childrenWith({ storage: "20Gi" });
    expect(claimedStorage({ claims: [claim] }, children)).toBe("10Gi");
    expect(claimedStorage({ claims: [] }, children)).toBeUndefined();
    expect(claimedStorage({ claims: [claim] }, childrenOf())).toBeUndefined();
  });

  test("a child that agrees with its live twin is the same object, so that nothing is written", () => {
    const children = childrenWith({ storage: "10240Mi" });
    expect(children.map((child) => keepVolume({ owned: [live] }, child))).toEqual(children);
  });
});
