import { describe, expect, test } from "vitest";
import { isConflict } from "../kube/errors.ts";
import type { KubeObject } from "../base/object.ts";
import { services } from "../kube/resources.ts";
import { makePlan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { createWorld, edited, untouched, without } from "../testing/execution-world.ts";
import { refusal } from "../testing/fake-client.ts";
import { owned, snapshotOf } from "../testing/snapshots.ts";
import { digestConfigMap } from "./references.ts";

const small = { web: { replicas: 2 } };
const main = "by scalable-app";
const stored = (spec: object) => `apply ControllerRevision shop-${makePlan(snapshotOf({ ...spec })).desired} ${main}`;
const fresh = [
  `apply ServiceAccount shop ${main}`,
  `apply Service shop-web ${main}`,
  `apply PodDisruptionBudget shop-web ${main}`,
  stored(small),
  `apply Deployment shop-web ${main}`,
];

describe("exactly these writes, and no others", () => {
  const whole = untouched(snapshotOf(small));
  const web = "Deployment/shop-web";
  test.each<[string, Snapshot, readonly string[]]>([
    ["an empty cluster: every child, in the order of its waves", snapshotOf(small), fresh],
    ["all in order: nothing", whole, []],
    ["somebody deleted the Service", without(whole, "Service/shop-web"), [`apply Service shop-web ${main}`]],
    [
      "somebody took our label off",
      edited(whole, web, (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } })),
      [`apply Deployment shop-web ${main}`],
    ],
    [
      "somebody scaled a fixed number by hand: only the number is written",
      edited(whole, web, (object) => ({ ...object, spec: { ...(object["spec"] as object), replicas: 9 } })),
      ["apply Deployment shop-web by scalable-app-scale"],
    ],
    [
      "somebody else's annotation and status are none of our business",
      edited(whole, web, (object) => ({
        ...object,
        metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, note: "x" } },
        status: { replicas: 0 },
      })),
      [],
    ],
    [
      "a worker that is no longer wanted",
      { ...whole, owned: [...whole.owned, owned("Deployment", "shop-worker-old", { apiVersion: "apps/v1" })] },
      ["delete Deployment shop-worker-old"],
    ],
    [
      "a child that is being deleted is left alone until it is gone",
      edited(whole, web, (object) => ({
        ...object,
        spec: {},
        metadata: { ...object.metadata, deletionTimestamp: "2026-11-27T07:00:00Z" },
      })),
      [],
    ],
    [
      "a missing Secret: only what is no pod",
      snapshotOf({ ...small, envFrom: [{ secretRef: { name: "s" } }] }, { references: { "secret/s": { state: "missing" } } }),
      fresh.slice(0, 2),
    ],
    [
      "a migration that has not run: its Job, and no pods",
      snapshotOf({ ...small, migration: { command: ["m"] } }),
      [
        ...fresh.slice(0, 2),
        stored({ ...small, migration: { command: ["m"] } }),
        `apply Job shop-migrate-${makePlan(snapshotOf({ ...small, migration: { command: ["m"] } })).desired} ${main}`,
      ],
    ],
    [
      "suspended while a Secret is missing: the pods keep their release, and go",
      {
        ...whole,
        app: snapshotOf({ ...small, suspend: true, envFrom: [{ secretRef: { name: "s" } }] }).app,
        references: { "secret/s": { state: "missing" } },
      },
      ["apply Deployment shop-web by scalable-app-scale"],
    ],
    [
      "an autoscaler's number above its floor is never written",
      edited(untouched(snapshotOf({ web: { autoscaling: { minReplicas: 2, maxReplicas: 8 } } })), web, (object) => ({
        ...object,
        spec: { ...(object["spec"] as object), replicas: 7 },
      })),
      [],
    ],
  ])("%s", async (_story, snapshot, expected) => {
    const { client, run } = createWorld();
    const outcome = await run(snapshot);
    expect(client.writes()).toEqual(expected);
    expect(outcome.failures).toEqual([]);
    expect(outcome.conflicts).toEqual([]);
  });

  test("every write is remembered, so that the next reconcile waits for the caches", async () => {
    const { noted, run } = createWorld();
    await run({ ...snapshotOf(small), owned: [owned("Service", "old")] });
    expect(noted.toSorted()).toEqual(
      ["deleted Service old", ...fresh.map((write) => `wrote ${write.split(" ").slice(1, 3).join(" ")}`)].toSorted(),
    );
  });
});

describe("names that are taken", () => {
  const foreign: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "shop-web", namespace: "retail", uid: "theirs" } };
  const controller = { apiVersion: "apps/v1", kind: "Deployment", name: "other", uid: "uid-9", controller: true };
  test.each([
    ["nobody's", foreign, "has no controller"],
    ["Helm's", { ...foreign, metadata: { ...foreign.metadata, labels: { "app.kubernetes.io/managed-by": "Helm" } } }, "is managed by Helm"],
    [
      "another controller's",
      { ...foreign, metadata: { ...foreign.metadata, ownerReferences: [controller] } },
      "belongs to Deployment other",
    ],
    [
      "that of an earlier ScalableApp of the same name",
      { ...foreign, metadata: { ...foreign.metadata, ownerReferences: [{ ...controller, kind: "ScalableApp", name: "shop" }] } },
      "belongs to ScalableApp shop",
    ],
  ])("an object that is %s is never written, and its holder is named", async (_whose, object, holder) => {
    const { client, run } = createWorld();
    client.put(object);
    const outcome = await run(snapshotOf(small));
    expect(outcome.conflicts).toEqual([{ kind: "Service", name: "shop-web", role: "web/service", holder }]);
    expect(client.writes()).toEqual(fresh);
    expect((await client.get(services, "retail", "shop-web"))?.metadata).toMatchObject(object.metadata);
    expect(client.requests.filter(({ verb }) => verb === "get").map(({ name }) => name)).toEqual(["shop-web", "shop-web"]);
  });

  test("one of ours that lost its label, so that no cache holds it, is put right", async () => {
    const { client, run } = createWorld();
    client.put(owned("Service", "shop-web"));
    expect((await run(snapshotOf(small))).conflicts).toEqual([]);
    expect(client.writes()).toContain(`apply Service shop-web ${main}`);
  });
});

describe("failures", () => {
  test("a child that fails keeps back what depends on it, and nothing else", async () => {
    const { client, run } = createWorld();
    client.fail(`apply ServiceAccount shop ${main}`, refusal(500, "InternalError"));
    const outcome = await run({ ...snapshotOf(small), owned: [owned("Service", "old")] });
    expect(outcome.failures).toMatchObject([{ kind: "ServiceAccount", name: "shop", role: "service-account" }]);
    expect(client.writes()).toEqual([...fresh.slice(0, 4), "delete Service old"]);
    expect(outcome.heldBack).toEqual([{ kind: "Deployment", name: "shop-web", role: "web/deployment", because: "ServiceAccount/shop" }]);
  });

  const rich = {
    web: { replicas: 2, autoscaling: undefined },
    workers: [{ name: "orders", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 3 } }],
    schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }],
    redis: { cache: {} },
    envFrom: [{ configMapRef: { name: "settings" } }],
  };
  const source: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "retail" }, data: { A: "1" } };
  const references = { "configmap/settings": { state: "found", digest: digestConfigMap(source) } } as const;
  const running = ["CronJob shop-report", "Deployment shop-web", "Deployment shop-worker-orders"];

  test.each<[string, readonly string[]]>([
    ["ServiceAccount shop", running],
    ["ControllerRevision shop-RELEASE", running],
    ["ConfigMap shop-RELEASE-settings", running],
    ["Service shop-redis-cache", running],
    ["Deployment shop-redis-cache", running],
    ["Service shop-web", []],
    ["PodDisruptionBudget shop-web", []],
    ["HorizontalPodAutoscaler shop-worker-orders", []],
    ["CronJob shop-report", []],
    ["Deployment shop-worker-orders", []],
    ["Deployment shop-web", []],
  ])("a refused %s keeps back %j", async (child, expected) => {
    const snapshot = { ...snapshotOf(rich, { references }), owned: [owned("Deployment", "shop-worker-old", { apiVersion: "apps/v1" })] };
    const name = child.replace("RELEASE", makePlan(snapshot).desired);
    const worldOf = () => {
      const world = createWorld();
      world.client.put(source);
      return world;
    };
    const whole = worldOf();
    await whole.run(snapshot);
    const { client, run } = worldOf();
    client.fail(`apply ${name} ${main}`, refusal(422, "Invalid"));
    const outcome = await run(snapshot);
    expect(outcome.failures.map((failure) => `${failure.kind} ${failure.name}`)).toEqual([name]);
    expect(outcome.heldBack.map((held) => `${held.kind} ${held.name}`).toSorted()).toEqual(expected);
    const isHeld = (write: string) =>
      expected.some((each) => write.startsWith(`apply ${each} `)) || write === `apply ${name} by scalable-app-scale`;
    expect(client.writes().toSorted()).toEqual(
      whole.client
        .writes()
        .filter((write) => !isHeld(write))
        .toSorted(),
    );
  });

  test("a refused update of what exists keeps no pods back, for they can run with it", async () => {
    const { client, run } = createWorld();
    const whole = untouched(snapshotOf(small));
    const unlabelled = (object: KubeObject) => ({ ...object, metadata: { ...object.metadata, labels: {} } });
    client.fail(`apply ServiceAccount shop ${main}`, refusal(403, "Forbidden"));
    await run(edited(edited(whole, "ServiceAccount/shop", unlabelled), "Deployment/shop-web", unlabelled));
    expect(client.writes()).toEqual([`apply ServiceAccount shop ${main}`, `apply Deployment shop-web ${main}`]);
  });

  test("a name that is taken counts as missing: pods never read what somebody else has put there", async () => {
    const { client, run } = createWorld();
    client.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "shop", namespace: "retail", uid: "theirs" } });
    expect((await run(snapshotOf(small))).heldBack).toMatchObject([{ name: "shop-web", because: "ServiceAccount/shop" }]);
  });

  test("a Deployment that may not be deleted is scaled to zero, for its pods are not wanted", async () => {
    const { client, run } = createWorld();
    const deployment = owned("Deployment", "shop-worker-old", { apiVersion: "apps/v1", spec: { replicas: 2 } });
    client.fail("delete Deployment shop-worker-old", refusal(403, "Forbidden"));
    const whole = untouched(snapshotOf(small));
    expect((await run({ ...whole, owned: [...whole.owned, deployment] })).failures).toMatchObject([{ name: "shop-worker-old" }]);
    expect(client.writes()).toEqual(["delete Deployment shop-worker-old", "apply Deployment shop-worker-old by scalable-app-scale"]);
    expect(client.requests.at(-1)?.object).toMatchObject({ spec: { replicas: 0 } });
  });

  test("a prune that fails is reported", async () => {
    const { client, run } = createWorld();
    client.fail("delete Service old", refusal(409, "Conflict"));
    expect((await run({ ...snapshotOf(small), owned: [owned("Service", "old")] })).failures).toMatchObject([{ name: "old" }]);
  });

  const scaledByHand = () =>
    edited(untouched(snapshotOf(small)), "Deployment/shop-web", (object) => ({
      ...object,
      spec: { ...(object["spec"] as object), replicas: 9 },
    }));

  test("a number that lost the race against the autoscaler is reported, for the caller to look again", async () => {
    const { client, run } = createWorld();
    client.fail("apply Deployment shop-web by scalable-app-scale", refusal(409, "Conflict"));
    const [failure] = (await run(scaledByHand())).failures;
    expect(isConflict(failure?.error)).toBe(true);
  });

  test("any other failure of the number is one", async () => {
    const { client, run } = createWorld();
    client.fail("apply Deployment shop-web by scalable-app-scale", refusal(403, "Forbidden"));
    expect((await run(scaledByHand())).failures).toMatchObject([{ kind: "Deployment", name: "shop-web" }]);
  });
});
