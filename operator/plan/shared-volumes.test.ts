import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { owned, rollOut, snapshotOf } from "../testing/snapshots.ts";
import type { LiveObject } from "./observe/snapshot.ts";
import { makePlan } from "./plan.ts";
import { decideSharedVolumes } from "./shared-volumes.ts";

const uploads: Tree = { name: "uploads", storage: "10Gi", path: "/uploads" };
const bound = { phase: "Bound", capacity: { storage: "10Gi" } };

function claimOf(spec: Tree = {}, status: Tree = bound): LiveObject {
  const object = owned("PersistentVolumeClaim", "shop-volume-uploads");
  const { ownerReferences: _none, ...metadata } = object.metadata;
  const defaults = { accessModes: ["ReadWriteMany"], storageClassName: "nfs", resources: { requests: { storage: "10Gi" } } };
  return { ...object, metadata, spec: { ...defaults, ...spec }, status };
}

function sized(storage: string, status: Tree = bound): LiveObject {
  return claimOf({ resources: { requests: { storage } } }, status);
}

function decide(volume: Tree, claims: readonly LiveObject[]) {
  return decideSharedVolumes(snapshotOf({ volumes: [{ ...uploads, ...volume }] }, { claims }));
}

const pending = { phase: "Pending" };
const field = "spec.volumes[uploads].storage";

describe("the claim of a shared volume", () => {
  test.each<[string, Tree, readonly LiveObject[], object]>([
    ["not there yet: it is a child to make", {}, [], {}],
    ["as it should be", {}, [claimOf()], {}],
    ["the same size in other words", { storage: "10240Mi" }, [claimOf()], {}],
    ["as the cluster's default class has it", {}, [claimOf({ storageClassName: undefined })], {}],
    ["on its way out", { storage: "20Gi" }, [{ ...claimOf(), metadata: { ...claimOf().metadata, deletionTimestamp: "now" } }], {}],
    [
      "raised: it grows",
      { storage: "20Gi" },
      [claimOf()],
      {
        grow: { storage: "20Gi", field },
        trouble: { state: "expanding", message: "the volume shop-volume-uploads grows from 10Gi to 20Gi" },
      },
    ],
    ["raised, and the disk follows", { storage: "20Gi" }, [sized("20Gi")], { trouble: { state: "expanding", field } }],
    [
      "raised, and the storage system fails",
      { storage: "20Gi" },
      [sized("20Gi", { ...bound, conditions: [{ type: "ControllerResizeError", status: "True", message: "no space" }] })],
      { trouble: { state: "refused", field, message: expect.stringContaining("no space") as string } },
    ],
    ["raised before it is bound: it waits", { storage: "20Gi" }, [sized("10Gi", pending)], { trouble: { state: "expanding" } }],
    [
      "lowered",
      { storage: "5Gi" },
      [claimOf()],
      {
        trouble: {
          state: "fixed",
          message: "spec.volumes[uploads].storage cannot shrink from 10Gi to 5Gi, for no volume does: restore 10Gi",
        },
      },
    ],
    [
      "of another class",
      { storageClassName: "efs" },
      [claimOf()],
      { trouble: { message: "spec.volumes[uploads].storageClassName cannot change on a claim that exists: restore nfs" } },
    ],
    [
      "of other access modes",
      { accessModes: ["ReadWriteOnce"] },
      [claimOf()],
      { trouble: { message: "spec.volumes[uploads].accessModes cannot change on a claim that exists: restore [ReadWriteMany]" } },
    ],
    [
      "of another class, and it was never bound: it may go",
      { storageClassName: "efs" },
      [claimOf({ storageClassName: undefined }, pending)],
      { trouble: { message: expect.stringMatching(/remove it, or delete the claim shop-volume-uploads, which is Pending/u) as string } },
    ],
  ])("%s", (_what, volume, claims, expected) => {
    const [decision, ...others] = decide(volume, claims);
    expect(others).toEqual([]);
    if (Object.keys(expected).length === 0) expect(decision).toEqual({});
    else expect(decision).toMatchObject(expected);
  });

  test("an existing claim of the user's is not the operator's to change", () => {
    const volumes = [{ name: "uploads", claimName: "shop-volume-uploads", path: "/uploads" }];
    expect(decideSharedVolumes(snapshotOf({ volumes }, { claims: [claimOf()] }))).toEqual([]);
  });
});

describe("the plan", () => {
  const spec = { volumes: [uploads] };
  const claimsIn = (plan: ReturnType<typeof makePlan>) => plan.waves.flat().filter(({ object }) => object.kind === "PersistentVolumeClaim");

  test("makes a claim that is missing before the pods that mount it, without an owner", () => {
    const plan = makePlan({ ...rollOut(snapshotOf(spec)), claims: [] });
    expect(claimsIn(plan)).toMatchObject([
      {
        wave: 0,
        object: {
          metadata: { name: "shop-volume-uploads", labels: { "scalableapp.dev/app": "shop" } },
          spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "10Gi" } } },
        },
      },
    ]);
    expect(claimsIn(plan)[0]?.object.metadata).not.toHaveProperty("ownerReferences");
    expect(plan.dependencies.ofChildren.get("Deployment/shop-web")).toContain("PersistentVolumeClaim/shop-volume-uploads");
  });

  test.each([
    ["one that exists", claimOf()],
    ["one that another life of the app has left", { ...claimOf(), metadata: { ...claimOf().metadata, uid: "uid-old" } }],
  ])("does not write %s, and no pod waits for it", (_what, claim) => {
    const plan = makePlan({ ...rollOut(snapshotOf(spec)), claims: [claim] });
    expect(claimsIn(plan)).toEqual([]);
    expect(plan.dependencies.ofChildren.get("Deployment/shop-web") ?? []).toEqual([]);
  });

  test("does not write one that is on its way out before it is gone", () => {
    const going = { ...claimOf(), metadata: { ...claimOf().metadata, deletionTimestamp: "now" } };
    expect(claimsIn(makePlan({ ...rollOut(snapshotOf(spec)), claims: [going] }))).toEqual([]);
  });

  test("deletes none: not when the entry goes, nor when it names another claim", () => {
    const before = rollOut(snapshotOf(spec));
    for (const volumes of [[], [{ name: "uploads", claimName: "other", path: "/uploads" }]]) {
      const after = rollOut({ ...before, app: snapshotOf({ volumes }).app, rawSpec: snapshotOf({ volumes }).rawSpec });
      expect(makePlan(after).prune.filter(({ object }) => object.kind === "PersistentVolumeClaim")).toEqual([]);
    }
  });

  test("pods without the volume do not wait for its claim", () => {
    const volumes = [{ ...uploads, components: ["worker-orders"] }];
    const plan = makePlan({ ...rollOut(snapshotOf({ volumes, workers: [{ name: "orders", command: ["work"] }] })), claims: [] });
    expect(plan.dependencies.ofChildren.get("Deployment/shop-web") ?? []).toEqual([]);
    expect(plan.dependencies.ofChildren.get("Deployment/shop-worker-orders")).toEqual(["PersistentVolumeClaim/shop-volume-uploads"]);
  });
});
