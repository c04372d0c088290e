import { describe, expect, test } from "vitest";
import { COMPONENT_LABEL } from "../../api/labels.ts";
import type { Tree } from "../../base/tree.ts";
import { owned, podOf } from "../../testing/snapshots.ts";
import { findNotQuiesced } from "./quiesce.ts";
import type { LiveObject } from "./snapshot.ts";

const now = "2026-11-27T08:00:00Z";
const names = ["shop-worker-orders", "shop-report"];
const since = "2026-11-27T07:59:00Z";

function worker(spec: Tree, status: Tree = { observedGeneration: 1 }): LiveObject {
  return owned("Deployment", "shop-worker-orders", { metadata: { labels: { [COMPONENT_LABEL]: "worker-orders" } }, spec, status });
}

function schedule(spec: Tree, status: Tree = {}): LiveObject {
  return owned("CronJob", "shop-report", { metadata: { labels: { [COMPONENT_LABEL]: "schedule-report" } }, spec, status });
}

const atZero = worker({ replicas: 0 });
const suspended = schedule({ suspend: true });
const draining = (deletionTimestamp: string) => podOf("orders-1", "worker-orders", { phase: "Running" }, { deletionTimestamp });
const run = (phase: string, metadata: Tree = {}) => podOf("report-1", "schedule-report", { phase }, metadata);
const active = { active: [{ name: "shop-report-1" }] };

describe("a migration that asks for quiet", () => {
  test.each<[string, LiveObject[], LiveObject[], string | undefined]>([
    ["begins when all rest", [atZero, suspended], [], undefined],
    ["begins where there is nobody to rest", [], [], undefined],
    ["waits for a worker that was not scaled yet", [worker({ replicas: 3 }), suspended], [], "scaled to zero"],
    ["waits for the controller to act on it", [worker({ replicas: 0 }, { observedGeneration: 0 })], [], "scaled to zero"],
    [
      "waits for pods that the controller still counts",
      [worker({ replicas: 0 }, { observedGeneration: 1, replicas: 2 })],
      [],
      "scaled to zero",
    ],
    [
      "waits for a pod that drains",
      [atZero],
      [draining("2026-11-27T08:00:40Z")],
      "shop-worker-orders (1 pod ends within workers[].drainSeconds)",
    ],
    ["waits a while longer for one that is past its grace period", [atZero], [draining("2026-11-27T07:59:31Z")], "1 pod ends"],
    ["does not wait for a pod of a lost node", [atZero], [draining("2026-11-27T07:59:29Z")], undefined],
    [
      "does not wait for pods that have ended",
      [atZero, suspended],
      [run("Succeeded"), podOf("orders-1", "worker-orders", { phase: "Failed" })],
      undefined,
    ],
    ["does not wait for web", [atZero, suspended], [podOf("web-1", "web", { phase: "Running" })], undefined],
    ["waits for a schedule that is not suspended yet", [schedule({ suspend: false })], [], "shop-report (it is being suspended)"],
    ["waits for a run", [suspended], [run("Running")], "shop-report (its run ends within schedules[].deadlineSeconds)"],
    ["waits for a run between two tries", [schedule({ suspend: true }, active)], [], "its run ends"],
    [
      "does not wait for the run of a lost node",
      [schedule({ suspend: true }, active)],
      [run("Running", { deletionTimestamp: since })],
      undefined,
    ],
    [
      "does not wait for a worker that is being deleted",
      [{ ...worker({ replicas: 2 }), metadata: { ...atZero.metadata, deletionTimestamp: now } }],
      [],
      undefined,
    ],
    [
      "does not wait for the worker of another release",
      [owned("Deployment", "shop-worker-mail", { spec: { replicas: 1 } })],
      [],
      undefined,
    ],
  ])("%s", (_, objects, pods, expected) => {
    const found = findNotQuiesced({ owned: objects, pods, now }, { names, since });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });

  test("waits for a tick that may just become a run", () => {
    const look = (at: string) => findNotQuiesced({ owned: [suspended], pods: [], now }, { names, since: at });
    expect(look("2026-11-27T07:59:56Z")).toContain("being suspended");
    expect(look("2026-11-27T07:59:55Z")).toBeUndefined();
  });

  test("names all that it waits for", () => {
    expect(findNotQuiesced({ owned: [worker({ replicas: 3 }), schedule({})], pods: [], now }, { names, since })).toBe(
      "shop-report (it is being suspended), shop-worker-orders (it is being scaled to zero)",
    );
  });
});
