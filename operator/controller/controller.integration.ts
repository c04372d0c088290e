import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { KubeObject } from "../base/object.ts";
import { scalableApps } from "../api/kind.ts";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  auditEnd,
  becomesStable,
  completeJob,
  condition,
  connect,
  exists,
  expectNoWriteAfter,
  gone,
  kubectl,
  minimal,
  newNamespace,
  patience,
  people,
  quiesced,
  releaseOf,
  secret,
  startOperator,
  touch,
  writesSince,
  type Operator,
} from "../testing/live-operator.ts";

interface Bounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

let operator: Operator;

beforeAll(async () => {
  connect();
  operator = await startOperator();
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

async function restart(): Promise<void> {
  await operator.stop();
  operator = await startOperator();
}

describe("convergence", () => {
  test("the smallest manifest becomes every child, and then nothing is written any more", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    const web = await exists(resources.deployments, namespace, "shop-web");
    for (const resource of [resources.services, resources.horizontalPodAutoscalers, resources.podDisruptionBudgets])
      await exists(resource, namespace, "shop-web");
    await exists(resources.serviceAccounts, namespace, "shop");
    const release = await releaseOf(namespace);
    const pooler = await exists(resources.configMaps, namespace, `shop-pgbouncer-${release}`);
    expect(pooler).toMatchObject({ immutable: true, metadata: { labels: { "scalableapp.dev/release": release } } });
    await exists(resources.deployments, namespace, "shop-redis-cache");
    expect(web.metadata.ownerReferences).toMatchObject([{ kind: "ScalableApp", name: "shop", controller: true }]);
    await vi.waitFor(
      async () => expect((await people.get(resources.deployments, namespace, "shop-web"))?.["spec"]).toMatchObject({ replicas: 2 }),
      patience,
    );
    await expectNoWriteAfter(() => touch(namespace));
  });

  test("kubectl waits for an app that no operator has seen", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await operator.stop();
    await applyApp(namespace, minimal);
    const wait = (what: string, seconds: number) => kubectl("-n", namespace, "wait", `--for=${what}`, "sapp/shop", `--timeout=${seconds}s`);
    await expect(wait("condition=Ready", 1)).rejects.toThrow("timed out waiting for the condition");
    expect((await people.get(scalableApps, namespace, "shop"))?.["status"]).toEqual({ observedGeneration: -1 });
    const seen = wait("jsonpath={.status.observedGeneration}=1", 60);
    operator = await startOperator();
    expect(await seen).toContain("condition met");
    expect(await wait("condition=Ready=false", 60)).toContain("condition met");
  });

  test("an operator that starts anew finds all in order and writes nothing", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    await exists(resources.horizontalPodAutoscalers, namespace, "shop-web");
    await expectNoWriteAfter(restart);
    await becomesStable(namespace);
    await quiesced();
    const mark = await auditEnd();
    await restart();
    expect(await writesSince(mark)).toEqual([]);
  });

  test("an operator stopped in the middle is finished by the next one", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    await exists(resources.serviceAccounts, namespace, "shop");
    await restart();
    await exists(resources.horizontalPodAutoscalers, namespace, "shop-web");
    await vi.waitFor(
      async () => expect((await people.get(resources.deployments, namespace, "shop-web"))?.["spec"]).toMatchObject({ replicas: 2 }),
      patience,
    );
  });
});

describe("time", () => {
  test("a window in the calendar moves the bounds of the autoscaler when it opens and when it ends", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19);
    const sale = { name: "sale", start: inSeconds(5), end: inSeconds(9), leadSeconds: 0, minReplicas: 3, maxReplicas: 9 };
    const spec = { ...minimal, web: { autoscaling: { minReplicas: 2, maxReplicas: 4, schedules: [sale] } } };
    const bounds = async () => {
      const { spec: scaler } = (await exists(resources.horizontalPodAutoscalers, namespace, "shop-web")) as unknown as { spec: Bounds };
      return `${scaler.minReplicas} to ${scaler.maxReplicas}`;
    };
    await applyApp(namespace, spec);
    expect(await bounds()).toBe("2 to 4");
    await vi.waitFor(async () => expect(await bounds()).toBe("3 to 9"), patience);
    await vi.waitFor(async () => {
      const status = (await people.get(scalableApps, namespace, "shop"))?.["status"];
      expect(status).toMatchObject({ scaling: { floor: 3, ceiling: 9, reason: expect.stringContaining("schedules[sale] until") } });
    }, patience);
    await vi.waitFor(async () => expect(await bounds()).toBe("2 to 4"), patience);
  });
});

describe("drift", () => {
  test("a deleted child comes back, an edited one is put right, and an autoscaler's replica count is respected", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    const service = await exists(resources.services, namespace, "shop-web");
    await exists(resources.horizontalPodAutoscalers, namespace, "shop-web");

    await people.delete(resources.services, namespace, "shop-web", { uid: service.metadata.uid ?? "" });
    await vi.waitFor(async () => {
      const again = await people.get(resources.services, namespace, "shop-web");
      expect(again?.metadata.uid).toBeDefined();
      expect(again?.metadata.uid).not.toBe(service.metadata.uid);
    }, patience);

    const wrongPort = '[{"op":"replace","path":"/spec/ports/0/port","value":81}]';
    await kubectl("-n", namespace, "patch", "service", "shop-web", "--type=json", `--patch=${wrongPort}`);
    await vi.waitFor(async () => {
      const { ports } = (await exists(resources.services, namespace, "shop-web"))["spec"] as { ports: { port: number }[] };
      expect(ports.map(({ port }) => port)).toEqual([80]);
    }, patience);

    await kubectl("-n", namespace, "set", "image", "deployment/shop-web", "app=evil:1");
    await vi.waitFor(
      async () => expect(JSON.stringify(await people.get(resources.deployments, namespace, "shop-web"))).toContain("acme/shop:1.4.2"),
      patience,
    );
    expect(JSON.stringify((await people.get(resources.deployments, namespace, "shop-web"))?.["spec"])).not.toContain("evil:1");

    await kubectl("-n", namespace, "scale", "deployment/shop-web", "--replicas=4");
    await kubectl("-n", namespace, "label", "deployment/shop-web", "app.kubernetes.io/managed-by-");
    await vi.waitFor(async () => {
      const web = await people.get(resources.deployments, namespace, "shop-web");
      expect(web?.metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "scalable-app" });
      expect(web?.["spec"]).toMatchObject({ replicas: 4 });
    }, patience);
  });

  test("a child that the spec no longer wants is pruned", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, {
      image: "shop:1",
      rollout: { bakeSeconds: 0 },
      workers: [{ name: "orders", command: ["work"], replicas: 2 }],
    });
    await exists(resources.deployments, namespace, "shop-worker-orders");
    await exists(resources.podDisruptionBudgets, namespace, "shop-worker-orders");
    await applyApp(namespace, { image: "shop:1", workers: [] });
    await gone(resources.deployments, namespace, "shop-worker-orders");
    await gone(resources.podDisruptionBudgets, namespace, "shop-worker-orders");
    await exists(resources.deployments, namespace, "shop-web");
  });
});

describe("conflict", () => {
  test("an object of the same name that is not ours is never touched, and the condition names it", async () => {
    const namespace = await newNamespace();
    const foreign = await people.create(resources.services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop-web", namespace },
      spec: { ports: [{ port: 1234 }], selector: { other: "app" } },
    });
    await applyApp(namespace, { image: "shop:1" });
    await vi.waitFor(
      async () => expect(await condition(namespace, "NameConflict")).toMatchObject({ status: "True", reason: "ObjectNotOurs" }),
      patience,
    );
    expect((await condition(namespace, "Ready")).message).toContain("Service shop-web");
    expect((await people.get(resources.services, namespace, "shop-web"))?.metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
    await exists(resources.deployments, namespace, "shop-web");
  });
});

describe("references", () => {
  test("a missing Secret holds the pods back and says so; creating it lets them start", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, minimal);
    await vi.waitFor(async () => {
      expect(await condition(namespace, "ReferencesFound")).toMatchObject({ status: "False", reason: "ReferenceMissing" });
    }, patience);
    expect((await condition(namespace, "Ready")).message).toContain("Secret shop-db in namespace");
    expect(await people.get(resources.deployments, namespace, "shop-web")).toBeUndefined();
    await secret(namespace, "shop-db");
    await exists(resources.deployments, namespace, "shop-web");
    await vi.waitFor(async () => expect(await condition(namespace, "ReferencesFound")).toMatchObject({ status: "True" }), patience);
  });

  test("a changed ConfigMap is a new release; a new label on it is not", async () => {
    const namespace = await newNamespace();
    const config = (data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shop", namespace }, data });
    await people.apply(resources.configMaps, config({ LEVEL: "info" }), { fieldManager: "test" });
    await applyApp(namespace, { image: "shop:1", envFrom: [{ configMapRef: { name: "shop" } }] });
    const release = async () =>
      ((await exists(resources.deployments, namespace, "shop-web"))["spec"] as { template: KubeObject }).template.metadata.labels?.[
        "scalableapp.dev/release"
      ];
    const first = await release();
    await kubectl("-n", namespace, "label", "configmap", "shop", "team=a");
    await quiesced();
    expect(await release()).toBe(first);
    await people.apply(resources.configMaps, config({ LEVEL: "debug" }), { fieldManager: "test" });
    await vi.waitFor(async () => expect(await release()).not.toBe(first), patience);
  });
});

describe("migration", () => {
  const migrating = (image: string) => ({ image, migration: { command: ["migrate"] } });
  async function jobOf(namespace: string, besides: readonly string[] = []): Promise<string> {
    return vi.waitFor(async () => {
      const { items } = await people.list(resources.jobs, { namespace });
      const [job] = items.map(({ metadata }) => metadata.name).filter((name) => !besides.includes(name));
      if (!job) throw new Error("no migration Job yet");
      return job;
    }, patience);
  }

  test("pods of a release wait for its migration, and a failed one leaves the running release alone", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, migrating("shop:1"));
    const first = await jobOf(namespace);
    await vi.waitFor(
      async () => expect(await condition(namespace, "Migrated")).toMatchObject({ status: "False", reason: "MigrationRunning" }),
      patience,
    );
    expect(await people.get(resources.deployments, namespace, "shop-web")).toBeUndefined();
    await completeJob(namespace, first, "Complete");
    await becomesStable(namespace);

    await applyApp(namespace, migrating("shop:2"));
    const second = await jobOf(namespace, [first]);
    const failed = (await exists(resources.jobs, namespace, second)).metadata.uid;
    await completeJob(namespace, second, "Failed");
    await vi.waitFor(
      async () => expect(await condition(namespace, "Ready")).toMatchObject({ status: "False", reason: "ReleaseQuarantined" }),
      patience,
    );
    expect(JSON.stringify(await people.get(resources.deployments, namespace, "shop-web"))).toContain('"image":"shop:1"');

    await kubectl("-n", namespace, "annotate", "scalableapp", "shop", "scalableapp.dev/retry=again");
    const again = async () => (await people.get(resources.jobs, namespace, second))?.metadata.uid;
    await vi.waitFor(async () => {
      expect(await again()).toBeDefined();
      expect(await again()).not.toBe(failed);
    }, patience);
    await applyApp(namespace, migrating("shop:1"));
    await vi.waitFor(async () => expect(await condition(namespace, "Migrated")).toMatchObject({ status: "True" }), patience);
  });
});

describe("invalid input", () => {
  test("what the API server cannot judge becomes a condition that names the field, and nothing is created", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, {
      image: "shop:1",
      schedules: [{ name: "nightly", cron: "0 3 31 2 *", timeZone: "Mars/Olympus", command: ["x"] }],
    });
    await vi.waitFor(
      async () => expect(await condition(namespace, "Valid")).toMatchObject({ status: "False", reason: "InvalidSpec" }),
      patience,
    );
    expect((await condition(namespace, "Ready")).message).toContain("spec.schedules[0]");
    expect(await people.get(resources.deployments, namespace, "shop-web")).toBeUndefined();
  });

  test("a field without effect is reported, never silently ignored", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, { image: "shop:1", slos: [{ name: "availability", objectivePercent: 99.9, windowDays: 30 }] });
    await vi.waitFor(async () => expect(await condition(namespace, "NotImplemented")).toMatchObject({ status: "True" }), patience);
    expect((await condition(namespace, "NotImplemented")).message).toContain("spec.slos");
  });
});

describe("deletion", () => {
  test("deleting the app removes its children", async () => {
    const namespace = await newNamespace();
    await applyApp(namespace, { image: "shop:1" });
    await exists(resources.deployments, namespace, "shop-web");
    await kubectl("-n", namespace, "delete", "scalableapp", "shop", "--wait=false");
    await gone(resources.deployments, namespace, "shop-web");
    await gone(resources.services, namespace, "shop-web");
    await gone(resources.serviceAccounts, namespace, "shop");
  });
});
