import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  auditEnd,
  condition,
  connect,
  exists,
  kubectl,
  minimal,
  newNamespace,
  patience,
  people,
  quiesced,
  requestsSince,
  secret,
  startOperator,
  writesSince,
  type Operator,
} from "../testing/live-operator.ts";

let operator: Operator;
// A node that takes this file's pods and nobody else's, for an app whose pods fit nowhere has more to say about itself.
const node = `cost-${randomBytes(3).toString("hex")}`;
const onOwnNode = { scheduling: { tolerations: [{ key: node, operator: "Exists" }] } };
const app = { ...minimal, ...onOwnNode, rollout: { bakeSeconds: 0 } };

beforeAll(async () => {
  connect();
  const capacity = { cpu: "64", memory: "256Gi", pods: "500" };
  await people.create(
    { apiVersion: "v1", kind: "Node", plural: "nodes", namespaced: false },
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: node },
      spec: { taints: [{ key: node, effect: "NoSchedule" }] },
      status: { capacity, allocatable: capacity, conditions: [{ type: "Ready", status: "True", reason: "Test", message: "" }] },
    },
  );
  operator = await startOperator();
});

afterAll(async () => {
  await operator.stop();
  await kubectl("delete", "node", node);
  await people.close();
});

/** Does the kubelet's part, until a release serves all users with all its pods. */
async function becomesReady(namespace: string, image: string): Promise<void> {
  await vi.waitFor(async () => {
    const { items } = await people.list(resources.pods, { namespace });
    const unready = items.filter(
      ({ status, spec }) => (spec as { nodeName?: string }).nodeName !== undefined && (status as { phase: string }).phase === "Pending",
    );
    await Promise.all(unready.map(async (pod) => pretendReady(namespace, pod)));
    const { metadata, status } = await exists(scalableApps, namespace, "shop");
    const { observedGeneration, release } = (status ?? {}) as { observedGeneration?: number; release?: { phase: string } };
    expect([observedGeneration, release?.phase]).toEqual([metadata.generation, "Stable"]);
    expect(await condition(namespace, "Ready")).toMatchObject({ status: "True", reason: "Available" });
    expect(JSON.stringify(await people.get(resources.deployments, namespace, "shop-web"))).toContain(image);
  }, patience);
}

async function pretendReady(namespace: string, pod: KubeObject): Promise<void> {
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  const patch = { status: { phase: "Running", conditions } };
  await people.mergePatch(resources.pods, namespace, pod.metadata.name, { patch, subresource: "status" });
}

interface Cost {
  readonly requests: readonly string[];
  readonly created: number;
  readonly statusWrites: number;
  /** Lost ones are no loss, so they wait for nobody and nobody waits for them. */
  readonly events: number;
}

async function costSince(mark: number): Promise<Cost> {
  await writesSince(mark);
  const all = await requestsSince(mark);
  const requests = all.filter((request) => !request.includes(" events "));
  return {
    requests,
    events: all.length - requests.length,
    created: requests.filter((request) => request.endsWith(" 201")).length,
    statusWrites: requests.filter((request) => request.includes("/status ")).length,
  };
}

describe("what an app costs the API server, by its audit log", () => {
  test("a create, a release, a change of scale, and an operator that starts anew", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await quiesced();
    const costOf = async (spec: typeof app & { env?: object[]; web?: object }, shows: string): Promise<Cost> => {
      const mark = await auditEnd();
      await applyApp(namespace, spec);
      await becomesReady(namespace, shows);
      return costSince(mark);
    };

    const create = await costOf(app, app.image);
    expect(create.created).toBe(9);
    expect(create.statusWrites).toBeLessThanOrEqual(3);
    expect(create.requests.filter((request) => !request.startsWith("patch "))).toEqual(["get secrets shop-db 200"]);
    expect(create.requests.length).toBeLessThanOrEqual(create.created + 3 + 1);

    const release = await costOf({ ...app, image: "ghcr.io/acme/shop:1.4.3" }, "shop:1.4.3");
    expect(release.created).toBe(2);
    expect(release.requests.length).toBeLessThanOrEqual(10);
    expect(release.statusWrites).toBeLessThanOrEqual(3);

    const env = await costOf({ ...app, image: "ghcr.io/acme/shop:1.4.3", env: [{ name: "LEVEL", value: "debug" }] }, "debug");
    // The replica count was handed over by the change before: one request less.
    expect(env.requests.length).toBeLessThanOrEqual(release.requests.length);
    expect(env.statusWrites).toBeLessThanOrEqual(3);

    const mark = await auditEnd();
    await operator.stop();
    operator = await startOperator();
    expect(await writesSince(mark)).toEqual([]);
    const figures = { create, release, env };
    expect(Object.values(figures).map(({ events }) => events <= 4)).toEqual([true, true, true]);
    console.log(
      Object.entries(figures)
        .map(
          ([what, { requests, statusWrites, events }]) =>
            `${what}: ${requests.length} requests, ${statusWrites} of them status, and ${events} events`,
        )
        .join("; "),
    );
  }, 120_000);

  test("a create of an app without Secrets costs its children and three requests", async () => {
    const namespace = await newNamespace();
    const mark = await auditEnd();
    await applyApp(namespace, { image: "shop:1", redis: { cache: {} }, ...onOwnNode });
    await becomesReady(namespace, "shop:1");
    const { requests, created } = await costSince(mark);
    expect(created).toBeGreaterThan(5);
    expect(requests.length).toBeLessThanOrEqual(created + 3);
  });

  test("the number of pods survives the first change after the create, whoever set it", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    const spec = { ...app, web: { autoscaling: { minReplicas: 3, maxReplicas: 8 } } };
    await applyApp(namespace, spec);
    const created = await exists(resources.deployments, namespace, "shop-web");
    expect(created["spec"]).toMatchObject({ replicas: 3 });
    const mark = await auditEnd();
    await kubectl("-n", namespace, "label", "deployment/shop-web", "app.kubernetes.io/managed-by-");
    await vi.waitFor(
      async () =>
        expect((await exists(resources.deployments, namespace, "shop-web")).metadata.labels).toHaveProperty([
          "app.kubernetes.io/managed-by",
        ]),
      patience,
    );
    await writesSince(mark);
    expect(await ownersOfReplicas(namespace)).toEqual(["scalable-app-scale"]);
    expect((await exists(resources.deployments, namespace, "shop-web"))["spec"]).toMatchObject({ replicas: 3 });

    // As an autoscaler does it.
    await kubectl("-n", namespace, "scale", "deployment/shop-web", "--replicas=5");
    await kubectl("-n", namespace, "label", "deployment/shop-web", "app.kubernetes.io/managed-by-");
    await vi.waitFor(
      async () =>
        expect((await exists(resources.deployments, namespace, "shop-web")).metadata.labels).toHaveProperty([
          "app.kubernetes.io/managed-by",
        ]),
      patience,
    );
    expect((await exists(resources.deployments, namespace, "shop-web"))["spec"]).toMatchObject({ replicas: 5 });
    expect(await ownersOfReplicas(namespace)).not.toContain("scalable-app");
  });

  test("an autoscaler that acts before the first change owns the number", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await applyApp(namespace, app);
    await exists(resources.deployments, namespace, "shop-web");
    await kubectl("-n", namespace, "scale", "deployment/shop-web", "--replicas=4");
    await applyApp(namespace, { ...app, image: "ghcr.io/acme/shop:1.4.3" });
    await vi.waitFor(
      async () => expect(JSON.stringify(await exists(resources.deployments, namespace, "shop-web"))).toContain("shop:1.4.3"),
      patience,
    );
    expect((await exists(resources.deployments, namespace, "shop-web"))["spec"]).toMatchObject({ replicas: 4 });
    const owners = await ownersOfReplicas(namespace);
    expect(owners).toContain("kubectl");
    expect(owners).not.toContain("scalable-app");
  });
});

async function ownersOfReplicas(namespace: string): Promise<readonly string[]> {
  const { metadata } = await exists(resources.deployments, namespace, "shop-web");
  const { managedFields } = metadata as { managedFields?: { manager: string; fieldsV1?: { "f:spec"?: object } }[] };
  return (managedFields ?? [])
    .filter(({ fieldsV1 }) => Object.hasOwn(fieldsV1?.["f:spec"] ?? {}, "f:replicas"))
    .map(({ manager }) => manager);
}
