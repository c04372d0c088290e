import { describe, expect, test } from "vitest";
import { POD_DELETION_COST_ANNOTATION } from "../../api/labels.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { podOf, snapshotOf, testNow } from "../../testing/snapshots.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import { decideGaugeSampling } from "../observe/worker-gauges.ts";
import { decideQueueSampling, describeIdleSource, idleSourceOf } from "../observe/worker-queues.ts";
import { decideDeletionCosts } from "./deletion-costs.ts";

const activity = { "worker-orders": { idle: ["10.0.0.1", "10.0.0.2"], busy: ["10.0.0.2", "10.0.0.3", "orders-named"], unknown: [] } };
const spec = {
  workers: [
    { name: "orders", command: ["work"], queue: { bullmq: "orders" } },
    { name: "events", command: ["work"], queue: { redisStream: { key: "events", group: "g" } } },
    { name: "plain", command: ["work"] },
  ],
  redis: { queue: { memory: "64Mi" } },
};

function release(phase: ReleaseStatus["phase"]): ReleaseStatus {
  return { phase, stable: "old", candidate: "new", message: "", startedAt: testNow };
}

interface Traits {
  readonly of?: string;
  readonly cost?: string;
  readonly component?: string;
  readonly deletionTimestamp?: string;
}

function worker(name: string, podIP: string, { of = "old", cost, component = "worker-orders", ...rest }: Traits = {}): LiveObject {
  const pod = podOf(name, component, { podIP }, rest);
  const labels = { ...pod.metadata.labels, "scalableapp.dev/release": of };
  return { ...pod, metadata: { ...pod.metadata, labels, ...(cost && { annotations: { [POD_DELETION_COST_ANNOTATION]: cost } }) } };
}

function costs(pods: readonly LiveObject[], phase: ReleaseStatus["phase"], known: typeof activity | undefined = activity) {
  const snapshot = snapshotOf(spec, { pods, activity: known });
  return decideDeletionCosts(snapshot, release(phase)).map(({ pod, cost }) => [pod.metadata.name, cost]);
}

describe("what ending a worker costs", () => {
  test.each([
    ["waits for a job", worker("a", "10.0.0.1"), "-10"],
    ["has a job though it could take another", worker("a", "10.0.0.2"), "10"],
    ["has as many jobs as it may", worker("a", "10.0.0.3"), "10"],
    ["is named by a job", worker("orders-named", "10.0.0.9"), "10"],
    ["has a job by now", worker("a", "10.0.0.3", { cost: "-10" }), "10"],
  ])("one that %s", (_what, pod, cost) => {
    expect(costs([pod], "RollingOut")).toEqual([[pod.metadata.name, cost]]);
  });

  test.each([
    ["is not known to Redis", worker("a", "10.0.0.9")],
    ["has its cost already", worker("a", "10.0.0.1", { cost: "-10" })],
    ["was given a cost by somebody else", worker("a", "10.0.0.1", { cost: "500" })],
    ["is of the release to come", worker("a", "10.0.0.1", { of: "new" })],
    ["is on its way out", worker("a", "10.0.0.1", { deletionTimestamp: testNow })],
    ["works on another queue", worker("a", "10.0.0.1", { component: "worker-events" })],
    ["is no worker", worker("a", "10.0.0.1", { component: "web" })],
  ])("one that %s is left as it is", (_what, pod) => {
    expect(costs([pod], "RollingOut")).toEqual([]);
  });

  test("is reported while workers are replaced, also on the way back, and at no other time", () => {
    const both = [worker("before", "10.0.0.1"), worker("after", "10.0.0.1", { of: "new" })];
    expect(costs(both, "Promoting")).toEqual([["before", "-10"]]);
    expect(costs(both, "RollingBack")).toEqual([["after", "-10"]]);
    for (const phase of ["Pending", "Migrating", "Canary", "Preview", "Baking", "Stable", "Failed", "Suspended"] as const) {
      expect(costs(both, phase)).toEqual([]);
    }
  });

  test("is not guessed while Redis is out of reach", () => {
    const snapshot = snapshotOf(spec, { pods: [worker("a", "10.0.0.1", { cost: "10" })] });
    expect(decideDeletionCosts(snapshot, release("RollingOut"))).toEqual([]);
  });

  test("is taken back once after the release, where it is ours", () => {
    const pods = [worker("ours", "10.0.0.1", { cost: "10" }), worker("others", "10.0.0.1", { cost: "500" }), worker("none", "10.0.0.2")];
    expect(costs(pods, "Failed")).toEqual([["ours", undefined]]);
  });
});

describe("which queues are asked", () => {
  const pods = [worker("a", "10.0.0.1"), worker("b", "10.0.0.2", { component: "worker-plain" })];

  test("those of workers that are about to end, on the managed Redis", () => {
    expect(decideQueueSampling(snapshotOf(spec, { pods }), release("RollingOut"))).toEqual({
      server: { host: "shop-redis-queue.retail.svc", port: 6379 },
      queues: { "worker-orders": { kind: "bullmq", name: "orders" } },
    });
    const more = [...pods, worker("c", "10.0.0.3", { component: "worker-events" })];
    expect(decideQueueSampling(snapshotOf(spec, { pods: more }), release("Promoting"))?.queues).toMatchObject({
      "worker-events": { kind: "stream", key: "events", group: "g" },
    });
    // The pods of the stable release stay.
    expect(decideQueueSampling(snapshotOf(spec, { pods }), release("RollingBack"))).toBeUndefined();
  });

  test("none at rest, without workers to end, on a Redis whose URL is a secret, or of lists, which do not know", () => {
    const list = { ...spec, workers: [{ name: "orders", command: ["work"], queue: { redisList: "jobs" } }] };
    expect(decideQueueSampling(snapshotOf(list, { pods }), release("RollingOut"))).toBeUndefined();

    const external = { ...spec, redis: { queue: { urlFrom: { secretKeyRef: { name: "redis", key: "url" } } } } };
    expect(decideQueueSampling(snapshotOf(spec, { pods }), release("Stable"))).toBeUndefined();
    expect(decideQueueSampling(snapshotOf(spec), release("RollingOut"))).toBeUndefined();
    expect(decideQueueSampling(snapshotOf(external, { pods }), release("RollingOut"))).toBeUndefined();
  });
});

describe("which gauges are asked", () => {
  const busy = {
    workers: [
      { name: "orders", command: ["work"], queue: { redisList: "jobs" }, busy: { port: 9000, path: "/m" } },
      { name: "plain", command: ["work"] },
    ],
  };
  const pods = [worker("b", "10.0.0.2"), worker("new", "10.0.0.3", { of: "new" }), worker("c", "10.0.0.4", { component: "worker-plain" })];

  test("those of pods that are about to end", () => {
    expect(decideGaugeSampling(snapshotOf({ ...spec, ...busy }, { pods }), release("RollingOut"))).toEqual({
      "worker-orders": { metric: "worker_busy_jobs", port: 9000, path: "/m", pods: [{ pod: "b", address: "10.0.0.2" }] },
    });
  });

  test("none at rest, or without such pods", () => {
    expect(decideGaugeSampling(snapshotOf({ ...spec, ...busy }, { pods }), release("Stable"))).toBeUndefined();
    expect(decideGaugeSampling(snapshotOf(spec, { pods }), release("RollingOut"))).toBeUndefined();
    expect(decideGaugeSampling(snapshotOf({ ...spec, ...busy }), release("RollingOut"))).toBeUndefined();
  });
});

test.each([
  [{ queue: { bullmq: "orders" } }, "bullmq jobs"],
  [{ queue: { redisStream: { key: "jobs", group: "g" } } }, "stream pending"],
  [{ queue: { redisList: "jobs" } }, "unknown: add workers[].busy"],
  [{ queue: { redisList: "jobs" }, busy: {} }, "metric worker_busy_jobs"],
  [{ queue: { bullmq: "orders" }, busy: { metric: "sidekiq_busy" } }, "metric sidekiq_busy"],
  [{ busy: {} }, "metric worker_busy_jobs"],
  [{}, "unknown: add workers[].busy"],
])("idle workers of %j are known by: %s", (one, way) => {
  const { workers, redis } = snapshotOf({ ...spec, workers: [{ name: "a", command: ["work"], ...one }] }).app.spec;
  expect(workers.map((each) => describeIdleSource(idleSourceOf(each, { redis })))).toEqual([way]);
  const external = { queue: { urlFrom: { secretKeyRef: { name: "redis", key: "url" } } } };
  const away = snapshotOf({ ...spec, redis: external, workers: [{ name: "a", command: ["work"], ...one }] }).app.spec;
  const expected = "busy" in one ? way : "unknown: add workers[].busy";
  expect(describeIdleSource(idleSourceOf(away.workers[0]!, away))).toBe(expected);
});
