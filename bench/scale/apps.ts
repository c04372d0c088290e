import { scalableApps } from "../../operator/api/kind.ts";
import { parseScalableApp } from "../../operator/api/parse.ts";
import type { KubeObject } from "../../operator/base/object.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { createInformer, type Informer } from "../../operator/kube/informer.ts";
import { namespaces, resourceOf, secrets } from "../../operator/kube/resources.ts";
import { buildChildren } from "../../operator/resources/children.ts";
import { defaultImages } from "../../operator/resources/images.ts";
import { ownerReference } from "../../operator/resources/metadata.ts";
import { stampHash } from "../../operator/kube/apply.ts";

/** Seconds after which a release without progress has failed: short, so that a restart past it can be measured. */
export const deadlineSeconds = 120;

/** What a change of an app consists of. */
export interface Variant {
  readonly image: string;
  readonly env: string;
}

/** What an app is created as. */
export const original: Variant = { image: "1", env: "one" };

/** The smallest app with a database, whose releases are not baked: the figures are of the work, not of the time that is waited. */
export function app(name: string, namespace: string, { image, env }: Variant): KubeObject {
  return {
    apiVersion: "scalableapp.dev/v1alpha1",
    kind: "ScalableApp",
    metadata: { name, namespace },
    spec: {
      image: `ghcr.io/acme/shop:${image}`,
      stage: "growth",
      env: [{ name: "GREETING", value: env }],
      postgres: { urlFrom: { secretKeyRef: { name: "db", key: "url" } }, maxConnections: 100 },
      rollout: { bakeSeconds: 0, progressDeadlineSeconds: deadlineSeconds },
    },
  };
}

/** The children of an app as anybody would write them, with the hash that ours carry. */
export function childrenOf(name: string, namespace: string): readonly KubeObject[] {
  return render(app(name, namespace, original), "byhand").map((child) => stampHash(child, "scalableapp.dev/applied-hash"));
}

/** The same with placeholders for what differs between apps and their releases, and the stored release, which our operator writes too. */
export function childTemplates(): readonly KubeObject[] {
  const from = app("__name__", "__namespace__", { image: "__image__", env: "__greeting__" });
  const children = render(from, "__release__");
  const stored = { apiVersion: "apps/v1", kind: "ControllerRevision", revision: 1, data: { children } };
  const metadata = { ...children[0]?.metadata, name: "__name__-__release__" };
  return [...children, { ...stored, metadata }];
}

function render(manifest: KubeObject, revision: string): readonly KubeObject[] {
  const valid = { name: "name", namespace: "namespace" };
  const parsed = parseScalableApp({ ...manifest, metadata: { ...manifest.metadata, ...valid } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const metadata = { ...parsed.app.metadata, ...manifest.metadata };
  const owner = ownerReference({ name: metadata.name, uid: "" });
  const children = buildChildren({ ...parsed.app, metadata }, { revision, digests: {}, images: defaultImages, owner });
  return children.map(({ object, replicas }) => {
    const { ownerReferences: _owner, ...rest } = object.metadata;
    const count = replicas && ("fixed" in replicas ? replicas.fixed : replicas.autoscaled.min);
    const spec = object["spec"];
    return { ...object, metadata: rest, ...(count !== undefined && typeof spec === "object" && { spec: { ...spec, replicas: count } }) };
  });
}

/** Makes a namespace with the Secret that its apps read. */
export async function createNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const stringData = { url: "postgres://shop:secret@db/shop" };
  await client.create(secrets, { apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: name }, stringData });
}

/** Applies many objects, as many at once as the client has in flight; the answer is the time in milliseconds. */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[]): Promise<number> {
  const start = performance.now();
  const queue = [...objects];
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let object = queue.shift(); object; object = queue.shift()) {
        const resource = object.kind === scalableApps.kind ? scalableApps : resourceOf(object);
        if (!resource) throw new Error(`unknown kind ${object.kind}`);
        await client.apply(resource, object, { fieldManager: "bench", force: true });
      }
    }),
  );
  return performance.now() - start;
}

interface AppStatus {
  readonly observedGeneration?: number;
  readonly release?: { readonly phase: string };
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** Whether the release of the newest spec serves all users. */
export function isDone({ metadata, status }: KubeObject): boolean {
  const { observedGeneration, release, conditions } = (status ?? {}) as AppStatus;
  const isReady = conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
  return observedGeneration === metadata.generation && release?.phase === "Stable" && isReady;
}

/** Follows every app; a list of thousands, again and again, would measure itself. */
export async function followApps(client: KubeClient, signal: AbortSignal): Promise<Informer> {
  const informer = createInformer({ client, resource: scalableApps });
  informer.start(signal);
  await informer.synced;
  return informer;
}

/** Waits until so many apps are as `is` says. */
export async function untilAll(informer: Informer, count: number, is: (app: KubeObject) => boolean): Promise<void> {
  let before = -1;
  let changedAt = Date.now();
  for (;;) {
    const all = informer.list();
    const done = all.filter(is).length;
    if (all.length === count && done === count) return;
    if (done !== before) changedAt = Date.now();
    if (Date.now() - changedAt > 120_000)
      throw new Error(`${done} of ${count} apps for 2 minutes: ${JSON.stringify(all.find((one) => !is(one))?.["status"])}`);
    before = done;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
