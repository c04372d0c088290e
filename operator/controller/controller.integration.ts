import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { readAuditLog } from "../../e2e/cluster/control-plane/audit.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import type { KubeObject, Resource } from "../kube/object.ts";
import * as resources from "../kube/resources.ts";
import { defaultImages } from "../resources/images.ts";
import { createController, type ControllerLogger } from "./controller.ts";

const run = promisify(execFile);
const userAgent = "controller-integration";
const silent: ControllerLogger = { debug() {}, info() {}, warn() {}, error() {} };
const patience = { timeout: 20_000, interval: 50 };
// The API server is shared: an operator that watched all namespaces would do the work of other tests' operators.
const ownNamespaces = Array.from({ length: 14 }, (_, i) => `controller-${process.pid}-${i + 1}`);
let people: KubeClient;
let operator: Operator;

interface Operator {
  stop(): Promise<void>;
}

/** Runs the real controller in this process; stopping it is as good as ending the process, for it keeps nothing that matters. */
async function startOperator(agent = userAgent): Promise<Operator> {
  const client = createKubeClient({ kubeConfig: inject("kubeconfig"), userAgent: agent });
  const stop = new AbortController();
  const controller = createController({
    client,
    logger: silent,
    registry: new Registry(),
    now: () => Date.now(),
    options: {
      watchNamespaces: ownNamespaces,
      workers: 4,
      secretAccess: "get",
      pgbouncerImage: defaultImages.pgbouncer,
      redisImage: defaultImages.redis,
      resyncSeconds: 600,
    },
  });
  await controller.start(stop.signal);
  const leading = controller.runAsLeader(stop.signal);
  return {
    async stop() {
      stop.abort();
      await leading;
      await client.close();
    },
  };
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);
  return stdout;
}

let used = 0;
async function newNamespace(): Promise<string> {
  const name = ownNamespaces[used++];
  if (name === undefined) throw new Error("raise the number of ownNamespaces");
  await people.create(resources.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

async function applyApp(namespace: string, spec: object, name = "shop"): Promise<void> {
  const object = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata: { name, namespace }, spec };
  await people.apply(resources.scalableApps, object, { fieldManager: "test", force: true });
}

async function secret(namespace: string, name: string): Promise<void> {
  const stringData = { url: "postgres://shop:secret@db/shop" };
  await people.create(resources.secrets, { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
}

async function condition(namespace: string, type: string, name = "shop"): Promise<{ status?: string; reason?: string; message?: string }> {
  const app = await people.get(resources.scalableApps, namespace, name);
  const conditions = ((app?.["status"] ?? {}) as { conditions?: { type: string; status: string; reason: string; message: string }[] })
    .conditions;
  return conditions?.find((each) => each.type === type) ?? {};
}

async function exists(resource: Resource, namespace: string, name: string): Promise<KubeObject> {
  return vi.waitFor(async () => {
    const found = await people.get(resource, namespace, name);
    if (!found) throw new Error(`${resource.kind} ${name} is missing`);
    return found;
  }, patience);
}

async function gone(resource: Resource, namespace: string, name: string): Promise<void> {
  await vi.waitFor(async () => expect(await people.get(resource, namespace, name)).toBeUndefined(), patience);
}

/** Waits until the operator has written nothing for a second, and tells how often it wrote since a byte of the audit log. */
async function writesSince(byte: number, agent = userAgent): Promise<readonly string[]> {
  const seen = async () => (await readAuditLog(inject("auditLog"), byte)).events.filter(isWriteOf(agent)).map(describeWrite);
  let before = await seen();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const now = await seen();
    if (now.length === before.length) return now;
    before = now;
  }
}

function isWriteOf(agent: string) {
  return (event: { userAgent?: string; verb: string; stage: string; objectRef?: { resource?: string } }) =>
    event.userAgent === agent &&
    event.stage === "ResponseComplete" &&
    !["get", "list", "watch"].includes(event.verb) &&
    event.objectRef?.resource !== "events";
}

function describeWrite(event: { verb: string; objectRef?: { resource?: string; subresource?: string; name?: string } }): string {
  const { resource, subresource, name } = event.objectRef ?? {};
  return `${event.verb} ${resource}${subresource ? `/${subresource}` : ""} ${name}`;
}

async function auditEnd(): Promise<number> {
  return (await readAuditLog(inject("auditLog"))).nextByte;
}

async function completeJob(namespace: string, name: string, outcome: "Complete" | "Failed"): Promise<void> {
  // The Job's own controller sets startTime, once and for all, at about the same moment.
  const begun = await vi.waitFor(async () => {
    const { startTime } = ((await people.get(resources.jobs, namespace, name))?.["status"] ?? {}) as { startTime?: string };
    if (startTime === undefined) throw new Error(`Job ${name} has not begun`);
    return startTime;
  }, patience);
  const now = new Date().toISOString().replace(/\.\d+/u, "");
  const before = outcome === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
  const conditions = [before, outcome].map((type) => ({
    type,
    status: "True",
    reason: "Test",
    message: "the test says so",
    lastTransitionTime: now,
    lastProbeTime: now,
  }));
  const done = outcome === "Complete" ? { completionTime: now, succeeded: 1 } : { failed: 1 };
  await people.mergePatch(resources.jobs, namespace, name, {
    patch: { status: { startTime: begun, active: 0, ready: 0, terminating: 0, uncountedTerminatedPods: {}, ...done, conditions } },
    subresource: "status",
  });
}

beforeAll(async () => {
  people = createKubeClient({ kubeConfig: inject("kubeconfig"), userAgent: "people" });
  operator = await startOperator();
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

const minimal = {
  image: "ghcr.io/acme/shop:1.4.2",
  stage: "growth",
  postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 },
};

describe("convergence", () => {
  test("the smallest manifest becomes every child, and then nothing is written any more", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    const web = await exists(resources.deployments, namespace, "shop-web");
    for (const resource of [resources.services, resources.horizontalPodAutoscalers, resources.podDisruptionBudgets])
      await exists(resource, namespace, "shop-web");
    await exists(resources.serviceAccounts, namespace, "shop");
    await exists(resources.configMaps, namespace, "shop-pgbouncer");
    await exists(resources.deployments, namespace, "shop-redis-cache");
    expect(web.metadata.ownerReferences).toMatchObject([{ kind: "ScalableApp", name: "shop", controller: true }]);
    await vi.waitFor(
      async () => expect((await people.get(resources.deployments, namespace, "shop-web"))?.["spec"]).toMatchObject({ replicas: 2 }),
      patience,
    );
    await writesSince(await auditEnd());

    const mark = await auditEnd();
    await kubectl("-n", namespace, "annotate", "scalableapp", "shop", "touched=yes");
    expect(await writesSince(mark)).toEqual([]);
  });

  test("an operator that starts anew finds all in order and writes nothing", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    await exists(resources.horizontalPodAutoscalers, namespace, "shop-web");
    await writesSince(await auditEnd());
    await operator.stop();
    const mark = await auditEnd();
    operator = await startOperator();
    expect(await writesSince(mark)).toEqual([]);
  });

  test("an operator stopped in the middle is finished by the next one", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, minimal);
    await exists(resources.serviceAccounts, namespace, "shop");
    await operator.stop();
    operator = await startOperator();
    await exists(resources.horizontalPodAutoscalers, namespace, "shop-web");
    await vi.waitFor(
      async () => expect((await people.get(resources.deployments, namespace, "shop-web"))?.["spec"]).toMatchObject({ replicas: 2 }),
      patience,
    );
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
      const { ports } = (await people.get(resources.services, namespace, "shop-web"))?.["spec"] as { ports: { port: number }[] };
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
    await applyApp(namespace, { image: "shop:1", workers: [{ name: "orders", replicas: 2 }] });
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
    await writesSince(await auditEnd());
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
    await exists(resources.deployments, namespace, "shop-web");

    await applyApp(namespace, migrating("shop:2"));
    const second = await jobOf(namespace, [first]);
    await completeJob(namespace, second, "Failed");
    await vi.waitFor(
      async () => expect(await condition(namespace, "Ready")).toMatchObject({ status: "False", reason: "MigrationFailed" }),
      patience,
    );
    expect(JSON.stringify(await people.get(resources.deployments, namespace, "shop-web"))).toContain('"image":"shop:1"');

    await kubectl("-n", namespace, "delete", "job", second);
    await jobOf(namespace, [first]);
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
