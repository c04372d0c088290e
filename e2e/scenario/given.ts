import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { eventually, must, type Kubectl, type Thing } from "./kubectl.ts";

/** A ScalableApp as scenarios write it. */
export interface AppManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A namespace that enforces the restricted pod security standard; one of the same name that is still being deleted is waited for. */
export async function givenNamespace(kubectl: Kubectl, name: string): Promise<string> {
  await eventually(`namespace ${name} is free`, async () => {
    const found = await kubectl.get("default", "namespace", name);
    must(found?.metadata.deletionTimestamp === undefined, "it is still being deleted");
  });
  const labels = { "pod-security.kubernetes.io/enforce": "restricted", "scalableapp.dev/scenario": "yes" };
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }));
  return name;
}

/** A real Postgres with its Secret shop-db; storage is the pod's own, for the scenario ends with it. */
export async function givenPostgres(kubectl: Kubectl, namespace: string): Promise<void> {
  const text = await readFile(new URL("./postgres.yaml", import.meta.url), "utf8");
  await kubectl.apply(text, "-n", namespace);
}

/** Waits until the database answers. */
export async function databaseReady(kubectl: Kubectl, namespace: string): Promise<void> {
  await kubectl.run("-n", namespace, "rollout", "status", "deployment/db", "--timeout=180s");
}

/** The manifest of an example, by the name of its folder. */
export async function exampleApp(folder: string): Promise<AppManifest> {
  return parse(await readFile(new URL(`../../examples/${folder}/app.yaml`, import.meta.url), "utf8")) as AppManifest;
}

/** Applies an app, with parts of its spec replaced; returns what kubectl says. */
export async function applyApp(
  kubectl: Kubectl,
  namespace: string,
  app: AppManifest,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const changed = { ...app, metadata: { ...app.metadata, namespace }, spec: { ...app.spec, ...spec } };
  return kubectl.apply(JSON.stringify(changed));
}

/** Waits until the app's newest generation is Ready; says what it says of itself where it does not become so. */
export async function appReady(kubectl: Kubectl, namespace: string, name = "shop", seconds = 180): Promise<Thing> {
  return eventually(
    `ScalableApp ${namespace}/${name} is Ready`,
    async () => {
      const app = await kubectl.get(namespace, "scalableapp", name);
      must(app, "it does not exist");
      const ready = conditionOf(app, "Ready");
      must(ready && ready.observedGeneration === app.metadata.generation, "the operator has not seen it yet");
      must(ready.status === "True", `${ready.reason}: ${ready.message}`);
      return app;
    },
    seconds,
  );
}

/** A condition of an app. */
export function conditionOf(
  app: Thing,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string; readonly observedGeneration: number } | undefined {
  return (app.status?.conditions ?? []).find((condition: { type: string }) => condition.type === type);
}

/** A way for this machine to reach the web pods, through a node port as a load balancer would; returns the base URL. */
export async function givenNodePort(kubectl: Kubectl, namespace: string, name = "shop"): Promise<string> {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-public`, namespace },
    spec: {
      type: "NodePort",
      selector: { "scalableapp.dev/app": name, "app.kubernetes.io/component": "web" },
      ports: [{ port: 80, targetPort: "http" }],
    },
  };
  await kubectl.apply(JSON.stringify(service));
  return nodePortUrl(kubectl, namespace, `${name}-public`);
}

/** The base URL at which this machine reaches a Service of type NodePort. */
export async function nodePortUrl(kubectl: Kubectl, namespace: string, service: string): Promise<string> {
  const created = await kubectl.get(namespace, "service", service);
  const nodes = await kubectl.list("default", "nodes");
  const address = nodes[0]?.status.addresses.find((each: { type: string }) => each.type === "InternalIP")?.address;
  return `http://${address}:${created?.spec.ports[0].nodePort}`;
}

/** Waits until every node's proxy knows the way: a node port answers some moments after the pods are ready. */
export async function reachable(url: string, path = "/api/health/live"): Promise<void> {
  await eventually(`${url} answers`, async () => {
    for (let i = 0; i < 20; i++) must((await fetch(`${url}${path}`)).ok, "it answers with an error");
  });
}

/** Connects this machine to the app's own Service, whichever pods it selects, as a load balancer in front of it would; returns the base URL. */
export async function givenFrontDoor(kubectl: Kubectl, namespace: string, name = "shop"): Promise<string> {
  const pipe = `require("net").createServer((user) => {
    const app = require("net").connect(80, "${name}-web");
    user.on("error", () => app.destroy()).pipe(app).on("error", () => user.destroy()).pipe(user);
  }).listen(8080)`;
  const container = {
    name: "door",
    image: "localhost/scalable-app/storefront:dev",
    command: ["node", "-e", pipe],
    ports: [{ name: "http", containerPort: 8080 }],
    // It says when the door opens; a busy machine must not shut it again.
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const labels = { "scalableapp.dev/app": "door", "app.kubernetes.io/component": "web" };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  const spec = { containers: [container], securityContext, automountServiceAccountToken: false };
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "door", namespace, labels }, spec }));
  await kubectl.run("-n", namespace, "wait", "pod/door", "--for=condition=Ready", "--timeout=60s");
  const url = await givenNodePort(kubectl, namespace, "door");
  await reachable(url);
  return url;
}

/** The pods of a component that are not on their way out. */
export async function podsOf(kubectl: Kubectl, namespace: string, component: string, name = "shop"): Promise<readonly Thing[]> {
  const pods = await kubectl.list(namespace, "pods", `scalableapp.dev/app=${name},app.kubernetes.io/component=${component}`);
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && ["Pending", "Running"].includes(pod.status.phase));
}

/** Whether a pod is ready. */
export function isReady(pod: Thing): boolean {
  return (pod.status.conditions ?? []).some((each: { type: string; status: string }) => each.type === "Ready" && each.status === "True");
}

/** The example app, running with a database of its own. */
export interface Storefront {
  readonly app: AppManifest;
  /** Where this machine reaches it. */
  readonly url: string;
}

/** The storefront in a namespace of its own, ready and reachable; parts of its spec can be replaced. */
export async function givenStorefront(
  kubectl: Kubectl,
  namespace: string,
  spec: (app: AppManifest) => Readonly<Record<string, unknown>>,
): Promise<Storefront> {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  const app = await exampleApp("02-storefront");
  await applyApp(kubectl, namespace, app, spec(app));
  const url = await givenNodePort(kubectl, namespace);
  await appReady(kubectl, namespace);
  await reachable(url);
  return { app, url };
}
