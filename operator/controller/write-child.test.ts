import { describe, expect, test } from "vitest";
import { CREATED_REPLICAS_ANNOTATION, QUIESCED_REPLICAS_ANNOTATION } from "../api/labels.ts";
import type { KubeObject } from "../base/object.ts";
import { createWorld, edited, untouched } from "../testing/execution-world.ts";
import { refusal } from "../testing/fake-client.ts";
import { owned, snapshotOf } from "../testing/snapshots.ts";

const small = { web: { replicas: 2 } };
const main = "by scalable-app";

describe("how it is written", () => {
  test("a new child: one request that can only create, with its replicas in it, and nothing is asked", async () => {
    const { client, run } = createWorld();
    await run(snapshotOf(small));
    expect(client.requests.map(({ verb, object }) => [verb, object?.metadata.resourceVersion])).toEqual(
      Array.from({ length: 5 }, () => ["apply", "1"]),
    );
    const web = client.requests.find(({ resource }) => resource === "Deployment");
    expect(web?.object).toMatchObject({
      metadata: { annotations: { "scalableapp.dev/created-with-replicas": "2" } },
      spec: { replicas: 2 },
    });
  });

  /** The Deployment as our create left it, but with another label than is intended now. */
  const createdAndChanged = (replicas: number) =>
    edited(untouched(snapshotOf({ web: { autoscaling: { minReplicas: 2, maxReplicas: 8 } } })), "Deployment/shop-web", (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: {},
        annotations: { ...object.metadata.annotations, [CREATED_REPLICAS_ANNOTATION]: "2" },
      },
      spec: { ...(object["spec"] as object), replicas },
    }));

  test("the first change after the create hands the number over to the second manager, without force, before it is dropped", async () => {
    const { client, run } = createWorld();
    await run(createdAndChanged(2));
    expect(client.writes()).toEqual(["apply Deployment shop-web by scalable-app-scale", `apply Deployment shop-web ${main}`]);
    const [handedOver, changed] = client.requests.filter(({ verb }) => verb === "apply");
    expect(handedOver).toMatchObject({ object: { spec: { replicas: 2 } }, options: { force: false } });
    expect(Object.keys(handedOver?.object?.["spec"] as object)).toEqual(["replicas"]);
    expect(changed?.object?.["spec"]).not.toHaveProperty("replicas");
    expect(changed?.object?.metadata.annotations).not.toHaveProperty(CREATED_REPLICAS_ANNOTATION);
  });

  test("an autoscaler that has set another number owns it already: that is no failure", async () => {
    const { client, run } = createWorld();
    client.fail("apply Deployment shop-web by scalable-app-scale", refusal(409, "Conflict"));
    expect((await run(createdAndChanged(5))).failures).toEqual([]);
    expect(client.writes()).toContain(`apply Deployment shop-web ${main}`);
  });

  test("what cannot be handed over is not dropped", async () => {
    const { client, run } = createWorld();
    client.fail("apply Deployment shop-web by scalable-app-scale", refusal(500, "InternalError"));
    expect((await run(createdAndChanged(2))).failures).toMatchObject([{ name: "shop-web" }]);
    expect(client.writes()).not.toContain(`apply Deployment shop-web ${main}`);
  });

  test("replicas of an existing Deployment: by the second manager, alone", async () => {
    const { client, run } = createWorld();
    const whole = untouched(snapshotOf(small));
    await run(edited(whole, "Deployment/shop-web", (object) => ({ ...object, spec: { ...(object["spec"] as object), replicas: 9 } })));
    expect(client.requests.filter(({ verb }) => verb === "apply").map(({ object }) => object)).toEqual([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "shop-web", namespace: "retail", uid: "uid-Deployment-shop-web", resourceVersion: expect.any(String) as string },
        spec: { replicas: 2 },
      },
    ]);
  });

  test("replicas of a Deployment that an autoscaler may know: on the version that was seen, so that the quicker one wins", async () => {
    const { client, run } = createWorld();
    const whole = untouched(snapshotOf({ web: { autoscaling: { minReplicas: 3, maxReplicas: 8 } } }));
    await run(edited(whole, "Deployment/shop-web", (object) => ({ ...object, spec: { ...(object["spec"] as object), replicas: 0 } })));
    // The fake counts versions from 101, in the order in which objects are put there.
    const seen = 101 + whole.owned.findIndex(({ kind }) => kind === "Deployment");
    expect(client.requests.filter(({ verb }) => verb === "apply").map(({ object }) => object)).toMatchObject([
      { metadata: { name: "shop-web", resourceVersion: String(seen) }, spec: { replicas: 3 } },
    ]);
  });

  test("a worker that rests for a migration remembers its number, in the same write", async () => {
    const { client, run } = createWorld();
    const workers = [{ name: "orders", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 8 } }];
    const before = untouched(snapshotOf({ workers, migration: { command: ["migrate"], quiesce: true } }));
    const at = (replicas: number) => (object: KubeObject) => ({ ...object, spec: { ...(object["spec"] as object), replicas } });
    const scaled = edited(before, "Deployment/shop-worker-orders", at(6));
    const next = snapshotOf({ image: "ghcr.io/acme/shop:2", workers, migration: { command: ["migrate"], quiesce: true } });
    await run({ ...next, owned: scaled.owned, status: scaled.status });
    expect(client.requests.filter(({ options }) => JSON.stringify(options).includes("scale")).map(({ object }) => object)).toMatchObject([
      { metadata: { name: "shop-worker-orders", annotations: { [QUIESCED_REPLICAS_ANNOTATION]: "6" } }, spec: { replicas: 0 } },
    ]);
    expect(client.requests.filter(({ resource }) => resource === "Job")).toEqual([]);
  });

  test("a delete names the uid of the object that was seen", async () => {
    const { client, run } = createWorld();
    await run({ ...untouched(snapshotOf(small)), owned: [...untouched(snapshotOf(small)).owned, owned("Service", "old")] });
    expect(client.requests.find(({ verb }) => verb === "delete")?.options).toMatchObject({ uid: "uid-Service-old" });
  });

  test("a delete of a stored release names the version too, which changes where the release comes into use again", async () => {
    const { client, run } = createWorld();
    const rolledOut = untouched(snapshotOf({ ...small, rollout: { revisionHistory: 1 } }));
    const old = [1, 2, 3].map((revision) =>
      owned("ControllerRevision", `shop-old${revision}`, {
        apiVersion: "apps/v1",
        revision: -revision,
        data: { release: `old${revision}`, children: [] },
        metadata: { labels: { "scalableapp.dev/release": `old${revision}` }, resourceVersion: `1${revision}` },
      }),
    );
    await run({ ...rolledOut, owned: [...rolledOut.owned, ...old] });
    const deleted = client.requests.filter(({ verb }) => verb === "delete").map(({ name, options }) => ({ name, options }));
    expect(deleted).toMatchObject([1, 2, 3].map((number) => ({ name: `shop-old${number}`, options: { resourceVersion: `1${number}` } })));
  });

  test("an object whose uid is unknown is not deleted at all", async () => {
    const { client, run } = createWorld();
    const { uid: _uid, ...metadata } = owned("Service", "old").metadata;
    const { owned: objects } = untouched(snapshotOf(small));
    await run({ ...snapshotOf(small), owned: [...objects, { ...owned("Service", "old"), metadata }] });
    expect(client.writes()).toEqual([]);
  });
});

describe("a claim, which has no owner", () => {
  const name = "shop-volume-uploads";
  const snapshot = snapshotOf({ volumes: [{ name: "uploads", storage: "1Gi", path: "/uploads" }] });
  const labels = { "app.kubernetes.io/managed-by": "scalable-app", "scalableapp.dev/app": "shop" };
  const stored = (given: Readonly<Record<string, string>>): KubeObject => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "retail", labels: given },
  });

  test("that the app left behind is used as it stands, though the cache does not show it yet", async () => {
    const { client, run } = createWorld();
    client.put(stored(labels));
    const { conflicts, failures } = await run(snapshot);
    expect([conflicts, failures]).toEqual([[], []]);
    expect(client.requests.filter(({ resource }) => resource === "PersistentVolumeClaim").map(({ verb }) => verb)).toEqual([
      "apply",
      "get",
    ]);
  });

  test.each([
    ["somebody else", {}],
    ["another app", { ...labels, "scalableapp.dev/app": "other" }],
    ["another tool", { ...labels, "app.kubernetes.io/managed-by": "Helm" }],
  ])("of %s is left alone, and pods that mount it are held back", async (_whose, given) => {
    const { client, run } = createWorld();
    client.put(stored(given));
    const { conflicts, heldBack } = await run(snapshot);
    expect(conflicts).toMatchObject([{ kind: "PersistentVolumeClaim", name }]);
    expect(heldBack).toMatchObject([{ name: "shop-web" }]);
  });
});
