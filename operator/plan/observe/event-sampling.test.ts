import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import { decideEventSampling } from "./event-sampling.ts";

function podSince(
  name: string,
  creationTimestamp: string,
  { component = "web", release = "r1", status = {} }: { component?: string; release?: string; status?: Tree } = {},
) {
  const labels = { "app.kubernetes.io/component": component, "scalableapp.dev/release": release };
  return podOf(name, component, status, { uid: `uid-${name}`, creationTimestamp, labels });
}

test("of each component and release the pod that is not ready for the longest is looked at", () => {
  const wasReady = { conditions: [{ type: "Ready", status: "False", lastTransitionTime: testNow }] };
  const pods = [
    podSince("a", "2026-11-27T07:50:00Z"),
    podSince("b", "2026-11-27T07:40:00Z"),
    podSince("c", "2026-11-27T07:00:00Z", { status: wasReady }),
    podSince("d", "2026-11-27T07:55:00Z", { release: "r2" }),
    podSince("e", "2026-11-27T07:55:00Z", { component: "worker-orders" }),
  ];
  expect(decideEventSampling(snapshotOf({}, { pods }))).toEqual([
    { namespace: "retail", uid: "uid-b", since: "2026-11-27T07:40:00Z" },
    { namespace: "retail", uid: "uid-d", since: "2026-11-27T07:55:00Z" },
    { namespace: "retail", uid: "uid-e", since: "2026-11-27T07:55:00Z" },
  ]);
});

test.each<[string, Tree]>([
  ["are ready", { conditions: [{ type: "Ready", status: "True" }] }],
  ["have ended", { phase: "Succeeded" }],
])("nothing is read where all pods %s", (_what, status) => {
  expect(decideEventSampling(snapshotOf({}, { pods: [podSince("a", testNow, { status })] }))).toBeUndefined();
});
