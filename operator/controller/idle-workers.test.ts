import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { POD_DELETION_COST_ANNOTATION } from "../api/labels.ts";
import type { ReleaseStatus } from "../api/status.ts";
import type { Tree } from "../base/tree.ts";
import type { PodScraper } from "../metrics-source/pod-scraper.ts";
import { decideDeletionCosts } from "../plan/rollout/deletion-costs.ts";
import { decideGaugeSampling } from "../plan/observe/worker-gauges.ts";
import { decideQueueSampling } from "../plan/observe/worker-queues.ts";
import { readActivity } from "../queue-source/activity.ts";
import { parseClientList } from "../queue-source/client-list.ts";
import { podOf, snapshotOf, testNow } from "../testing/snapshots.ts";
import { createGaugeReader } from "./worker-gauges.ts";

/** Answers of a real Redis 7 to CLIENT LIST, with other addresses. */
function connectionsOf(file: string) {
  return parseClientList(readFileSync(new URL(`../queue-source/testdata/${file}`, import.meta.url), "utf8"));
}
/** 10.1.1.11: Celery 5 with two children, one at work. 10.1.1.12: three threads in BRPOP as Sidekiq's are, one at work. */
const lists = connectionsOf("client-list-of-lists.txt");
/** 10.1.0.11 and .12: BullMQ, waiting. 10.1.0.13: BullMQ without a name, at work. 10.1.0.15: waits in XREADGROUP. */
const others = connectionsOf("client-list.txt");

const release: ReleaseStatus = { phase: "RollingOut", stable: "old", candidate: "new", startedAt: testNow };

interface Life {
  readonly worker: Tree;
  /** Pods by name, with their addresses. */
  readonly pods: Readonly<Record<string, string>>;
  readonly connections?: ReturnType<typeof connectionsOf>;
  /** What the queue itself says of who works. */
  readonly working?: readonly string[];
  /** What the gauge of each pod says; a pod without one does not answer. */
  readonly gauges?: Readonly<Record<string, string>>;
}

/** The deletion cost of each pod, as a reconcile would write it. */
async function costsOf({ worker, pods, connections = [], working = [], gauges = {} }: Life) {
  const live = Object.entries(pods).map(([name, podIP]) => {
    const pod = podOf(name, "worker-orders", { podIP });
    return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, "scalableapp.dev/release": "old" } } };
  });
  const spec = { workers: [{ name: "orders", command: ["work"], ...worker }], redis: { queue: { memory: "64Mi" } } };
  const snapshot = snapshotOf(spec, { pods: live });
  const queues = Object.entries(decideQueueSampling(snapshot, release)?.queues ?? {});
  const gauge = decideGaugeSampling(snapshot, release);
  const activity = {
    ...Object.fromEntries(queues.map(([component, queue]) => [component, readActivity(queue, connections, working)])),
    ...(gauge && (await createGaugeReader(scraperOf(gauges))(gauge))),
  };
  const costs = decideDeletionCosts({ ...snapshot, activity }, release);
  return Object.fromEntries(costs.map(({ pod, cost }) => [pod.metadata.name, cost]));
}

function scraperOf(gauges: Readonly<Record<string, string>>): PodScraper {
  return {
    scrape: async ({ targets, read }) =>
      targets.map((target) => {
        const page = gauges[target.pod];
        return page === undefined ? { target, ok: false, reason: "the connection is refused" } : { target, ok: true, value: read(page) };
      }),
  };
}

const celery = { "shop-worker-orders-a": "10.1.1.11", "shop-worker-orders-b": "10.1.1.12" };
const list = { queue: { redisList: "celery" } };
const gauge = { ...list, busy: {} };
const waiting = { "shop-worker-orders-a": "10.1.0.11", "shop-worker-orders-b": "10.1.0.12" };
const bullmq = { queue: { bullmq: "orders" } };
const stream = { queue: { redisStream: { key: "jobs", group: "workers" } } };

describe("a busy worker is never called idle:", () => {
  test.each<readonly [string, Life, Readonly<Record<string, string>>]>([
    ["Celery's main process waits in BRPOP while its children work", { worker: list, pods: celery, connections: lists }, {}],
    [
      "its gauge says who works",
      {
        worker: gauge,
        pods: celery,
        connections: lists,
        gauges: { "shop-worker-orders-a": "worker_busy_jobs 1", "shop-worker-orders-b": "worker_busy_jobs 0" },
      },
      { "shop-worker-orders-a": "10", "shop-worker-orders-b": "-10" },
    ],
    [
      "a gauge with a series per process is added up",
      {
        worker: gauge,
        pods: { a: "10.1.1.12" },
        gauges: { a: '# TYPE worker_busy_jobs gauge\nworker_busy_jobs{pid="7"} 0\nworker_busy_jobs{pid="8"} 2\n' },
      },
      { a: "10" },
    ],
    [
      "a gauge of another name is asked for where it is said so",
      {
        worker: { ...list, busy: { metric: "sidekiq_busy" } },
        pods: { a: "10.1.1.12" },
        gauges: { a: "sidekiq_busy_total 9\nsidekiq_busy 0" },
      },
      { a: "-10" },
    ],
    [
      "a pod whose gauge does not answer is neither",
      { worker: gauge, pods: celery, gauges: { "shop-worker-orders-b": "worker_busy_jobs 0" } },
      { "shop-worker-orders-b": "-10" },
    ],
    [
      "BullMQ's waiting workers have no job",
      { worker: bullmq, pods: waiting, connections: others },
      { "shop-worker-orders-a": "-10", "shop-worker-orders-b": "-10" },
    ],
    [
      "one that could take another job waits too, and its job names it",
      { worker: bullmq, pods: waiting, connections: others, working: ["shop-worker-orders-a"] },
      { "shop-worker-orders-a": "10", "shop-worker-orders-b": "-10" },
    ],
    ["a BullMQ job without a name may be anybody's", { worker: bullmq, pods: waiting, connections: others, working: [""] }, {}],
    [
      "the gauge comes before the queue",
      { worker: { ...bullmq, busy: {} }, pods: { a: "10.1.0.11" }, connections: others, gauges: { a: "worker_busy_jobs 3" } },
      { a: "10" },
    ],
    [
      "a stream's waiting consumer without pending entries",
      { worker: stream, pods: { a: "10.1.0.15" }, connections: others },
      { a: "-10" },
    ],
    [
      "a stream's consumer with pending entries waits too, with the name of its pod",
      { worker: stream, pods: { "shop-worker-orders-a": "10.1.0.15" }, connections: others, working: ["shop-worker-orders-a"] },
      { "shop-worker-orders-a": "10" },
    ],
    [
      "pending entries of a pod that is gone hold nobody up",
      { worker: stream, pods: { "shop-worker-orders-a": "10.1.0.15" }, connections: others, working: ["shop-worker-orders-gone"] },
      { "shop-worker-orders-a": "-10" },
    ],
    [
      "pending entries of a consumer that nobody knows may be anybody's",
      { worker: stream, pods: { "shop-worker-orders-a": "10.1.0.15" }, connections: others, working: ["consumer-1"] },
      {},
    ],
  ])("%s", async (_what, life, costs) => {
    expect(await costsOf(life)).toEqual(costs);
  });

  test("the recorded connections of both list workers wait in BRPOP, though both work", () => {
    const waits = lists.filter(({ blocked, command }) => blocked && command === "brpop").map(({ address }) => address);
    expect(new Set(waits)).toEqual(new Set(Object.values(celery)));
  });

  test("the annotation is the one that Kubernetes reads", () => {
    expect(POD_DELETION_COST_ANNOTATION).toBe("controller.kubernetes.io/pod-deletion-cost");
  });
});
