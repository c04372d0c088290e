import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import type { ScalableAppStatus } from "../api/status.ts";
import { API_VERSION, KIND } from "../api/kind.ts";
import type { KubeObject } from "../kube/object.ts";
import * as resources from "../kube/resources.ts";
import { createWritten } from "../kube/written.ts";
import { createFakeClock } from "../kube/testing/fake-clock.ts";
import { defaultImages } from "../resources/images.ts";
import { createFakeClient, refusal } from "../testing/fake-client.ts";
import { createFakeInformer } from "../testing/fake-informer.ts";
import { createControllerMetrics } from "./metrics.ts";
import { MigrationLogs } from "./migration-log.ts";
import { createReconciler } from "./reconciler.ts";
import { ReferenceReader } from "./references.ts";
import { ReferenceIndex } from "./triggers.ts";

const key = "retail/shop";
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function createWorld() {
  const client = createFakeClient();
  const clock = createFakeClock();
  const httpRoutes = createFakeInformer(resources.httpRoutes);
  const kinds = [resources.controllerRevisions, resources.deployments, resources.services, resources.serviceAccounts];
  const children = [...kinds.map(createFakeInformer), httpRoutes];
  const [apps, pods, configMaps] = [resources.scalableApps, resources.pods, resources.configMaps].map(createFakeInformer);
  if (!apps || !pods || !configMaps) throw new Error("no informers");
  const informers = { apps, children, httpRoutes, pods, configMaps, secrets: undefined, all: [] };
  const written = createWritten({ clock, informerOf: ({ kind }) => [apps, ...children].find(({ resource }) => resource.kind === kind) });
  const events: string[] = [];
  const unwatched: string[] = [];
  const asked: string[] = [];
  const references = new ReferenceIndex();
  const reconcile = createReconciler({
    client,
    informers,
    reader: new ReferenceReader({ client, configMaps, secrets: undefined, secretAccess: "get", now: () => 0, random: () => 0.5 }),
    logs: new MigrationLogs(client),
    references,
    written,
    recorder: { event: (_object, { reason }) => void events.push(reason), flush: async () => {} },
    metrics: createControllerMetrics(new Registry()),
    logger: silent,
    images: defaultImages,
    renderer: "test",
    sampler: { watch() {}, unwatch: (sampled) => void unwatched.push(sampled), window: () => undefined, keys: () => [], close() {} },
    queueSampler: {
      watch: (_key, { server }) => void asked.push(server.host),
      unwatch() {},
      activity: () => ({ "worker-orders": { idle: ["10.0.0.1"], busy: [] } }),
      keys: () => [],
    },
    now: () => Date.UTC(2026, 10, 27, 8),
  });
  return {
    client,
    clock,
    events,
    unwatched,
    asked,
    pods,
    references,
    once: async () => reconcile(key, new AbortController().signal),
    /** Reconciles until no step of the release is left to write down. */
    async reconcile() {
      for (;;) {
        const result = await this.once();
        if (result.kind !== "requeue" || result.why !== "the release took a step") return result;
        await this.catchUp();
      }
    },
    apply(spec: object, metadata: object = {}) {
      client.put(appWith(spec, metadata));
      apps.hold(appWith(spec, metadata));
    },
    /** The app stands so, with its status. */
    hold(app: KubeObject) {
      client.put(app);
      apps.hold(app);
    },
    remove: () => apps.drop(key),
    /** The caches see what stands in the cluster now. */
    async catchUp() {
      const app = await client.get(resources.scalableApps, "retail", "shop");
      if (app) apps.hold(app);
      for (const informer of children) {
        for (const name of new Set(client.requests.map((request) => request.name))) {
          const object = await client.get(informer.resource, "retail", name);
          if (object) informer.hold(object);
        }
      }
    },
    async status(): Promise<ScalableAppStatus> {
      return (await client.get(resources.scalableApps, "retail", "shop"))?.["status"] as ScalableAppStatus;
    },
  };
}

function appWith(spec: object, metadata: object): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: "shop", namespace: "retail", uid: "uid-1", generation: 1, ...metadata },
    spec,
  };
}

const small = { image: "shop:1" };

describe("a valid app", () => {
  test("its first step is written down alone, then it is applied, its status is written once, and its events are told", async () => {
    const world = createWorld();
    world.apply(small);
    expect(await world.reconcile()).toEqual({ kind: "done" });
    const revision = world.client.requests.find(({ resource, verb }) => verb === "apply" && resource === "ControllerRevision")?.name;
    expect(world.client.writes()).toEqual([
      "applyStatus ScalableApp shop by scalable-app",
      "apply ServiceAccount shop by scalable-app",
      "apply Service shop-web by scalable-app",
      `apply ControllerRevision ${revision} by scalable-app`,
      "apply Deployment shop-web by scalable-app",
      "applyStatus ScalableApp shop by scalable-app",
    ]);
    expect(world.events).toEqual(["RollingOut", "ComponentsStarting"]);
  });

  test("does nothing while a cache does not show a step that stands in the cluster, however long that takes", async () => {
    const world = createWorld();
    world.apply(small);
    await world.once();
    await world.clock.advance(31_000);
    const before = world.client.writes();
    expect(await world.once()).toMatchObject({ kind: "requeue", afterMs: 5000, why: "the cache of scalableapps lags behind" });
    expect(world.client.writes()).toEqual(before);
    await world.catchUp();
    await world.once();
    expect(world.client.writes().length).toBeGreaterThan(before.length);
  });

  test("waits until the caches have seen its own writes, and writes nothing meanwhile", async () => {
    const world = createWorld();
    world.apply(small);
    await world.reconcile();
    const before = world.client.requests.length;
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 500 });
    expect(world.client.requests).toHaveLength(before);
  });

  test("in order makes no request at all", async () => {
    const world = createWorld();
    world.apply(small);
    for (let round = 0; round < 2; round++) {
      await world.reconcile();
      await world.catchUp();
    }
    const before = world.client.requests.length;
    expect(await world.reconcile()).toEqual({ kind: "done" });
    expect(world.client.requests.slice(before)).toEqual([]);
  });

  test("with a Secret is looked at again when the Secret is due", async () => {
    const world = createWorld();
    world.apply({ ...small, envFrom: [{ secretRef: { name: "db" } }] });
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 10_000 });
    expect(world.references.apps("secret/retail/db")).toEqual([key]);
  });
});

describe("a release that replaces a worker", () => {
  const spec = {
    ...small,
    workers: [{ name: "orders", command: ["work"], queue: { bullmq: "orders" } }],
    redis: { queue: { memory: "64Mi" } },
  };
  const write = "mergePatch Pod worker-1 by scalable-app-scale";

  function holdWorker(world: ReturnType<typeof createWorld>, annotations: Readonly<Record<string, string>> = {}): void {
    const labels = { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "worker-orders", "scalableapp.dev/release": "old" };
    const metadata = { name: "worker-1", namespace: "retail", uid: "uid-worker-1", labels, annotations };
    world.pods.hold({ apiVersion: "v1", kind: "Pod", metadata, status: { podIP: "10.0.0.1" } });
  }

  /** The release of the spec is on its way, after another one that a worker still runs. */
  async function givenRollingOut() {
    const world = createWorld();
    world.apply(spec);
    await world.reconcile();
    const status = await world.status();
    const app = await world.client.get(resources.scalableApps, "retail", "shop");
    world.client.put({ ...app!, status: { ...status, release: { ...status.release, stable: "old", phase: "RollingOut" } } });
    await world.catchUp();
    holdWorker(world);
    return world;
  }

  test("asks the queue and writes what ending it costs, once", async () => {
    const world = await givenRollingOut();
    await world.reconcile();
    expect(world.asked.at(-1)).toBe("shop-redis-queue.retail.svc");
    expect(world.client.writes().filter((each) => each === write)).toHaveLength(1);
    holdWorker(world, { "controller.kubernetes.io/pod-deletion-cost": "-10" });
    await world.catchUp();
    await world.reconcile();
    expect(world.client.writes().filter((each) => each === write)).toHaveLength(1);
  });

  test("goes on where the cost cannot be written", async () => {
    const world = await givenRollingOut();
    world.client.fail(write, refusal(403, "Forbidden"));
    expect(await world.reconcile()).toEqual({ kind: "done" });
    expect(world.client.writes()).toContain(write);
  });
});

describe("an app that is gone", () => {
  test.each([
    ["deleted", (world: ReturnType<typeof createWorld>) => world.remove()],
    ["being deleted", (world: ReturnType<typeof createWorld>) => world.apply(small, { deletionTimestamp: "2026-11-27T08:00:00Z" })],
  ])("%s: nothing is written, its references are forgotten, and it is never looked at again", async (_how, end) => {
    const world = createWorld();
    world.apply({ ...small, envFrom: [{ secretRef: { name: "db" } }] });
    await world.reconcile();
    const before = world.client.requests.length;
    end(world);
    expect(await world.reconcile()).toEqual({ kind: "gone" });
    expect(world.client.requests).toHaveLength(before);
    expect(world.references.apps("secret/retail/db")).toEqual([]);
  });
});

describe("an app that cannot be acted on", () => {
  test("invalid: its status names the field, nothing else is written, and only a change brings it back", async () => {
    const world = createWorld();
    world.apply({ image: 7 });
    expect(await world.reconcile()).toMatchObject({ kind: "terminal", why: expect.stringContaining("spec.image") as string });
    expect(world.client.writes()).toEqual(["applyStatus ScalableApp shop by scalable-app"]);
    expect(world.events).toEqual(["InvalidSpec"]);
  });

  test("invalid in the middle of a release: it is held and says so, and nothing is sampled meanwhile", async () => {
    const world = createWorld();
    const release = { stable: "a", candidate: "b", phase: "Canary" as const, strategy: "canary" as const };
    const app = { apiVersion: API_VERSION, kind: KIND, metadata: { name: "shop", namespace: "retail", uid: "uid-1", generation: 2 } };
    world.hold({ ...app, spec: { image: 7 }, status: { release } });
    expect(await world.once()).toMatchObject({ kind: "terminal" });
    const status = await world.status();
    expect(status.release).toEqual(release);
    expect(status.conditions?.find(({ type }) => type === "Ready")?.message).toMatch(/release b stays in phase Canary/u);
    expect(world.unwatched).toEqual([key]);
  });

  test("the status of an app that was deleted meanwhile is not missed", async () => {
    const world = createWorld();
    world.apply({ image: 7 });
    world.client.fail("applyStatus ScalableApp shop by scalable-app", refusal(404, "NotFound"));
    expect(await world.reconcile()).toMatchObject({ kind: "terminal" });
    expect(world.events).toEqual([]);
  });
});

describe("a child that could not be written", () => {
  const failing = "apply Deployment shop-web by scalable-app";
  const reason = (status: ScalableAppStatus) => status.conditions?.find(({ type }) => type === "Ready")?.reason;

  test.each([
    ["a server in trouble", refusal(500, "InternalError"), "ApplyFailed"],
    ["an exhausted quota", refusal(403, "Forbidden", "exceeded quota: objects"), "ApplyFailed"],
  ])("%s: it is told and tried again with backoff", async (_why, error, expected) => {
    const world = createWorld();
    world.apply(small);
    world.client.fail(failing, error);
    await expect(world.reconcile()).rejects.toThrow("Deployment shop-web could not be written");
    expect(reason(await world.status())).toBe(expected);
  });

  test.each([
    ["an admission rule", refusal(403, "Forbidden", "admission webhook denied the request")],
    ["an overlay that makes nonsense", refusal(422, "Invalid")],
  ])("%s: it is told, and looked at again without backoff", async (_why, error) => {
    const world = createWorld();
    world.apply(small);
    world.client.fail(failing, error);
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 30_000 });
    expect(reason(await world.status())).toBe("ApplyRefused");
  });

  test("a write that somebody else forestalled is no trouble: the next look decides", async () => {
    const world = createWorld();
    world.apply(small);
    world.client.fail(failing, refusal(409, "Conflict"));
    expect(await world.reconcile()).toMatchObject({ kind: "requeue" });
    expect(reason(await world.status())).toBe("ComponentsStarting");
  });

  test("a namespace that is being deleted takes nothing more, not even a status", async () => {
    const world = createWorld();
    world.apply(small);
    world.client.fail(
      failing,
      refusal(403, "Forbidden", "unable to create new content in namespace retail because it is being terminated"),
    );
    expect(await world.reconcile()).toEqual({ kind: "done" });
    expect(world.client.writes().at(-1)).toBe(failing);
  });

  test("a name that is taken is looked at again, for no event tells when it is free", async () => {
    const world = createWorld();
    world.apply(small);
    world.client.put({ apiVersion: "v1", kind: "Service", metadata: { name: "shop-web", namespace: "retail" } });
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 30_000 });
    expect(reason(await world.status())).toBe("ObjectNotOurs");
  });
});
