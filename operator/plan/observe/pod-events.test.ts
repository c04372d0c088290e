import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../base/object.ts";
import type { Tree } from "../../base/tree.ts";
import { expectGolden } from "../../testing/golden.ts";
import { database } from "../../testing/rendered.ts";
import { podOf, snapshotOf, testNow, waiting } from "../../testing/snapshots.ts";
import { readPodEvents } from "./pod-events.ts";
import { findPodTrouble } from "./pod-trouble.ts";

const { app } = snapshotOf({
  postgres: { ...database, pooler: { mode: "sidecar" } },
  files: [
    { configMapRef: { name: "settings" }, path: "/etc/settings" },
    { secretRef: { name: "keys" }, path: "/etc/keys" },
  ],
  volumes: [
    { name: "uploads", claimName: "media", path: "/uploads", components: ["web"] },
    { name: "reports", storage: "10Gi", path: "/reports", components: ["workers"] },
  ],
  redis: { queue: {} },
  sidecars: [{ name: "proxy", image: "ghcr.io/acme/proxy:1" }],
  workers: [
    { name: "orders", command: ["w"], port: 3000, health: { live: "/alive" } },
    { name: "mail", command: ["w"], health: { type: "exec", command: ["check"] } },
  ],
});

function eventOf(reason: string, message: string, rest: Tree = {}): KubeObject {
  const metadata = { name: `event-${reason}`, namespace: "retail", creationTimestamp: testNow };
  return { apiVersion: "v1", kind: "Event", metadata, type: "Warning", reason, message, lastTimestamp: testNow, ...rest };
}

const notStarted = { containerStatuses: [waiting("app", "ContainerCreating")] };
const notReady = { containerStatuses: [{ name: "app", ready: false, started: true, state: { running: { startedAt: testNow } } }] };
const notPulled = { containerStatuses: [waiting("app", "ImagePullBackOff", { message: "Back-off pulling image shop:1" })] };
const ended = waiting("app", "CrashLoopBackOff", { restartCount: 3, lastState: { terminated: { exitCode: 137, reason: "Error" } } });

interface Row {
  readonly reason: string;
  readonly says: string;
  readonly status?: Tree;
  readonly component?: string;
  readonly container?: string;
}

const mounts: readonly Row[] = [
  { reason: "FailedMount", says: 'MountVolume.SetUp failed for volume "files-0" : configmap "settings" not found' },
  { reason: "FailedMount", says: 'MountVolume.SetUp failed for volume "files-1" : secret "keys" not found' },
  { reason: "FailedMount", says: 'MountVolume.SetUp failed for volume "database" : references non-existent secret key: url' },
  {
    reason: "FailedAttachVolume",
    says: 'Multi-Attach error for volume "pvc-3f2a" Volume is already used by pod(s) shop-web-5d4c-x2x',
  },
  {
    reason: "FailedMount",
    says: 'MountVolume.MountDevice failed for volume "pvc-3f2a" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name efs.csi.aws.com not found in the list of registered CSI drivers',
  },
  {
    reason: "FailedMount",
    says: "Unable to attach or mount volumes: unmounted volumes=[volume-uploads], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition",
  },
  {
    reason: "FailedAttachVolume",
    says: 'AttachVolume.Attach failed for volume "pvc-9" : rpc error: code = Internal desc = disk is gone',
    component: "redis-queue",
  },
  { reason: "FailedMount", says: 'MountVolume.SetUp failed for volume "vault" : permission denied', component: "worker-orders" },
];

const sandboxes: readonly Row[] = [
  {
    reason: "FailedCreatePodSandBox",
    says: 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "8d1f0f9d6a5b4c3d2e1f00112233445566778899aabbccddeeff001122334455": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized',
  },
  {
    reason: "FailedCreatePodSandBox",
    says: "Failed to create pod sandbox: failed to allocate for range 0: no IP addresses available in range set",
  },
  { reason: "FailedCreatePodSandBox", says: 'Failed to create pod sandbox: no runtime for "gvisor" is configured' },
];

const probes: readonly Row[] = [
  { reason: "Unhealthy", says: "Readiness probe failed: HTTP probe failed with statuscode: 404", component: "worker-orders" },
  {
    reason: "Unhealthy",
    says: 'Readiness probe failed: Get "http://10.0.0.7:3000/alive": dial tcp 10.0.0.7:3000: connect: connection refused',
    component: "worker-orders",
  },
  {
    reason: "Unhealthy",
    says: 'Readiness probe failed: Get "http://10.0.0.7:3000/alive": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    component: "worker-orders",
  },
  { reason: "Unhealthy", says: "Readiness probe failed: queue is not reachable", component: "worker-mail" },
  {
    reason: "Unhealthy",
    says: 'Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: exec: "check": executable file not found in $PATH',
    component: "worker-mail",
  },
  { reason: "Unhealthy", says: 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")' },
  { reason: "Unhealthy", says: "Readiness probe failed: connection timed out", container: "proxy" },
  { reason: "Unhealthy", says: "Readiness probe failed: dial tcp 127.0.0.1:6432: connect: connection refused", container: "pgbouncer" },
  {
    reason: "Unhealthy",
    says: "Liveness probe failed: HTTP probe failed with statuscode: 500",
    component: "worker-orders",
    status: { containerStatuses: [ended] },
  },
];

const nodesAndImages: readonly Row[] = [
  { reason: "NodeNotReady", says: "Node is not ready", status: notReady },
  ...[
    "manifest unknown",
    "pull access denied, repository does not exist or may require authorization",
    "failed to authorize: 401 Unauthorized",
    "toomanyrequests: You have reached your pull rate limit",
    "no match for platform in manifest",
    "dial tcp: lookup ghcr.example: no such host",
    "x509: certificate signed by unknown authority",
    "write /var/lib/containerd: no space left on device",
  ].map((says) => ({ reason: "Failed", says: `Failed to pull image "shop:1": ${says}`, container: "app", status: notPulled })),
  {
    reason: "FailedToRetrieveImagePullSecret",
    says: "Unable to retrieve some image pull secrets (registry-login); attempting to pull the image may not succeed.",
    status: notPulled,
  },
];

function explain({ reason, says, status, component = "web", container }: Row, usual: Tree): string {
  const about = container === undefined ? {} : { involvedObject: { fieldPath: `spec.containers{${container}}` } };
  const podEvents = { "uid-1": readPodEvents([eventOf(reason, says, about)]) };
  const trouble = findPodTrouble(podOf("pod-1", component, status ?? usual, { uid: "uid-1" }), { app, now: testNow, podEvents });
  return `${component}: ${reason}: ${says}\n  ${trouble === undefined ? "nothing" : `${trouble.reason}: ${trouble.message}`}\n`;
}

test("what the cluster records about a pod, and what users read", () => {
  const text = [
    ...[...mounts, ...sandboxes].map((row) => explain(row, notStarted)),
    ...[...probes, ...nodesAndImages].map((row) => explain(row, notReady)),
  ].join("\n");
  expectGolden(new URL("testdata/pod-events.golden", import.meta.url), text);
});

describe("an event says nothing", () => {
  const mount = mounts[0]!.says;
  test.each<readonly [string, Tree, KubeObject]>([
    ["of a pod whose containers have started meanwhile", notReady, eventOf("FailedMount", mount)],
    ["of a pod that is ready", { conditions: [{ type: "Ready", status: "True" }] }, eventOf("FailedMount", mount)],
    [
      "where caches of the kubelet fill",
      notStarted,
      eventOf("FailedMount", "failed to sync configmap cache: timed out waiting for the condition"),
    ],
    ["that is no warning", notStarted, eventOf("FailedMount", mount, { type: "Normal" })],
    [
      "of a failed probe before the pod was ready, for it is not ready since later",
      { ...notReady, conditions: [{ type: "Ready", status: "False", lastTransitionTime: "2026-11-27T07:59:00Z" }] },
      eventOf("Unhealthy", "Readiness probe failed: connection timed out", { lastTimestamp: "2026-11-27T07:40:00Z" }),
    ],
    [
      "of a node that was lost before",
      { ...notReady, conditions: [{ type: "Ready", status: "False", lastTransitionTime: "2026-11-27T07:59:00Z" }] },
      eventOf("NodeNotReady", "Node is not ready", { lastTimestamp: "2026-11-27T07:00:00Z" }),
    ],
  ])("%s", (_what, status, event) => {
    const podEvents = { "uid-1": readPodEvents([event]) };
    expect(findPodTrouble(podOf("pod-1", "web", status, { uid: "uid-1" }), { app, now: testNow, podEvents })).toBeUndefined();
  });
});

test("of what was recorded the newest counts, and what is said twice is kept once", () => {
  const at = (minute: string) => `2026-11-27T07:${minute}:00Z`;
  const events = readPodEvents([
    eventOf("Unhealthy", "one", { lastTimestamp: at("10") }),
    eventOf("Unhealthy", "two", { lastTimestamp: null, series: { lastObservedTime: at("30") } }),
    eventOf("Unhealthy", "one", { lastTimestamp: at("20") }),
    eventOf("Unhealthy", "three", { lastTimestamp: null, eventTime: at("15") }),
  ]);
  expect(events.map(({ message, at: time }) => `${message} ${time}`)).toEqual([`two ${at("30")}`, `one ${at("20")}`, `three ${at("15")}`]);
});

test("a message is shown on one line, cut, and without passwords", () => {
  const long = `MountVolume.SetUp failed for volume "files-0" : postgres://shop:geheim@db/shop\n${"x".repeat(2000)}`;
  const podEvents = { "uid-1": readPodEvents([eventOf("FailedMount", long)]) };
  const { message = "" } = findPodTrouble(podOf("pod-1", "web", notStarted, { uid: "uid-1" }), { app, now: testNow, podEvents }) ?? {};
  expect(message).toContain("postgres://shop:***@db/shop xxx");
  expect(message.length).toBeLessThan(600);
});
