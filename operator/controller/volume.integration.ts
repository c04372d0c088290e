import { expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import { read, readList } from "../base/read.ts";
import { kubectl } from "../testing/kubectl.ts";
import {
  applyApp,
  condition,
  exists,
  expectNoWriteAfter,
  newNamespace,
  patience,
  people,
  quiesced,
  releaseOf,
  touch,
  withOperator,
} from "../testing/live-operator.ts";

withOperator();

const claimName = "data-shop-redis-queue-0";
const setName = "shop-redis-queue";

/** A class without a provisioner, and a disk of it that an administrator made. */
async function givenDisk(name: string, allowVolumeExpansion: boolean): Promise<void> {
  await kubectl(
    ["apply", "-f", "-"],
    [
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name },
        provisioner: "kubernetes.io/no-provisioner",
        allowVolumeExpansion,
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name },
        spec: { capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: name, hostPath: { path: `/tmp/${name}` } },
      },
    ],
  );
}

function appWith(storage: string | undefined, storageClassName: string): object {
  return { image: "shop:1", redis: { queue: { ...(storage && { storage }), storageClassName } } };
}

async function givenQueue(storage: string | undefined, allowVolumeExpansion: boolean) {
  const namespace = await newNamespace();
  await givenDisk(namespace, allowVolumeExpansion);
  await applyApp(namespace, appWith(storage, namespace));
  await vi.waitFor(async () => {
    const claim = await people.get(resources.persistentVolumeClaims, namespace, claimName);
    expect(claim?.["status"]).toMatchObject({ phase: "Bound" });
  }, patience);
  return namespace;
}

function storageOf(object: KubeObject | undefined): unknown {
  const path = ["resources", "requests", "storage"];
  const [template] = readList(read(object, "spec", "volumeClaimTemplates"));
  return read(template, "spec", ...path) ?? read(object, "spec", ...path);
}

test("a queue's volume grows where its class allows it: the claim, then the StatefulSet, over the same pod", async () => {
  const namespace = await givenQueue(undefined, true);
  const pod = await exists(resources.pods, namespace, `${setName}-0`);
  const before = await exists(resources.statefulSets, namespace, setName);
  await applyApp(namespace, appWith("8Gi", namespace));
  await vi.waitFor(async () => {
    expect(storageOf(await people.get(resources.persistentVolumeClaims, namespace, claimName))).toBe("8Gi");
    const after = await people.get(resources.statefulSets, namespace, setName);
    expect(storageOf(after)).toBe("8Gi");
    expect(after?.metadata.uid).not.toBe(before.metadata.uid);
  }, patience);
  // The pod was not touched, and has found its new owner.
  await vi.waitFor(async () => {
    const now = await exists(resources.pods, namespace, `${setName}-0`);
    const set = await exists(resources.statefulSets, namespace, setName);
    expect(now.metadata.uid).toBe(pod.metadata.uid);
    expect(now.metadata.ownerReferences).toMatchObject([{ kind: "StatefulSet", uid: set.metadata.uid }]);
  }, patience);
  await expectNoWriteAfter(() => touch(namespace));
}, 60_000);

test("one that cannot grow stays as it is, with a reason that names the field, and everything else goes on", async () => {
  const namespace = await givenQueue("5Gi", false);
  await applyApp(namespace, { ...appWith("8Gi", namespace), workers: [{ name: "orders", command: ["work"] }] });
  await vi.waitFor(async () => {
    expect(await condition(namespace, "VolumeMismatch")).toMatchObject({ status: "True", reason: "VolumeNotExpandable" });
  }, patience);
  const { message } = await condition(namespace, "VolumeMismatch");
  expect(message).toContain("spec.redis.queue.storage");
  expect(message).toContain("allowVolumeExpansion");
  expect((await condition(namespace, "Ready")).reason).not.toBe("ApplyRefused");
  expect(storageOf(await exists(resources.statefulSets, namespace, setName))).toBe("5Gi");
  await vi.waitFor(async () => {
    const { release } = ((await people.get(scalableApps, namespace, "shop"))?.["status"] ?? {}) as {
      release?: { candidate?: string };
    };
    expect(release?.candidate).toBe(await releaseOf(namespace));
  }, patience);
  // It is tried again after half a minute, and not at once for ever.
  await quiesced();
  // The size that was refused can be taken back, but nothing below what the volume is.
  await expect(applyApp(namespace, appWith("4Gi", namespace))).rejects.toThrow("spec.redis.queue.storage");
  await applyApp(namespace, appWith("5Gi", namespace));
  await vi.waitFor(async () => expect(await condition(namespace, "VolumeMismatch")).toEqual({}), patience);
}, 60_000);

test.each<[string, object, object, string]>([
  ["a volume that shrinks", { redis: { queue: { storage: "8Gi" } } }, { redis: { queue: { storage: "5Gi" } } }, "redis.queue.storage"],
  ["in other units", { redis: { queue: { storage: "8Gi" } } }, { redis: { queue: { storage: "8G" } } }, "redis.queue.storage"],
  ["below the default where none was given", { redis: { queue: {} } }, { redis: { queue: { storage: "2Gi" } } }, "redis.queue.storage"],
  ["back to the default", { redis: { queue: { storage: "8Gi" } } }, { redis: { queue: {} } }, "redis.queue.storage"],
  [
    "of a queue that the stage brings",
    { stage: "steady" },
    { stage: "steady", redis: { queue: { storage: "2Gi" } } },
    "redis.queue.storage",
  ],
  ["left to the stage", { stage: "steady", redis: { queue: { storage: "8Gi" } } }, { stage: "steady" }, "redis.queue.storage"],
  [
    "a class that is named later",
    { redis: { queue: {} } },
    { redis: { queue: { storageClassName: "fast" } } },
    "redis.queue.storageClassName",
  ],
  [
    "another class",
    { redis: { queue: { storageClassName: "a" } } },
    { redis: { queue: { storageClassName: "b" } } },
    "redis.queue.storageClassName",
  ],
])("the API server refuses an update to %s", async (what, from, to, field) => {
  const name = `refused-${what.replaceAll(/[^a-z]/gu, "").slice(0, 20)}`;
  const put = async (spec: object) => {
    const metadata = { name, namespace: "default" };
    const object = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata, spec: { image: "shop:1", ...spec } };
    await people.apply(scalableApps, object, { fieldManager: "test", force: true });
  };
  await put(from);
  await expect(put(to)).rejects.toThrow(field);
  await put({ ...from, redis: { queue: { urlFrom: { secretKeyRef: { name: "a", key: "b" } } } } });
});

test.each<[string, object, object]>([
  ["a volume that grows", { redis: { queue: { storage: "5Gi" } } }, { redis: { queue: { storage: "5120.5Mi" } } }],
  ["the same size in other words", { redis: { queue: { storage: "5Gi" } } }, { redis: { queue: { storage: "5120Mi" } } }],
  ["the default written down", { stage: "steady" }, { stage: "steady", redis: { queue: { storage: "5Gi" } } }],
  ["no queue any more", { redis: { queue: { storage: "5Gi" } } }, { redis: { queue: { enabled: false } } }],
])("the API server takes an update to %s", async (what, from, to) => {
  const name = `taken-${what.replaceAll(/[^a-z]/gu, "").slice(0, 20)}`;
  for (const spec of [from, to]) {
    const metadata = { name, namespace: "default" };
    const object = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata, spec: { image: "shop:1", ...spec } };
    await people.apply(scalableApps, object, { fieldManager: "test", force: true });
  }
  const stored = await people.get(scalableApps, "default", name);
  expect(stored?.["spec"]).toMatchObject(to);
});
