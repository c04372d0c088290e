import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { owned, podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import { findPodTrouble } from "./pod-trouble.ts";

const volumes = [
  { name: "uploads", storage: "10Gi", path: "/uploads", components: ["web"] },
  { name: "media", claimName: "media", path: "/media", components: ["workers"] },
];
const { app } = snapshotOf({ volumes, workers: [{ name: "mail", command: ["work"] }], redis: { queue: {} } });

const unbound = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
const noDisk = "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.";

function claimOf(name: string, spec: Tree = {}, phase = "Pending") {
  return owned("PersistentVolumeClaim", name, { spec: { accessModes: ["ReadWriteMany"], ...spec }, status: { phase } });
}

function messageOf(component: string, scheduler: string, claims: ReturnType<typeof claimOf>[] = []): string | undefined {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: scheduler }];
  return findPodTrouble(podOf("pod-1", component, { conditions }), { app, claims, now: testNow })?.message;
}

type Waiting = readonly [string, string, ReturnType<typeof claimOf>[]];

test.each<[string, Waiting, string]>([
  [
    "no class by default",
    ["web", unbound, [claimOf("shop-volume-uploads")]],
    "the claim shop-volume-uploads is Pending: it names no StorageClass, and the cluster has no default one: make one the default, or set volumes[uploads].storageClassName, and delete the claim, which holds nothing yet (kubectl -n retail delete pvc shop-volume-uploads); pod pod-1 waits for it",
  ],
  [
    "a class that provides nothing",
    ["web", noDisk, [claimOf("shop-volume-uploads", { storageClassName: "standard" })]],
    "the claim shop-volume-uploads is Pending: StorageClass standard provides no volume of ReadWriteMany (kubectl -n retail describe pvc shop-volume-uploads says why): correct the class, or set volumes[uploads].storageClassName, and delete the claim, which holds nothing yet (kubectl -n retail delete pvc shop-volume-uploads); pod pod-1 waits for it",
  ],
  [
    "a claim of the user's that is missing",
    ["worker-mail", 'persistentvolumeclaim "media" not found', []],
    "the claim media does not exist: create it, or correct volumes[media].claimName; pod pod-1 waits for it",
  ],
  [
    "the queue's",
    ["redis-queue", unbound, [claimOf("data-shop-redis-queue-0")]],
    "the claim data-shop-redis-queue-0 is Pending: it names no StorageClass, and the cluster has no default one: make one the default, or remove redis.queue, delete the claim, and add redis.queue with another storageClassName; pod pod-1 waits for it",
  ],
])("a pod that waits for a volume names its claim and the field: %s", (_what, waiting, message) => {
  expect(messageOf(...waiting)).toBe(message);
});

test.each<[string, Waiting, string]>([
  [
    "the nodes are full, and the claim waits for its first pod",
    ["web", "0/3 nodes are available: 3 Insufficient cpu.", [claimOf("shop-volume-uploads")]],
    "too little free cpu (3): lower web.resources.requests, or add nodes",
  ],
  [
    "the claim is bound, in another zone",
    ["web", noDisk, [claimOf("shop-volume-uploads", {}, "Bound")]],
    "no volume for its PersistentVolumeClaim (3): correct volumes[uploads], and see",
  ],
  [
    "the claim is of another component",
    ["worker-mail", unbound, [claimOf("shop-volume-uploads")]],
    "no volume for its PersistentVolumeClaim: correct volumes[media].claimName",
  ],
])("the scheduler's words are explained where %s", (_what, waiting, words) => {
  expect(messageOf(...waiting)).toContain(`pod pod-1 fits on none of 3 nodes: ${words}`);
});
