import { describe, expect, test } from "vitest";
import type { KubeObject } from "../base/object.ts";
import { findPodTrouble } from "../plan/observe/pod-trouble.ts";
import { secretMetadata } from "../testing/secrets.ts";
import { podOf, snapshotOf, waiting } from "../testing/snapshots.ts";
import { slimChild, slimClaim, slimPod, slimReference, slimSecret } from "./transforms.ts";

describe("a slim pod", () => {
  const troubleOf = (pod: KubeObject) => findPodTrouble(pod, snapshotOf());
  const spec = {
    schedulingGates: [{ name: "kueue.x-k8s.io/admission" }],
    initContainers: [{ name: "mesh", image: "mesh:1", restartPolicy: "Always" }],
    containers: [{ name: "app", image: "shop:1", env: [{ name: "PASSWORD", value: "secret" }] }],
  };
  const stuck = { name: "mesh", ready: false, started: false, restartCount: 0, state: { running: { startedAt: "2026-11-27T07:00:00Z" } } };
  const crashing = waiting("app", "CrashLoopBackOff", { restartCount: 3, lastState: { terminated: { exitCode: 1, reason: "Error" } } });
  test.each([
    ["crashes", { containerStatuses: [{ ...crashing, imageID: "sha256:x", image: "shop:1" }] }],
    ["has a sidecar that crashes", { initContainerStatuses: [crashing] }],
    ["cannot pull its image", { containerStatuses: [waiting("app", "ErrImagePull", { message: "no such tag" })] }],
    ["has a sidecar of a webhook's that does not start", { initContainerStatuses: [stuck] }],
    ["is held at a scheduling gate", { conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }],
    ["fits nowhere", { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" }] }],
  ])("reports the same trouble as the whole one, which %s", (_story, status) => {
    const pod = { ...podOf("web-1", "web", status), spec };
    expect(troubleOf(pod)).toBeDefined();
    expect(troubleOf(slimPod(pod))).toEqual(troubleOf(pod));
  });

  test("still says that it is being deleted, and whose it is", () => {
    const pod = podOf(
      "web-1",
      "web",
      { containerStatuses: [crashing] },
      { deletionTimestamp: "2026-11-27T08:00:00Z", creationTimestamp: "2026-11-27T07:00:00Z" },
    );
    expect(troubleOf(slimPod(pod))).toBeUndefined();
    expect(slimPod(pod).metadata).toMatchObject({ labels: pod.metadata.labels, creationTimestamp: "2026-11-27T07:00:00Z" });
  });

  test("holds neither the environment nor annotations", () => {
    const text = JSON.stringify(slimPod({ ...podOf("web-1", "web", {}, { annotations: { note: "secret" } }), spec }));
    expect(text).not.toContain("secret");
    expect(text).not.toContain("shop:1");
  });

  test("still says what ending it costs", () => {
    const cost = { "controller.kubernetes.io/pod-deletion-cost": "10" };
    const pod = podOf("worker-1", "worker-orders", {}, { annotations: { ...cost, note: "secret" } });
    expect(slimPod(pod).metadata.annotations).toEqual(cost);
  });
});

test("a slim pod still says which data of Secrets it has read", () => {
  const carried = { "scalableapp.dev/secrets": "shop-db=3f2a9c1b04" };
  expect(slimPod(podOf("web-1", "web", {}, { annotations: { ...carried, note: "x" } })).metadata.annotations).toEqual(carried);
});

describe("a slim child", () => {
  const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
  const child: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", annotations: { [lastApplied]: "{}", hash: "1" } },
    spec: { ports: [] },
  };

  test("drops kubectl's copy of the manifest and nothing else", () => {
    expect(slimChild(child)).toEqual({ ...child, metadata: { name: "web", annotations: { hash: "1" } } });
  });

  test("is the same object where there is nothing to drop", () => {
    const other = { ...child, metadata: { name: "web" } };
    expect(slimChild(other)).toBe(other);
  });
});

test("a slim claim keeps its size and kind, and what is said of it", () => {
  const claim: KubeObject = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "retail", uid: "u", resourceVersion: "7", labels: { a: "b" }, annotations: { long: "x" } },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", volumeName: "pv-1", resources: { requests: { storage: "5Gi" } } },
    status: { phase: "Bound", capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"] },
  };
  expect(slimClaim(claim)).toEqual({
    ...claim,
    metadata: { name: "data", namespace: "retail", uid: "u", resourceVersion: "7", labels: { a: "b" } },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "5Gi" } } },
    status: { phase: "Bound", capacity: { storage: "5Gi" } },
  });
});

test("a slim reference says that an object exists and in which version, and holds no content", () => {
  const secret: KubeObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db", namespace: "retail", uid: "u", resourceVersion: "7" },
    data: { url: "x" },
  };
  expect(slimReference(secret)).toEqual({ apiVersion: "v1", kind: "Secret", metadata: secret.metadata });
});

test("a slim Secret says who wrote its data, and holds neither the data nor kubectl's copy of it", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "c2VjcmV0" };
  const metadata = { ...secretMetadata([{ manager: "tool" }], { annotations }), name: "shop-db" };
  const slim = slimSecret({ apiVersion: "v1", kind: "Secret", metadata, data: { url: "c2VjcmV0" } });
  expect(slim).toMatchObject({ kind: "Secret", metadata: { name: "shop-db", uid: "uid-1" }, secret: { writers: [{ names: ["url"] }] } });
  expect(JSON.stringify(slim)).not.toContain("c2VjcmV0");
});
