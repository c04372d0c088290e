// make bench: from `kubectl apply` of a ScalableApp to all children created and to all pods ready, beside `kubectl apply` of the
// same children by hand, which is the limit. Both are measured in turns in one run, for machines are noisy: the ratio is the figure.
import { parseScalableApp } from "../operator/api/parse.ts";
import { createKubeClient } from "../operator/kube/client.ts";
import type { KubeClient } from "../operator/kube/client.ts";
import type { KubeObject } from "../operator/base/object.ts";
import { deployments, resourceOf, secrets } from "../operator/kube/resources.ts";
import { buildChildren, type Child } from "../operator/resources/children.ts";
import { defaultImages } from "../operator/resources/images.ts";
import { ownerReference } from "../operator/resources/metadata.ts";
import { ensureCluster, loadImages, note } from "../e2e/cluster/index.ts";
import { scenarioImages } from "../e2e/images/catalogue.ts";
import { givenNamespace } from "../e2e/scenario/given.ts";
import { Kubectl } from "../e2e/scenario/kubectl.ts";
import { installOperator } from "../e2e/scenario/operator.ts";
import { median } from "./figures.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 7);
const pollMs = 15;

/** Milliseconds from the start of kubectl apply. */
interface Times {
  readonly created: number;
  readonly ready: number;
}

const server = `require("node:http").createServer((q, r) => r.end("ok")).listen(8080); process.on("SIGTERM", () => process.exit(0))`;
const app = {
  apiVersion: "scalableapp.dev/v1alpha1",
  kind: "ScalableApp",
  metadata: { name: "shop" },
  spec: {
    image: "localhost/scalable-app/storefront:dev",
    stage: "growth",
    web: { command: ["node", "-e", server], shutdown: { drainSeconds: 1 } },
    postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 },
  },
};

/** The children as a person would write them: nobody's property, with the replica count of the floor. */
function childrenByHand(namespace: string): readonly KubeObject[] {
  const parsed = parseScalableApp({ ...app, metadata: { name: "shop", namespace } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const owner = ownerReference({ name: "shop", uid: "" });
  return buildChildren(parsed.app, { revision: "byhand", digests: {}, images: defaultImages, owner }).map(byHand);
}

function byHand({ object, replicas }: Child): KubeObject {
  const { ownerReferences: _owner, ...metadata } = object.metadata;
  const count = replicas && ("fixed" in replicas ? replicas.fixed : replicas.autoscaled.min);
  const spec = object["spec"];
  return { ...object, metadata, ...(count !== undefined && typeof spec === "object" && { spec: { ...spec, replicas: count } }) };
}

async function measure(client: KubeClient, namespace: string, apply: () => Promise<unknown>): Promise<Times> {
  // The operator's ConfigMap carries the id of the release, which nobody knows before.
  const wanted = childrenByHand(namespace).filter(({ kind }) => kind !== "ConfigMap");
  const start = performance.now();
  const applied = apply();
  await poll(async () => (await Promise.all(wanted.map(async (object) => exists(client, object)))).every(Boolean));
  const created = performance.now() - start;
  await poll(async () => {
    const { items } = await client.list(deployments, { namespace });
    return items.length >= 2 && items.every(isAvailable);
  });
  const ready = performance.now() - start;
  await applied;
  return { created, ready };
}

async function exists(client: KubeClient, object: KubeObject): Promise<boolean> {
  const resource = resourceOf(object);
  if (!resource) throw new Error(`unknown kind ${object.kind}`);
  return (await client.get(resource, object.metadata.namespace, object.metadata.name, { metadataOnly: true })) !== undefined;
}

function isAvailable(object: KubeObject): boolean {
  const { spec, status } = object as KubeObject & { spec: { replicas: number }; status?: { availableReplicas?: number } };
  const floor = object.metadata.name === "shop-web" ? 2 : 1;
  return spec.replicas >= floor && (status?.availableReplicas ?? 0) >= spec.replicas;
}

async function poll(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, pollMs));
}

async function main(): Promise<void> {
  const cluster = await ensureCluster();
  const loaded = await loadImages(scenarioImages, cluster.name);
  await installOperator({ helm: cluster.tools.helm, kubeconfig: cluster.kubeconfig, loaded });
  const kubectl = new Kubectl(cluster.tools.kubectl, cluster.kubeconfig);
  const client = createKubeClient({ kubeConfig: cluster.kubeconfig, userAgent: "bench" });
  const operator: Times[] = [];
  const hand: Times[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [who, times] of [["operator", operator] as const, ["hand", hand] as const]) {
      const namespace = await givenNamespace(kubectl, `bench-${who}`);
      await client.apply(secrets, secret(namespace), { fieldManager: "bench" });
      const manifests =
        who === "hand"
          ? childrenByHand(namespace)
              .map((object) => JSON.stringify(object))
              .join("\n---\n")
          : JSON.stringify({ ...app, metadata: { name: "shop", namespace } });
      const took = await measure(client, namespace, async () => kubectl.apply(manifests));
      times.push(took);
      note(`round ${round + 1}/${rounds} ${who.padEnd(8)} created ${took.created.toFixed(0)} ms, ready ${took.ready.toFixed(0)} ms`);
      await kubectl.deleteNamespace(namespace);
    }
  }
  await client.close();
  for (const phase of ["created", "ready"] as const) {
    const [a, b] = [median(operator.map((times) => times[phase])), median(hand.map((times) => times[phase]))];
    console.log(`apply -> ${phase.padEnd(7)}  ScalableApp ${a.toFixed(0)} ms, by hand ${b.toFixed(0)} ms, ratio ${(a / b).toFixed(2)}`);
  }
}

function secret(namespace: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "shop-db", namespace },
    stringData: { url: "postgres://shop:secret@db/shop" },
  };
}

await main();
