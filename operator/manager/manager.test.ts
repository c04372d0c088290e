import { EventEmitter } from "node:events";

import { describe, expect, test } from "vitest";

import type { Controller } from "../controller/controller.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Leadership, LeadershipDependencies } from "./leader-election.ts";
import { runManager } from "./manager.ts";
import type { ManagerDependencies } from "./manager.ts";
import { parseOptions } from "./options.ts";

const options = parseOptions(["--no-leader-elect", "--metrics-port=0", "--health-port=0"], {});

interface Rig {
  readonly story: string[];
  readonly exits: number[];
  readonly log: () => string;
  readonly signals: EventEmitter;
  readonly ended: Promise<void>;
  readonly health: (path: string) => Promise<number>;
  readonly metrics: () => Promise<string>;
  readonly becomeSynced: () => void;
  readonly finishReconciles: () => void;
  readonly leading: Promise<AbortSignal>;
}

function unused(): never {
  throw new Error("not part of this test");
}

function fakeClient(story: string[], minor = "36"): KubeClient {
  const client: KubeClient = {
    get: unused,
    list: unused,
    watch: unused,
    apply: unused,
    applyStatus: unused,
    create: unused,
    update: unused,
    mergePatch: unused,
    delete: unused,
    podLogs: unused,
    getPath: async () => Promise.resolve({ major: "1", minor, gitVersion: `v1.${minor}.0` }),
    withWriteGate: () => client,
    close: async () => {
      await Promise.resolve();
      story.push("client closed");
    },
  };
  return client;
}

async function run(more: Partial<ManagerDependencies> = {}): Promise<Rig> {
  const story: string[] = [];
  const exits: number[] = [];
  const lines: string[] = [];
  const signals = new EventEmitter();
  const synced = Promise.withResolvers<void>();
  const reconciles = Promise.withResolvers<void>();
  const leading = Promise.withResolvers<AbortSignal>();
  const listening = Promise.withResolvers<{ readonly health: number; readonly metrics: number }>();
  let isSynced = false;
  const controller: Controller = {
    start(signal) {
      story.push("caches started");
      signal.addEventListener("abort", () => story.push("caches stopped"));
      return synced.promise;
    },
    async runAsLeader(signal) {
      story.push("leading");
      signal.addEventListener("abort", () => story.push("no new reconciles"));
      leading.resolve(signal);
      await reconciles.promise;
      story.push("reconciles finished");
    },
    health: () => ({ synced: isSynced, informers: {} }),
  };
  const ended = runManager(options, {
    environment: {},
    output: { write: (text) => lines.push(text) },
    processEvents: signals,
    exit: (code) => void exits.push(code),
    createClient: () => fakeClient(story),
    createController: () => controller,
    onListening: listening.resolve,
    ...more,
  });
  const ports = await Promise.race([listening.promise, ended.then(() => ({ health: 0, metrics: 0 }))]);
  return {
    story,
    exits,
    signals,
    ended,
    leading: leading.promise,
    log: () => lines.join(""),
    health: async (path) => (await fetch(`http://127.0.0.1:${ports.health}${path}`)).status,
    metrics: async () => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text(),
    becomeSynced() {
      isSynced = true;
      synced.resolve();
    },
    finishReconciles: () => reconciles.resolve(),
  };
}

function brokenLeadership(): Leadership {
  return { gate: () => undefined, run: () => Promise.reject(new Error("the queue broke")) };
}

function noCluster(): never {
  throw new Error("the kubeconfig names no cluster");
}

describe("the manager", () => {
  test("is live before and ready after its caches are filled, and leads only then", async () => {
    const rig = await run();
    expect(await rig.health("/healthz")).toBe(200);
    expect(await rig.health("/readyz")).toBe(503);
    expect(rig.story).toEqual(["caches started"]);
    rig.becomeSynced();
    await rig.leading;
    expect(await rig.health("/readyz")).toBe(200);
    rig.finishReconciles();
    rig.signals.emit("SIGTERM");
    await rig.ended;
  });

  test("reports the process, its event loop, requests and leadership as metrics", async () => {
    const rig = await run();
    rig.becomeSynced();
    await rig.leading;
    const text = await rig.metrics();
    for (const name of ["process_cpu_seconds_total", "nodejs_eventloop_lag_p99_seconds", "rest_client_requests_total"]) {
      expect(text).toContain(`# TYPE ${name}`);
    }
    expect(text).toContain('leader_election_master_status{name="scalable-app-operator"} 1');
    rig.signals.emit("SIGTERM");
    rig.finishReconciles();
    await rig.ended;
  });

  test("finishes reconciles before it closes what they use, and exits with 0", async () => {
    const rig = await run();
    rig.becomeSynced();
    await rig.leading;
    rig.signals.emit("SIGTERM");
    expect(await rig.health("/readyz")).toBe(503);
    expect(rig.exits).toEqual([]);
    rig.finishReconciles();
    await rig.ended;
    expect(rig.story).toEqual(["caches started", "leading", "no new reconciles", "reconciles finished", "caches stopped", "client closed"]);
    expect(rig.exits).toEqual([0]);
    await expect(rig.health("/healthz")).rejects.toThrow("fetch failed");
  });

  test("ends with one clear line on a server that is too old, and touches nothing", async () => {
    const story: string[] = [];
    const rig = await run({ createClient: () => fakeClient(story, "34") });
    await rig.ended;
    expect([rig.exits, rig.story, story]).toEqual([[1], [], []]);
    const errors = rig
      .log()
      .split("\n")
      .filter((line) => line.includes("too old"));
    expect(errors).toHaveLength(1);
    expect(JSON.parse(errors[0] ?? "")).toMatchObject({
      reason: "Kubernetes v1.34.0 is too old: scalable-app needs 1.35 or newer. Upgrade the cluster",
    });
  });

  test("stops in order though its caches were never filled", async () => {
    const rig = await run();
    rig.signals.emit("SIGTERM");
    await rig.ended;
    expect(rig.story).not.toContain("leading");
    expect(rig.exits).toEqual([0]);
  });

  test("ends as failed, at once, when leadership is lost", async () => {
    const lost = Promise.withResolvers<"lost">();
    const createLeadership = ({ lead }: LeadershipDependencies): Leadership => ({
      gate: () => undefined,
      run(signal) {
        void lead(signal);
        return lost.promise;
      },
    });
    const rig = await run({ createLeadership });
    rig.becomeSynced();
    await rig.leading;
    lost.resolve("lost");
    await rig.ended;
    expect(rig.exits).toEqual([1]);
    expect(rig.story).not.toContain("reconciles finished");
    expect(rig.log()).toContain("leadership lost");
  });

  test("ends as failed when the leader's work throws", async () => {
    const rig = await run({ createLeadership: brokenLeadership });
    await rig.ended;
    expect(rig.exits).toEqual([1]);
    expect(rig.log()).toContain("the queue broke");
  });

  test("ends as failed when it can't even start", async () => {
    const rig = await run({ createClient: noCluster });
    await rig.ended;
    expect(rig.exits).toEqual([1]);
    expect(rig.log()).toContain("the kubeconfig names no cluster");
  });
});
