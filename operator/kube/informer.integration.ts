import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../e2e/cluster/index.ts";
import type { KubeClient } from "./client.ts";
import { createKubeClient } from "./client.ts";
import type { Informer } from "./informer.ts";
import { createInformer } from "./informer.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import { objectKey } from "../base/object.ts";
import { configMaps, secrets } from "./resources.ts";
import { until } from "./testing/fake-clock.ts";
import { createNamespace } from "./testing/namespace.ts";
import { createWriteTracker } from "./write-tracker.ts";

// A control plane of its own: these tests stop its API server.
let plane: ControlPlane;
let client: KubeClient;
let namespace: string;
const stop = new AbortController();

beforeAll(async () => {
  plane = await startControlPlane({ name: "informer" });
  client = createKubeClient({ kubeConfig: plane.kubeconfig, userAgent: "informer-integration" });
  namespace = await createNamespace(client, "informer");
});
afterAll(async () => {
  stop.abort();
  await client.close();
  await plane.stop();
});

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

function write(name: string, value: string): Promise<KubeObject> {
  return client.apply(configMaps, configMap(name, { value }), { fieldManager: "test" });
}

async function started(resource: Resource, metadataOnly = false): Promise<Informer> {
  const informer = createInformer({ client, resource, namespaces: [namespace], metadataOnly, pageSize: 2 });
  informer.start(stop.signal);
  await informer.synced;
  return informer;
}

type Versions = Map<string, string | undefined>;

/** What a listener believes after all events, by key; without the ConfigMap that Kubernetes puts into each namespace at any time. */
function believed(informer: Informer): () => Versions {
  const seen: Versions = new Map(informer.list().map((object) => [objectKey(object), object.metadata.resourceVersion]));
  informer.onEvent(({ type, object }) => {
    if (type === "deleted") seen.delete(objectKey(object));
    else seen.set(objectKey(object), object.metadata.resourceVersion);
  });
  return () => new Map(Array.from(seen).filter(([key]) => !key.endsWith("/kube-root-ca.crt")));
}

async function truth(): Promise<Versions> {
  const { items } = await client.list(configMaps, { namespace, fieldSelector: "metadata.name!=kube-root-ca.crt" });
  return new Map(items.map((object) => [objectKey(object), object.metadata.resourceVersion]));
}

test("sees what was there, what comes, changes and goes; and says when our own writes have arrived", async () => {
  await Promise.all(["a", "b", "c", "d", "e"].map((name) => write(name, "0")));
  const informer = await started(configMaps);
  const seen = believed(informer);
  const written = createWriteTracker({ informerOf: () => informer });
  for (const name of ["a", "f"]) written.recordWrite("app", configMaps, await write(name, "1"));
  const deleted = informer.get(`${namespace}/b`);
  if (deleted === undefined) throw new Error("b is not in the cache");
  await client.delete(configMaps, namespace, "b", { uid: deleted.metadata.uid ?? "" });
  written.recordDelete("app", configMaps, deleted);
  await until(() => written.freshness("app").state === "fresh");
  expect(informer.get(`${namespace}/f`)?.["data"]).toEqual({ value: "1" });
  expect(seen()).toEqual(await truth());
});

test("misses nothing while the API server crashes and comes back", { timeout: 120_000 }, async () => {
  const informer = await started(configMaps);
  const events: string[] = [];
  const seen = believed(informer);
  informer.onEvent(({ type, object }) => events.push(`${type} ${object.metadata.name} ${object.metadata.uid}`));
  const old = await write("recreated", "old");
  await until(() => informer.get(`${namespace}/recreated`) !== undefined);
  await plane.stopApiServer("SIGKILL");
  await until(() => informer.health().state === "backoff");
  await plane.startApiServer();
  const other = createKubeClient({ kubeConfig: plane.kubeconfig, userAgent: "someone-else" });
  await other.delete(configMaps, namespace, "recreated", { uid: old.metadata.uid ?? "" });
  const anew = await other.create(configMaps, configMap("recreated", { value: "new" }));
  for (let round = 0; round < 20; round += 1) await other.create(configMaps, configMap(`after-${round}`, {}));
  await other.close();
  await until(() => informer.list().length >= 20 && informer.get(`${namespace}/after-19`) !== undefined, 40_000);
  expect(seen()).toEqual(await truth());
  const reported = events.filter((event) => event.includes(" recreated "));
  expect(reported.slice(-2)).toEqual([`deleted recreated ${old.metadata.uid}`, `added recreated ${anew.metadata.uid}`]);
  expect(informer.health()).toMatchObject({ state: "watching", handlerErrors: 0 });
});

test("metadata-only watches carry no content of Secrets", async () => {
  const informer = await started(secrets, true);
  await client.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "s" }, stringData: { url: "canary" } });
  await until(() => informer.get(`${namespace}/s`) !== undefined);
  expect(Object.keys(informer.get(`${namespace}/s`) ?? {}).toSorted()).toEqual(["apiVersion", "kind", "metadata"]);
});

test("a kind that is not installed is waited for", async () => {
  const resource: Resource = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", plural: "scaledobjects", namespaced: true };
  const informer = createInformer({ client, resource });
  informer.start(stop.signal);
  await until(() => informer.health().state === "missing");
  expect(informer.hasSynced()).toBe(false);
  const crd: Resource = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  };
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const names = { kind: resource.kind, plural: resource.plural, singular: "scaledobject", listKind: "ScaledObjectList" };
  const spec = { group: "keda.sh", scope: "Namespaced", names, versions: [{ name: "v1alpha1", served: true, storage: true, schema }] };
  await client.create(crd, { apiVersion: crd.apiVersion, kind: crd.kind, metadata: { name: "scaledobjects.keda.sh" }, spec });
  await until(() => informer.health().state === "watching", 40_000);
  expect(informer.hasSynced()).toBe(true);
});
