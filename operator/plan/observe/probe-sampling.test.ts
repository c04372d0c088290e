import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { owned, podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import type { LiveObject } from "./snapshot.ts";
import { decideProbeSampling } from "./probe-sampling.ts";

const runs = { name: "app", started: true, state: { running: { startedAt: testNow } } };

function pod(name: string, app: Tree = runs, { ready = "False", of = "b", podIP = "10.0.0.1", component = "web" } = {}): LiveObject {
  const found = podOf(name, component, { podIP, containerStatuses: [app], conditions: [{ type: "Ready", status: ready }] });
  return { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, "scalableapp.dev/release": of } } };
}

function deployment(name: string, release: string, probes: Tree = {}, component = "web"): LiveObject {
  const httpGet = (path: string) => ({ httpGet: { path, port: "http" } });
  const probed = { startupProbe: httpGet("/live"), readinessProbe: httpGet("/ready"), ...probes };
  const app = { name: "app", ports: [{ name: "http", containerPort: 3000 }], ...probed };
  const labels = { "scalableapp.dev/release": release, "app.kubernetes.io/component": component };
  const metadata = { labels };
  return owned("Deployment", name, { spec: { template: { metadata, spec: { containers: [{ name: "mesh" }, app] } } } });
}

interface Life {
  readonly pods?: readonly LiveObject[];
  readonly live?: readonly LiveObject[];
}

const both = (probes: Tree = {}) => [deployment("shop-web", "a"), deployment("shop-web-canary", "b", probes)];

function decide({ pods = [pod("b1")], live = both() }: Life) {
  return decideProbeSampling(snapshotOf({}, { pods, owned: live }))?.flatMap(({ pod: name, runs: asked }) =>
    (asked?.questions ?? []).map(({ probe, port, path, host }) =>
      [name, probe, port, path, host].filter((part) => part !== undefined).join(" "),
    ),
  );
}

const get = (port: number | string, rest: Tree = {}) => ({ readinessProbe: { httpGet: { path: "/r", port, ...rest } } });

test.each<readonly [string, Life, readonly string[]]>([
  ["its readiness probe", {}, ["b1 readinessProbe 3000 /ready"]],
  ["its startup probe, until that has passed", { pods: [pod("b1", { ...runs, started: false })] }, ["b1 startupProbe 3000 /live"]],
  ["the first of its pods", { pods: [pod("b2"), pod("b1")] }, ["b1 readinessProbe 3000 /ready"]],
  ["a port by number", { live: both(get(81)) }, ["b1 readinessProbe 81 /r"]],
  [
    "the readiness probe where there is no other",
    { pods: [pod("b1", { ...runs, started: false })], live: both({ startupProbe: undefined }) },
    ["b1 readinessProbe 3000 /ready"],
  ],
  [
    "its liveness probe after the readiness probe",
    { live: both({ livenessProbe: { httpGet: { path: "/alive", port: "http" } } }) },
    ["b1 readinessProbe 3000 /ready", "b1 livenessProbe 3000 /alive"],
  ],
  [
    "with its Host header",
    { live: both(get("http", { httpHeaders: [{ name: "Host", value: "shop.example.com" }] })) },
    ["b1 readinessProbe 3000 /r shop.example.com"],
  ],
  ["whether the port takes connections, over TLS", { live: both(get(81, { scheme: "HTTPS" })) }, ["b1 readinessProbe 81"]],
  [
    "whether the port takes connections, with other headers than Host",
    { live: both(get(81, { httpHeaders: [{ name: "X-Key", value: "x" }] })) },
    ["b1 readinessProbe 81"],
  ],
  ["whether the port takes connections, by gRPC", { live: both({ readinessProbe: { grpc: { port: 81 } } }) }, ["b1 readinessProbe 81"]],
  [
    "whether the port takes connections, by TCP",
    { live: both({ readinessProbe: { tcpSocket: { port: "http" } } }) },
    ["b1 readinessProbe 3000"],
  ],
  [
    "the one that is not ready beside one that is",
    { pods: [pod("b1", runs, { ready: "True" }), pod("b2")] },
    ["b2 readinessProbe 3000 /ready"],
  ],
  [
    "a stable pod as one of the candidate",
    { pods: [pod("a1", runs, { of: "a" }), pod("b1")] },
    ["a1 readinessProbe 3000 /ready", "b1 readinessProbe 3000 /ready"],
  ],
  [
    "a worker",
    { pods: [pod("w1", runs, { component: "worker-hooks" })], live: [deployment("shop-hooks", "b", {}, "worker-hooks")] },
    ["w1 readinessProbe 3000 /ready"],
  ],
])("a pod is asked what its kubelet asks: %s", (_what, life, expected) => {
  expect(decide(life)).toEqual(expected);
});

test.each<readonly [string, Life]>([
  ["where all are ready", { pods: [pod("b1", runs, { ready: "True" })] }],
  ["before its container runs", { pods: [pod("b1", { name: "app", state: { waiting: { reason: "ContainerCreating" } } })] }],
  ["by a command", { live: both({ readinessProbe: { exec: { command: ["true"] } } }) }],
  ["of no Deployment", { live: [] }],
])("no pod is asked %s", (_what, life) => {
  expect(decide(life)).toBeUndefined();
});

test("a pod whose container was restarted and waits is remembered by its uid", () => {
  const waits = { name: "app", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } };
  expect(decideProbeSampling(snapshotOf({}, { pods: [pod("b1", waits)], owned: both() }))).toEqual([
    { pod: "b1", uid: "b1", runs: undefined },
  ]);
});

test.each([
  ["has started", runs, { failureThreshold: 30, periodSeconds: 2 }, 15],
  ["may start for a minute", { ...runs, started: false }, { failureThreshold: 30, periodSeconds: 2 }, 30],
  ["may start for ten", { ...runs, started: false }, { failureThreshold: 300, periodSeconds: 2 }, 120],
  ["may start for ten, and did not", { ...runs, started: false, restartCount: 1 }, { failureThreshold: 300, periodSeconds: 2 }, 15],
])("an app that %s is given its time", (_what, status, times, seconds) => {
  const live = both({ startupProbe: { httpGet: { path: "/live", port: "http" }, ...times } });
  expect(decideProbeSampling(snapshotOf({}, { pods: [pod("b1", status)], owned: live }))?.[0]?.runs?.patienceSeconds).toBe(seconds);
});
