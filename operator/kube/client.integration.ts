import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyIfChanged, reasonToApply } from "./apply.ts";
import type { KubeClient } from "./client.ts";
import { createKubeClient } from "./client.ts";
import { isConflict, isForbidden, isInvalid, isNamespaceTerminating, KubeError } from "./errors.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import { createRecorder } from "./recorder.ts";
import * as resources from "./resources.ts";
import { configMaps, deployments, events, horizontalPodAutoscalers, namespaces, secrets } from "./resources.ts";
import { manifestsOfEveryKind } from "./testing/manifests.ts";
import { createNamespace } from "./testing/namespace.ts";

const HASH = "scalableapp.dev/applied";
let client: KubeClient;
let namespace: string;
let requests = 0;

beforeAll(async () => {
  client = createKubeClient({ userAgent: "kube-integration", observe: () => (requests += 1) });
  namespace = await createNamespace(client, "client");
});
afterAll(() => client.close());

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

async function put(resource: Resource, intended: KubeObject, live?: KubeObject): Promise<{ action: string; object: KubeObject }> {
  const request = { resource, intended, live, fieldManager: "scalable-app", hashAnnotation: HASH };
  const { change, object } = await applyIfChanged(client, request);
  return { action: change.action, object };
}

async function failureOf(call: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof KubeError) return error;
  throw new Error("the call did not fail with a KubeError", { cause: error });
}

describe("apply", () => {
  test("creates, does nothing, repairs drift, drops a dropped field, keeps what others added", async () => {
    const intended = configMap("drift", { a: "1", b: "2" });
    const first = await put(configMaps, intended);
    expect(first.action).toBe("created");
    const before = requests;
    expect((await put(configMaps, intended, first.object)).action).toBe("unchanged");
    expect(requests).toBe(before);
    const drifted = await client.mergePatch(configMaps, namespace, "drift", {
      patch: { data: { a: "edited", c: "theirs" } },
      fieldManager: "kubectl",
    });
    const repaired = await put(configMaps, intended, drifted);
    expect([repaired.action, repaired.object["data"]]).toEqual(["configured", { a: "1", b: "2", c: "theirs" }]);
    const dropped = await put(configMaps, configMap("drift", { a: "1" }), repaired.object);
    expect([dropped.action, dropped.object["data"]]).toEqual(["configured", { a: "1", c: "theirs" }]);
  });

  test.each(manifestsOfEveryKind("x").map((object) => [object.kind, object] as const))(
    "a %s as stored, with every default filled in, needs no second write",
    async (_kind, template) => {
      const intended = { ...template, metadata: { ...template.metadata, namespace } };
      const resource = resources.resourceOf(intended);
      if (resource === undefined) throw new Error(`unknown kind ${intended.kind}`);
      const { object } = await put(resource, intended);
      expect(reasonToApply({ intended, live: object, hashAnnotation: HASH })).toBeUndefined();
    },
  );

  test("a replaced pod template of a Job is refused without quoting it", async () => {
    const job = manifestsOfEveryKind("immutable").find((object) => object.kind === "Job");
    if (job === undefined) throw new Error("no Job");
    const intended = { ...job, metadata: { ...job.metadata, namespace } };
    await put(resources.jobs, intended);
    const container = { name: "app", image: "x:2", env: [{ name: "PASSWORD", value: "canary-value" }] };
    const spec = { template: { spec: { restartPolicy: "Never", containers: [container] } } };
    const error = await failureOf(client.apply(resources.jobs, { ...intended, spec }, { fieldManager: "scalable-app" }));
    expect(isInvalid(error)).toBe(true);
    expect(error.message).toContain("field is immutable");
    expect(JSON.stringify([error.message, error.causes])).not.toContain("canary-value");
  });

  test("two field managers share an object: the scale writer owns replicas", async () => {
    const [template] = manifestsOfEveryKind("shared").filter((object) => object.kind === "Deployment");
    if (template === undefined) throw new Error("no Deployment");
    const intended = { ...template, metadata: { ...template.metadata, namespace } };
    await put(deployments, intended);
    const scale = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: intended.metadata.name },
      spec: { replicas: 3 },
    };
    await client.apply(deployments, scale, { fieldManager: "scalable-app-scale" });
    const after = await client.apply(deployments, intended, { fieldManager: "scalable-app" });
    expect(after["spec"]).toMatchObject({ replicas: 3 });
  });
});

describe("deletes", () => {
  test("hit only the object with the uid they mean", async () => {
    const { object } = await put(configMaps, configMap("precondition", {}));
    const { uid = "" } = object.metadata;
    const error = await failureOf(client.delete(configMaps, namespace, "precondition", { uid: "00000000-0000-0000-0000-000000000000" }));
    expect(isConflict(error)).toBe(true);
    await client.mergePatch(configMaps, namespace, "precondition", { patch: { data: { x: "1" } } });
    const stale = await failureOf(
      client.delete(configMaps, namespace, "precondition", { uid, resourceVersion: object.metadata.resourceVersion ?? "" }),
    );
    expect(isConflict(stale)).toBe(true);
    await expect(client.delete(configMaps, namespace, "precondition", { uid })).resolves.toBe(true);
    await expect(client.delete(configMaps, namespace, "precondition", { uid })).resolves.toBe(false);
    await expect(client.get(configMaps, namespace, "precondition")).resolves.toBeUndefined();
  });
});

describe("reads", () => {
  test("metadata only: a Secret's content never reaches this process", async () => {
    const object = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "s" }, stringData: { url: "canary" } };
    await client.create(secrets, object);
    const seen = await client.get(secrets, namespace, "s", { metadataOnly: true });
    expect(seen).toMatchObject({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", resourceVersion: expect.any(String) } });
    expect(Object.keys(seen ?? {}).toSorted()).toEqual(["apiVersion", "kind", "metadata"]);
  });

  test("lists page by page", async () => {
    for (const name of ["p1", "p2", "p3"]) {
      await client.create(configMaps, { ...configMap(name, {}), metadata: { namespace, name, labels: { paged: "yes" } } });
    }
    const first = await client.list(configMaps, { namespace, labelSelector: "paged=yes", limit: 2 });
    const second = await client.list(configMaps, { namespace, labelSelector: "paged=yes", limit: 2, continue: first.continue ?? "" });
    expect([...first.items, ...second.items].map((object) => object.metadata.name)).toEqual(["p1", "p2", "p3"]);
    expect(second.continue).toBeUndefined();
    expect(second.items[0]?.kind).toBe("ConfigMap");
  });

  test("other paths are read as they are, a missing one is undefined", async () => {
    await expect(client.getPath("/version")).resolves.toMatchObject({ major: "1" });
    await expect(client.getPath("/apis/keda.sh/v1alpha1")).resolves.toBeUndefined();
  });
});

test("an update of an object that changed meanwhile is a conflict", async () => {
  const { object } = await put(configMaps, configMap("optimistic", {}));
  await client.update(configMaps, { ...object, data: { a: "1" } });
  expect(isConflict(await failureOf(client.update(configMaps, { ...object, data: { a: "2" } })))).toBe(true);
});

test("a namespace that is being deleted is recognised", async () => {
  const doomed = await createNamespace(client, "doomed");
  const held = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: doomed, name: "held", finalizers: ["scalableapp.dev/test"] } };
  await client.create(configMaps, held);
  const object = await client.get(namespaces, undefined, doomed);
  await client.delete(namespaces, undefined, doomed, { uid: object?.metadata.uid ?? "" });
  const error = await failureOf(client.create(configMaps, { ...held, metadata: { namespace: doomed, name: "late" } }));
  expect([isForbidden(error), isNamespaceTerminating(error)]).toEqual([true, true]);
  await client.mergePatch(configMaps, doomed, "held", { patch: { metadata: { finalizers: null } } });
});

test("events are stored, and repeated ones counted in a series", async () => {
  const { object } = await put(configMaps, configMap("regarded", {}));
  const errors: unknown[] = [];
  const options = { client, reportingController: "scalableapp.dev/operator", reportingInstance: "test-0" };
  const recorder = createRecorder({ ...options, onError: (error) => errors.push(error) });
  for (let round = 0; round < 3; round += 1)
    recorder.event(object, { type: "Warning", reason: "Tested", action: "Test", note: "once more" });
  await recorder.flush();
  expect(errors).toEqual([]);
  const { items } = await client.list(events, { namespace, fieldSelector: "reason=Tested" });
  expect(items).toMatchObject([{ note: "once more", series: { count: 3 }, regarding: { kind: "ConfigMap", name: "regarded" } }]);
});

test("the HPA's autoscaling/v2 fields survive the API server", async () => {
  const { items } = await client.list(horizontalPodAutoscalers, { namespace });
  expect(items[0]?.["spec"]).toMatchObject({ behavior: { scaleDown: { tolerance: expect.any(String) } } });
});
