import { expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import { read } from "../base/read.ts";
import * as resources from "../kube/resources.ts";
import { kubectl } from "../testing/kubectl.ts";
import {
  applyApp,
  condition,
  exists,
  expectNoWriteAfter,
  gone,
  newNamespace,
  patience,
  people,
  quiesced,
  touch,
  withOperator,
} from "../testing/live-operator.ts";

withOperator();

const claimName = "shop-volume-uploads";

/** A class of shared disks without a provisioner, and a disk of it that an administrator made. */
async function givenDisk(name: string): Promise<void> {
  const spec = {
    capacity: { storage: "10Gi" },
    accessModes: ["ReadWriteMany"],
    storageClassName: name,
    hostPath: { path: `/tmp/${name}` },
  };
  const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name }, allowVolumeExpansion: true };
  await kubectl(
    ["apply", "-f", "-"],
    [
      { ...storageClass, provisioner: "kubernetes.io/no-provisioner" },
      { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec },
    ],
  );
}

function appWith(volume: object): object {
  return {
    image: "shop:1",
    workers: [{ name: "orders", command: ["work"] }],
    schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
    volumes: [{ name: "uploads", path: "/uploads", ...volume }],
  };
}

async function bound(namespace: string): Promise<KubeObject> {
  return vi.waitFor(async () => {
    const claim = await exists(resources.persistentVolumeClaims, namespace, claimName);
    expect(claim["status"]).toMatchObject({ phase: "Bound" });
    return claim;
  }, patience);
}

test("a volume outlives the app, and an app of the same name has it again", async () => {
  const namespace = await newNamespace();
  await givenDisk(namespace);
  const spec = appWith({ storage: "5Gi", storageClassName: namespace });
  await applyApp(namespace, spec);
  const claim = await bound(namespace);
  expect(claim.metadata.ownerReferences).toBeUndefined();
  const web = await exists(resources.deployments, namespace, "shop-web");
  const mounted = { name: "volume-uploads", persistentVolumeClaim: { claimName } };
  expect(read(web, "spec", "template", "spec", "volumes")).toContainEqual(mounted);
  const schedule = await exists(resources.cronJobs, namespace, "shop-nightly");
  expect(read(schedule, "spec", "jobTemplate", "spec", "template", "spec", "volumes")).toContainEqual(mounted);

  const { uid = "" } = (await exists(scalableApps, namespace, "shop")).metadata;
  await people.delete(scalableApps, namespace, "shop", { uid });
  await gone(resources.deployments, namespace, "shop-web");
  expect((await bound(namespace)).metadata).toMatchObject({ uid: claim.metadata.uid });

  await applyApp(namespace, spec);
  await exists(resources.deployments, namespace, "shop-web");
  await quiesced();
  const again = await bound(namespace);
  expect(again.metadata).toMatchObject({ uid: claim.metadata.uid, resourceVersion: claim.metadata.resourceVersion });
  expect(again.metadata.deletionTimestamp).toBeUndefined();
  expect(await condition(namespace, "NameConflict")).toEqual({});
  await expectNoWriteAfter(() => touch(namespace));
}, 60_000);

test("it grows by a patch, without a release; a smaller one is a condition, and the claim stays when its entry goes", async () => {
  const namespace = await newNamespace();
  await givenDisk(namespace);
  await applyApp(namespace, appWith({ storage: "5Gi", storageClassName: namespace }));
  const claim = await bound(namespace);
  const before = await exists(resources.deployments, namespace, "shop-web");
  await applyApp(namespace, appWith({ storage: "8Gi", storageClassName: namespace }));
  await vi.waitFor(async () => {
    const grown = await exists(resources.persistentVolumeClaims, namespace, claimName);
    expect(read(grown, "spec", "resources", "requests", "storage")).toBe("8Gi");
  }, patience);
  await quiesced();
  const after = await exists(resources.deployments, namespace, "shop-web");
  expect(after["spec"]).toEqual(before["spec"]);

  await applyApp(namespace, appWith({ storage: "6Gi", storageClassName: namespace }));
  await vi.waitFor(async () => {
    expect(await condition(namespace, "VolumeMismatch")).toMatchObject({ status: "True", reason: "VolumeFixed" });
  }, patience);
  expect((await condition(namespace, "VolumeMismatch")).message).toContain("spec.volumes[uploads].storage cannot shrink from 8Gi to 6Gi");

  await applyApp(namespace, { ...appWith({ storage: "8Gi" }), volumes: [] });
  await vi.waitFor(async () => expect(await condition(namespace, "VolumeMismatch")).toEqual({}), patience);
  await quiesced();
  expect((await bound(namespace)).metadata).toMatchObject({ uid: claim.metadata.uid });
}, 60_000);

test("a claim that somebody else made under its name is left alone", async () => {
  const namespace = await newNamespace();
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const metadata = { name: claimName, namespace };
  const theirs = await people.create(resources.persistentVolumeClaims, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec });
  await applyApp(namespace, appWith({ storage: "5Gi" }));
  await vi.waitFor(async () => {
    expect(await condition(namespace, "NameConflict")).toMatchObject({ status: "True", reason: "ObjectNotOurs" });
  }, patience);
  expect((await condition(namespace, "NameConflict")).message).toContain(claimName);
  expect((await exists(resources.persistentVolumeClaims, namespace, claimName))["spec"]).toEqual(theirs["spec"]);
  expect(await people.get(resources.deployments, namespace, "shop-web")).toBeUndefined();
}, 60_000);
