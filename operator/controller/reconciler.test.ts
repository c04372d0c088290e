import type { ProbeAnswer } from "../plan/observe/probe-answers.ts";
import { describe, expect, test } from "vitest";
import { refusal } from "../testing/fake-client.ts";
import { API_VERSION, KIND, scalableApps } from "../api/kind.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import { createWorld, key } from "../testing/reconciler-world.ts";

const small = { image: "shop:1" };

describe("a valid app", () => {
  test("its first step is written down with its status before anything is applied, its events are reported, and no second write is needed", async () => {
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
    ]);
    expect(world.events.toSorted()).toEqual(["RollingOut"]);
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
      // Pods that come and go are written down ten seconds later at the soonest.
      await world.clock.advance(10_000);
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
    workers: [
      { name: "orders", command: ["work"], queue: { bullmq: "orders" } },
      { name: "mails", command: ["work"], busy: {} },
    ],
    redis: { queue: { memory: "64Mi" } },
  };
  const write = "mergePatch Pod worker-1 by scalable-app-scale";

  function holdWorker(world: ReturnType<typeof createWorld>, annotations: Readonly<Record<string, string>> = {}, at = 1): void {
    const component = at === 1 ? "worker-orders" : "worker-mails";
    const labels = { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": component, "scalableapp.dev/release": "old" };
    const metadata = { name: `worker-${at}`, namespace: "retail", uid: `uid-worker-${at}`, labels, annotations };
    world.pods.hold({ apiVersion: "v1", kind: "Pod", metadata, status: { podIP: `10.0.0.${at}` } });
  }

  /** The release of the spec is on its way, after another one that a worker still runs. */
  async function givenRollingOut() {
    const world = createWorld();
    world.apply(spec);
    await world.reconcile();
    const status = await world.status();
    const app = await world.client.get(scalableApps, "retail", "shop");
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

  test("asks the gauges of workers whose queue does not know, and writes what they say", async () => {
    const world = await givenRollingOut();
    holdWorker(world, {}, 2);
    await world.reconcile();
    expect(world.gauged.at(-1)).toBe("worker-mails");
    expect(world.client.writes()).toContain("mergePatch Pod worker-2 by scalable-app-scale");
  });

  test("goes on where the cost cannot be written", async () => {
    const world = await givenRollingOut();
    world.client.fail(write, refusal(403, "Forbidden"));
    await world.clock.advance(10_000);
    expect(await world.reconcile()).toEqual({ kind: "done" });
    expect(world.client.writes()).toContain(write);
  });
});

describe("a first release without a ready pod", () => {
  async function givenUnreadyPod() {
    const world = createWorld();
    world.apply({ ...small, postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, pooler: { mode: "sidecar" } } });
    world.client.put({ apiVersion: "v1", kind: "Secret", metadata: { name: "shop-db", namespace: "retail" } });
    await world.reconcile();
    await world.catchUp();
    const release = (await world.status()).release!.candidate!;
    const labels = { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "web", "scalableapp.dev/release": release };
    const running = (name: string) => ({ name, started: true, state: { running: { startedAt: "2026-11-27T07:59:00Z" } } });
    const status = { podIP: "10.0.0.9", initContainerStatuses: [running("pgbouncer")], containerStatuses: [running("app")] };
    const metadata = { name: "web-1", namespace: "retail", uid: "uid-web-1", labels, creationTimestamp: "2026-11-27T07:59:00Z" };
    world.pods.hold({ apiVersion: "v1", kind: "Pod", metadata, status });
    return world;
  }

  test.each([
    ["what it answers", {}, "ProbeFailed", "readiness answers 404 at /api/health/ready: set web.health.ready"],
    [
      "what its pooler says, where that is to blame",
      { outcome: 503, error: "FATAL password authentication failed" },
      "DatabaseConnectionFailed",
      "correct the user and the password in key url of Secret shop-db (postgres.urlFrom)",
    ],
    [
      "what its kubelet records, where the pod does not answer the operator",
      { outcome: { failure: "timed out" }, event: "Readiness probe failed: HTTP probe failed with statuscode: 404" },
      "ProbeFailed",
      "readiness answers 404 at /api/health/ready: set web.health.ready",
    ],
  ])(
    "every condition and its component say %s",
    async (_what, { outcome, error, event }: { outcome?: ProbeAnswer["outcome"]; error?: string; event?: string }, reason, message) => {
      const world = await givenUnreadyPod();
      if (outcome !== undefined) world.probeAnswer.outcome = outcome;
      if (error !== undefined) world.poolerErrors["web-1"] = error;
      if (event !== undefined)
        world.podEvents["uid-web-1"] = [{ reason: "Unhealthy", container: undefined, message: event, at: "2026-11-27T08:00:00Z" }];
      await world.reconcile();
      expect([world.probed, world.logged]).toEqual([expect.arrayContaining(["web-1"]), expect.arrayContaining(["web-1"])]);
      expect(world.looked).toContain("uid-web-1");
      const { conditions = [], components = [] } = await world.status();
      const about = ["Ready", "Progressing", "Degraded", "Reconciling"].map((type) => conditions.find((each) => each.type === type));
      for (const condition of about) expect(condition).toMatchObject({ reason, message: expect.stringContaining(message) as string });
      expect(components.find(({ name }) => name === "web")?.message).toContain(message);
    },
  );
});

test("a candidate without a ready pod: its pod is asked why, and the release says it", async () => {
  const world = createWorld();
  world.apply({ ...small, rollout: { strategy: "canary" } });
  await world.reconcile();
  const status = await world.status();
  const app = await world.client.get(scalableApps, "retail", "shop");
  const candidate = status.release!.stable ?? status.release!.candidate!;
  world.client.put({ ...app!, status: { ...status, release: { ...status.release!, stable: "old", candidate, phase: "RollingOut" } } });
  await world.catchUp();
  const labels = {
    "scalableapp.dev/app": "shop",
    "app.kubernetes.io/component": "web",
    "scalableapp.dev/release": candidate,
    "scalableapp.dev/track": "stable",
  };
  const containerStatuses = [{ name: "app", started: true, state: { running: { startedAt: "2026-11-27T07:59:00Z" } } }];
  const metadata = { name: "web-1", namespace: "retail", uid: "uid-web-1", labels };
  world.pods.hold({ apiVersion: "v1", kind: "Pod", metadata, status: { podIP: "10.0.0.9", containerStatuses } });
  await world.reconcile();
  expect(world.probed).toContain("web-1");
  expect((await world.status()).release?.message).toContain("readiness answers 404 at /api/health/ready: set web.health.ready");
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

test("fields of a newer CRD than this operator keep nothing back: they are named, without an alarm, and start no release", async () => {
  const world = createWorld();
  world.apply({ ...small, turbo: true, web: { replicas: 1, turbo: { level: 11 } } });
  expect(await world.reconcile()).toEqual({ kind: "done" });
  const { conditions, release } = await world.status();
  expect(conditions?.find(({ type }) => type === "Valid")).toMatchObject({ status: "True" });
  expect(conditions?.find(({ type }) => type === "UnknownFields")).toMatchObject({ status: "True", reason: "FieldsUnknown" });
  expect(conditions?.find(({ type }) => type === "UnknownFields")?.message).toContain("spec.turbo, spec.web.turbo");
  const plain = createWorld();
  plain.apply({ ...small, web: { replicas: 1 } });
  await plain.reconcile();
  expect((await plain.status()).release?.candidate).toBe(release?.candidate);
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

  test.each([["a server in trouble", refusal(500, "InternalError"), "ApplyFailed"]])(
    "%s: it is reported and tried again with backoff",
    async (_why, error, expected) => {
      const world = createWorld();
      world.apply(small);
      world.client.fail(failing, error);
      await expect(world.reconcile()).rejects.toThrow("Deployment shop-web could not be written");
      expect(reason(await world.status())).toBe(expected);
    },
  );

  test.each([
    ["an admission rule", refusal(403, "Forbidden", "admission webhook denied the request"), "ApplyRefused"],
    ["an overlay that makes nonsense", refusal(422, "Invalid"), "ApplyRefused"],
    ["an exhausted quota", refusal(403, "Forbidden", "exceeded quota: objects"), "QuotaExceeded"],
    ["an object that is too large", refusal(413, "RequestEntityTooLarge"), "ApplyRefused"],
  ])("%s: it is reported, and looked at again without backoff", async (_why, error, expected) => {
    const world = createWorld();
    world.apply(small);
    world.client.fail(failing, error);
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 30_000 });
    expect(reason(await world.status())).toBe(expected);
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

  test("a name that is taken is looked at again, for no event says when it is free", async () => {
    const world = createWorld();
    world.apply(small);
    world.client.put({ apiVersion: "v1", kind: "Service", metadata: { name: "shop-web", namespace: "retail" } });
    expect(await world.reconcile()).toMatchObject({ kind: "requeue", afterMs: 30_000 });
    expect(reason(await world.status())).toBe("ObjectNotOurs");
  });
});
