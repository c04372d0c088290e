import { expect, test } from "vitest";
import { expectGolden } from "../../testing/golden.ts";
import { snapshotOf } from "../../testing/snapshots.ts";
import { describeGates, describeUnschedulable } from "./scheduling-trouble.ts";

const { app } = snapshotOf({
  redis: { queue: {}, cache: {} },
  workers: [{ name: "orders", command: ["w"], scheduling: { nodeSelector: { disk: "ssd" } } }],
  volumes: [{ name: "uploads", claimName: "media", path: "/uploads", components: ["web"] }],
});

/** The scheduler's words, of Kubernetes 1.35. */
const words: readonly (readonly [component: string, message: string])[] = [
  [
    "web",
    "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
  ],
  [
    "web",
    "0/5 nodes are available: 2 Insufficient memory, 3 node(s) had untolerated taint {dedicated: batch, gpu}. no new claims to deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.",
  ],
  ["web", "0/2 nodes are available: 1 Too many pods, 1 node(s) were unschedulable."],
  ["web", "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }."],
  ["web", "0/2 nodes are available: 2 node(s) had untolerated taint(s)."],
  ["worker-orders", "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."],
  ["web", "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints."],
  ["web", "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules."],
  ["web", "0/2 nodes are available: 2 node(s) had volume node affinity conflict."],
  ["redis-queue", "0/2 nodes are available: 2 Insufficient memory."],
  ["redis-queue", "0/2 nodes are available: 2 node(s) exceed max volume count."],
  ["web", "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports."],
  ["web", 'persistentvolumeclaim "media" not found'],
  ["web", "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."],
  ["web", "no nodes available to schedule pods"],
  ["web", "0/2 nodes are available: 2 node(s) were out of something new."],
];

test("what the scheduler says, and what users read", () => {
  const text = words
    .map(([component, message]) => `${component}: ${message}\n  ${describeUnschedulable(message, { app, component })}\n`)
    .join("\n");
  expectGolden(new URL("testdata/scheduling-trouble.golden", import.meta.url), text);
});

test("a scheduling gate is named", () => {
  expect(describeGates({ spec: { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] } })).toMatch(
    /^the scheduling gate kueue\.x-k8s\.io\/admission keeps it from the scheduler/u,
  );
});
