import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import { describeInitialization, initializationPatienceMs } from "./initialization-trouble.ts";

const { app } = snapshotOf({
  sidecars: [{ name: "proxy", image: "ghcr.io/acme/proxy:1" }],
  initContainers: [{ name: "wait", image: "ghcr.io/acme/wait:1" }],
});

function running(name: string, startedAt: string, rest: Tree = {}): Tree {
  return { name, ready: false, started: true, restartCount: 0, state: { running: { startedAt } }, ...rest };
}

function podWith(...initContainerStatuses: readonly Tree[]) {
  return podOf("web-1", "web", { initContainerStatuses }, { uid: "uid-1" });
}

const threeMinutesAgo = "2026-11-27T07:57:00Z";
const oneMinuteAgo = "2026-11-27T07:59:00Z";

test.each<[string, readonly Tree[], string]>([
  [
    "an init container that does not end",
    [running("wait", threeMinutesAgo)],
    "init container wait of pod web-1 runs since 2026-11-27T07:57:00Z and has not ended, and the containers after it wait: read its log with kubectl logs web-1 -c wait, or correct initContainers[wait]",
  ],
  [
    "one that fails again and again",
    [{ name: "wait", restartCount: 3, state: { terminated: { exitCode: 2 } } }],
    "init container wait of pod web-1 ends with exit code 2 again and again, and the containers after it wait: read its log with kubectl logs web-1 -c wait --previous, or correct initContainers[wait]",
  ],
  [
    "a sidecar that does not start",
    [running("proxy", threeMinutesAgo, { started: false })],
    "sidecar proxy of pod web-1 runs since 2026-11-27T07:57:00Z and has not passed its startup probe, and the containers after it wait: read its log with kubectl logs web-1 -c proxy, or correct sidecars[proxy]",
  ],
  [
    "the second one, where the first has ended well",
    [{ name: "other", ready: true, state: { terminated: { exitCode: 0 } } }, running("wait", threeMinutesAgo)],
    "init container wait of pod web-1 runs since 2026-11-27T07:57:00Z and has not ended, and the containers after it wait: read its log with kubectl logs web-1 -c wait, or correct initContainers[wait]",
  ],
])("%s holds up those after it", (_what, statuses, message) => {
  expect(describeInitialization(podWith(...statuses), "web", { app, now: testNow })).toBe(message);
});

test("a sidecar that fails its startup probe is described by it", () => {
  const message = "Startup probe failed: dial tcp 10.0.0.7:9901: connect: connection refused";
  const podEvents = { "uid-1": [{ reason: "Unhealthy", container: "proxy", message, at: testNow }] };
  const pod = podWith(running("proxy", oneMinuteAgo, { started: false }));
  expect(describeInitialization(pod, "web", { app, now: testNow, podEvents })).toBe(
    "sidecar proxy of pod web-1 has not started, and the containers after it wait: startup of container proxy fails: dial tcp 10.0.0.7:9901: connect: connection refused: correct startupProbe of sidecars[proxy], or what it asks",
  );
});

describe("nobody is held up", () => {
  test.each<[string, Tree]>([
    ["yet", { initContainerStatuses: [running("wait", oneMinuteAgo)] }],
    ["by a sidecar that has started", { initContainerStatuses: [running("proxy", threeMinutesAgo)] }],
    [
      "by a sidecar that restarts later",
      {
        conditions: [{ type: "Initialized", status: "True" }],
        initContainerStatuses: [running("proxy", threeMinutesAgo, { started: false })],
      },
    ],
    ["where there is none", {}],
  ])("%s", (_when, status) => {
    expect(describeInitialization(podOf("web-1", "web", status), "web", { app, now: testNow })).toBeUndefined();
  });
});

test("the app is looked at again when the first of them has run for two minutes", () => {
  const pods = [
    podWith(running("wait", oneMinuteAgo)),
    podWith(running("wait", "2026-11-27T07:58:30Z")),
    podWith(running("wait", threeMinutesAgo)),
  ];
  expect(initializationPatienceMs({ app, pods, now: testNow })).toBe(30_000);
  expect(initializationPatienceMs({ app, pods: [], now: testNow })).toBeUndefined();
});
