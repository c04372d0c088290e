import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppManifest, appReady, applyApp, givenStorefront, podsOf } from "./scenario/given.ts";
import { eventually, must, type Thing } from "./scenario/kubectl.ts";
import { followPods, type PodHistory } from "./scenario/pod-history.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-workers";
const jobSeconds = 30;
let app: AppManifest;
let url: string;
let pods: PodHistory;

/** A release whose jobs take so long, and whose workers get so long to finish theirs. */
function specOf(times: { readonly jobSeconds: number; readonly drainSeconds: number }): Readonly<Record<string, unknown>> {
  const [worker] = app.spec["workers"] as readonly object[];
  const { autoscaling: _autoscaling, ...web } = app.spec["web"] as Record<string, unknown>;
  return {
    env: [{ name: "FAULT_JOB_LATENCY_MS", value: String(times.jobSeconds * 1000) }],
    web: { ...web, replicas: 1 },
    workers: [{ ...worker, replicas: 3, drainSeconds: times.drainSeconds, queue: { bullmq: "orders" } }],
    schedules: [],
    rollout: { strategy: "rolling", bakeSeconds: 0 },
  };
}

interface Job {
  /** The pod that took it last. */
  readonly pod: string;
  /** How often a worker took it. */
  readonly starts: number;
  /** How often its worker was lost. */
  readonly stalls: number;
}

async function jobOf(order: string): Promise<Job> {
  const command = ["redis-cli", "hmget", `bull:orders:${order}`, "pb", "ats", "stc"];
  const reported = await kubectl.run("-n", namespace, "exec", "shop-redis-queue-0", "--", ...command);
  const [pod = "", starts = "", stalls = ""] = reported.split("\n");
  return { pod, starts: Number(starts), stalls: Number(stalls) };
}

async function statusOf(order: string): Promise<string> {
  return ((await (await fetch(`${url}/api/orders/${order}`)).json()) as { status: string }).status;
}

async function stock(): Promise<number> {
  const reported = await kubectl.run("-n", namespace, "exec", "deploy/db", "--", ...psql("select stock from products where id = 1"));
  return Number(reported);
}

function psql(query: string): readonly string[] {
  return ["psql", "-U", "shop", "-d", "shop", "-tAc", query];
}

/** An order that a worker has taken; returns its id and the worker's pod. */
async function givenTakenOrder(): Promise<{ readonly order: string; readonly pod: string }> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/orders`, { method: "POST", headers, body: JSON.stringify({ productId: 1, quantity: 3 }) });
  const { id: order } = (await answer.json()) as { id: string };
  const { pod } = await eventually("a worker has taken the order", async () => {
    const job = await jobOf(order);
    must(job.pod !== "" && (await statusOf(order)) === "processing", "not yet");
    return job;
  });
  return { order, pod };
}

async function completed(order: string, seconds: number): Promise<void> {
  await eventually("the order is completed", async () => must((await statusOf(order)) === "completed", await statusOf(order)), seconds);
}

/** The pods that waited for a job went before the one that had one. */
function expectIdleFirst(old: readonly Thing[], busy: string): void {
  const names = old.map(({ metadata }) => metadata.name);
  expect(pods.costs(names)).toEqual(Object.fromEntries(names.map((name) => [name, name === busy ? "10" : "-10"])));
  expect(
    pods
      .ended()
      .filter((name) => names.includes(name))
      .at(-1),
  ).toBe(busy);
}

/** Longer than the release needs to ask both pods to end. */
const taskSeconds = 60;

/**
 * A worker as Celery is one: its main process waits in BRPOP on, while a child works. It notes in Redis who has the task, and says on its
 * metrics port how many it works on.
 */
const celeryLike = `const { Redis } = require("ioredis");
const { spawn } = require("node:child_process");
const [jobs, notes] = [1, 2].map(() => new Redis(process.env.REDIS_QUEUE_URL));
for (const redis of [jobs, notes]) redis.on("error", () => {});
let [busy, ending] = [0, false];
const endWhenIdle = () => ending && busy === 0 && process.exit(0);
process.on("SIGTERM", () => { ending = true; jobs.disconnect(); endWhenIdle(); });
require("node:http").createServer((_request, answer) => answer.end("worker_busy_jobs " + busy + "\\n")).listen(9394);
(async () => {
  for (;;) {
    const [, seconds] = await jobs.brpop("mails", 0);
    busy += 1;
    await notes.multi().set("mails:holder", require("node:os").hostname()).incr("mails:taken").exec();
    spawn("sleep", [seconds]).on("exit", async () => { await notes.incr("mails:done"); busy -= 1; endWhenIdle(); });
  }
})().catch(() => endWhenIdle());`;

function listSpec(release: number): Readonly<Record<string, unknown>> {
  const queue = { redisList: "mails" };
  const worker = { name: "mails", command: ["node", "-e", celeryLike], replicas: 2, drainSeconds: taskSeconds + 30, queue, busy: {} };
  return { ...specOf({ jobSeconds, drainSeconds: 60 }), env: [{ name: "RELEASE_NUMBER", value: String(release) }], workers: [worker] };
}

async function redis(...command: readonly string[]): Promise<string> {
  return (await kubectl.run("-n", namespace, "exec", "shop-redis-queue-0", "--", "redis-cli", ...command)).trim();
}

beforeAll(async () => {
  ({ app, url } = await givenStorefront(kubectl, namespace, (example) => {
    app = example;
    return specOf({ jobSeconds, drainSeconds: 60 });
  }));
  pods = followPods(kubectl, namespace, "worker-orders");
});

afterAll(async () => {
  pods.stop();
  await kubectl.deleteNamespace(namespace);
});

describe("given three workers, one of them busy, when a release ends them", () => {
  test("then the idle ones go first, and its pod finishes the job, which nobody else takes, and ends after it", async () => {
    const before = await stock();
    const old = await podsOf(kubectl, namespace, "worker-orders");
    const { order, pod } = await givenTakenOrder();
    expect(old.map(({ metadata }) => metadata.name)).toContain(pod);

    await applyApp(kubectl, namespace, app, specOf({ jobSeconds: 600, drainSeconds: 2 }));
    await pods.until("the busy pod is asked to end", pod, ({ deleted }) => deleted !== undefined);
    expect(await statusOf(order)).toBe("processing");
    expectIdleFirst(old, pod);

    await completed(order, jobSeconds + 10);
    expect(await jobOf(order)).toEqual({ pod, starts: 1, stalls: 0 });
    expect(await stock()).toBe(before - 3);
    expect((await pods.until("its pod has ended", pod, ({ exitCode }) => exitCode !== undefined)).exitCode).toBe(0);
    await appReady(kubectl, namespace);
    const now = await podsOf(kubectl, namespace, "worker-orders");
    expect(now.filter(({ metadata }) => old.some((each) => each.metadata.name === metadata.name))).toEqual([]);
  });

  test("then a job that takes longer than drainSeconds is given to another worker, and has its effect once", async () => {
    const before = await stock();
    const old = await podsOf(kubectl, namespace, "worker-orders");
    const { order, pod } = await givenTakenOrder();
    await applyApp(kubectl, namespace, app, specOf({ jobSeconds: 0, drainSeconds: 2 }));
    expect((await pods.until("its pod is killed", pod, ({ exitCode }) => exitCode !== undefined)).exitCode).toBe(137);
    expectIdleFirst(old, pod);
    expect(await statusOf(order)).toBe("processing");

    await completed(order, 60);
    const job = await jobOf(order);
    expect(job).toMatchObject({ starts: 2, stalls: 1 });
    expect((await podsOf(kubectl, namespace, "worker-orders")).map(({ metadata }) => metadata.name)).toContain(job.pod);
    expect(await stock()).toBe(before - 3);
  });
});

describe("given two workers of a list, as Celery's, one of them at a long task, when a release ends them", () => {
  let mails: PodHistory | undefined;
  afterAll(() => mails?.stop());

  test("then the idle pod goes first, though the main processes of both wait in BRPOP, and the task is finished once", async () => {
    await applyApp(kubectl, namespace, app, listSpec(1));
    await appReady(kubectl, namespace);
    mails = followPods(kubectl, namespace, "worker-mails");
    const old = await podsOf(kubectl, namespace, "worker-mails");
    expect(old).toHaveLength(2);
    await redis("lpush", "mails", String(taskSeconds));
    const busy = await eventually("a worker has the task", async () => {
      const holder = await redis("get", "mails:holder");
      must(holder !== "", "not yet");
      return holder;
    });
    const idle = old.map(({ metadata }) => metadata.name).find((name) => name !== busy) ?? "";
    await eventually("both wait in BRPOP", async () => {
      const waiting = (await redis("client", "list")).split("\n").filter((line) => line.includes("cmd=brpop") && line.includes("flags=b"));
      for (const { status } of old)
        must(
          waiting.some((line) => line.includes(` addr=${status.podIP}:`)),
          waiting.join("\n"),
        );
    });

    await applyApp(kubectl, namespace, app, listSpec(2));
    await mails.until("the idle pod is deleted", idle, ({ deleted }) => deleted !== undefined);
    await mails.until("the busy pod is deleted", busy, ({ deleted }) => deleted !== undefined);
    expect(mails.ended()).toEqual([idle, busy]);
    expect(mails.costs([idle, busy])).toEqual({ [idle]: "-10", [busy]: "10" });
    expect(await redis("get", "mails:done")).toBe("");

    await eventually("the task is done", async () => must((await redis("get", "mails:done")) === "1", "not yet"), taskSeconds + 30);
    expect(await redis("get", "mails:taken")).toBe("1");
    expect((await mails.until("its pod has ended", busy, ({ exitCode }) => exitCode !== undefined)).exitCode).toBe(0);
    await appReady(kubectl, namespace);
  });
});
