import { expect, test } from "vitest";
import type { Tree } from "../../api/tree.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { owned, podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import type { LiveObject } from "../snapshot.ts";
import { decideProbeSampling } from "./probe-sampling.ts";

const canary: ReleaseStatus = { phase: "Canary", stable: "a", candidate: "b", startedAt: testNow };
const runs = { name: "app", started: true, state: { running: { startedAt: testNow } } };

function pod(name: string, app: Tree = runs, { ready = "False", of = "b", podIP = "10.0.0.1" } = {}): LiveObject {
  const found = podOf(name, "web", { podIP, containerStatuses: [app], conditions: [{ type: "Ready", status: ready }] });
  return { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, "scalableapp.dev/release": of } } };
}

function deployment(name: string, release: string, probes: Tree = {}): LiveObject {
  const httpGet = (path: string) => ({ httpGet: { path, port: "http" } });
  const probed = { startupProbe: httpGet("/live"), readinessProbe: httpGet("/ready"), ...probes };
  const app = { name: "app", ports: [{ name: "http", containerPort: 3000 }], ...probed };
  const metadata = { labels: { "scalableapp.dev/release": release } };
  return owned("Deployment", name, { spec: { template: { metadata, spec: { containers: [{ name: "mesh" }, app] } } } });
}

interface Life {
  readonly pods?: readonly LiveObject[];
  readonly live?: readonly LiveObject[];
  readonly release?: ReleaseStatus;
}

const both = (probes: Tree = {}) => [deployment("shop-web", "a"), deployment("shop-web-canary", "b", probes)];

function decide({ pods = [pod("b1")], live = both(), release = canary }: Life) {
  return decideProbeSampling(snapshotOf({}, { pods, owned: live }), release);
}

const ready = { pod: "b1", address: "10.0.0.1", port: 3000, path: "/ready", probe: "readinessProbe", runsSince: testNow };
const startup = { ...ready, path: "/live", probe: "startupProbe" };

test.each<readonly [string, Life, unknown]>([
  ["its readiness probe", {}, ready],
  ["its startup probe, until that has passed", { pods: [pod("b1", { ...runs, started: false })] }, startup],
  ["the first of its pods", { pods: [pod("b2"), pod("b1")] }, ready],
  ["a port by number", { live: both({ readinessProbe: { httpGet: { path: "/r", port: 81 } } }) }, { ...ready, path: "/r", port: 81 }],
  [
    "the readiness probe where there is no other",
    { pods: [pod("b1", { ...runs, started: false })], live: both({ startupProbe: undefined }) },
    ready,
  ],
  [
    "with its Host header",
    {
      live: both({
        readinessProbe: { httpGet: { path: "/ready", port: "http", httpHeaders: [{ name: "Host", value: "shop.example.com" }] } },
      }),
    },
    { ...ready, host: "shop.example.com" },
  ],
  ["pods of a rolling release", { live: [deployment("shop-web", "b")], release: { ...canary, phase: "RollingOut" } }, ready],
])("a pod is asked what its kubelet asks: %s", (_what, life, expected) => {
  expect(decide(life)).toEqual(expected);
});

test.each<readonly [string, Life]>([
  ["while one is ready", { pods: [pod("b1"), pod("b2", runs, { ready: "True" })] }],
  ["before its container runs", { pods: [pod("b1", { name: "app", state: { waiting: { reason: "ContainerCreating" } } })] }],
  ["of the stable release", { pods: [pod("a1", runs, { of: "a" })] }],
  ["at rest", { release: { phase: "Stable", stable: "b" } }],
  ["while pods end", { release: { ...canary, phase: "RollingBack" } }],
  ["over TLS", { live: both({ readinessProbe: { httpGet: { path: "/r", port: 81, scheme: "HTTPS" } } }) }],
  [
    "with other headers than Host",
    { live: both({ readinessProbe: { httpGet: { path: "/r", port: 81, httpHeaders: [{ name: "X-Key", value: "x" }] } } }) },
  ],
  ["by gRPC", { live: both({ readinessProbe: { grpc: { port: 81 } } }) }],
  ["of no Deployment", { live: [] }],
])("no pod is asked %s", (_what, life) => {
  expect(decide(life)).toBeUndefined();
});
