import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { database } from "../../testing/rendered.ts";
import { podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import { decidePoolerSampling } from "./pooler-sampling.ts";

const pooler = { name: "pgbouncer", restartCount: 1, state: { running: { startedAt: testNow } } };
const app = { name: "app", restartCount: 2, ready: false };

function pod(name: string, component = "web", rest: Tree = {}) {
  return podOf(name, component, { initContainerStatuses: [pooler], containerStatuses: [app], ...rest }, { uid: `uid-${name}` });
}

function decide(pods: ReturnType<typeof pod>[], mode = "sidecar") {
  return decidePoolerSampling(snapshotOf({ postgres: { ...database, pooler: { mode } } }, { pods }))?.map(({ life }) => life);
}

test("the log of one pod of each component is read, once for each restart", () => {
  expect(decide([pod("web-2"), pod("web-1"), pod("orders-1", "worker-orders")])?.toSorted()).toEqual(["uid-orders-1/3", "uid-web-1/3"]);
});

test.each([
  ["its pods are ready", decide([pod("web-1", "web", { conditions: [{ type: "Ready", status: "True" }] })])],
  ["no pooler runs", decide([pod("web-1", "web", { initContainerStatuses: [] })])],
  ["the app has none", decide([pod("web-1")], "none")],
])("nothing is read where %s", (_why, found) => {
  expect(found).toBeUndefined();
});
