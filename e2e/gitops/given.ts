import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { eventually, must, type Thing } from "../scenario/kubectl.ts";
import { argoCdNamespace } from "./argo-cd.ts";
import type { World } from "./world.ts";
import { lastWriteOfOperator } from "./writes.ts";

const folder = join(import.meta.dirname, "../../gitops/argo-cd");

/** The Applications of a file that users start from; only what they are asked to edit may be changed. */
export async function shippedApplications(file: string): Promise<readonly any[]> {
  return parseAllDocuments(await readFile(join(folder, file), "utf8")).map((document) => document.toJS());
}

/** The smallest app with a database, of an image with this tag. Nobody can ask its pods anything, so nothing is analysed. */
export function appOf(tag: string, rollout: object = {}): string {
  const postgres = { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 };
  const canary = { analysis: { enabled: false } };
  const terms = { bakeSeconds: 0, progressDeadlineSeconds: 30, canary, ...rollout };
  const spec = { image: `ghcr.io/acme/shop:${tag}`, stage: "growth", postgres, rollout: terms };
  return JSON.stringify({ apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata: { name: "shop" }, spec }, null, 2);
}

/** Makes a namespace with Secrets that have these keys; Git never holds them. */
export async function givenSecrets({ kubectl }: World, namespace: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  const objects = Object.entries(secrets).map(([name, key]) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData: { [key]: "postgres://shop:secret@db/shop" },
  }));
  const items = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, ...objects];
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

/** Where an Application stands, in Argo CD's words, such as "Synced Healthy". */
export async function stateOf(world: World, name: string): Promise<string> {
  const { status } = await applicationNamed(world, name);
  return `${status?.sync?.status} ${status?.health?.status}`;
}

/** Waits until an Application stands where it should (sync, then health), at a revision of Git. */
export async function untilApplication(world: World, name: string, state: string | RegExp, revision: string): Promise<void> {
  await eventually(`the Application ${name} is ${state}`, async () => {
    const { status } = await applicationNamed(world, name);
    must(status?.sync?.revision === revision, `it is at ${status?.sync?.revision}, not at ${revision}`);
    const found = `${status.sync.status} ${status?.health?.status}`;
    must(
      typeof state === "string" ? found === state : state.test(found),
      `it is ${found}: ${status?.health?.message ?? ""} ${JSON.stringify(status?.conditions ?? [])}`,
    );
  });
}

/** The ids of all syncs that an Application has had. */
export async function syncsOf(world: World, name: string): Promise<readonly number[]> {
  const { status } = await applicationNamed(world, name);
  return ((status.history ?? []) as { readonly id: number }[]).map(({ id }) => id);
}

/** Waits until our operator has written nothing for 12 s in some namespaces: news that change only words come 10 s late. */
export async function untilOperatorRests({ plane }: World, namespaces: readonly string[]): Promise<void> {
  await eventually("the operator has nothing more to write", async () => {
    const seconds = (Date.now() - (await lastWriteOfOperator(plane.auditLog, namespaces))) / 1000;
    must(seconds > 12, `it has written ${seconds.toFixed(0)} s ago`);
  });
}

/** Waits until Argo CD has compared so many times more. */
export async function untilCompared({ argoCd }: World, times: number, seconds = 120): Promise<void> {
  const before = (await argoCd.counters()).comparisons;
  await eventually(
    `${times} more comparisons`,
    async () => {
      const more = (await argoCd.counters()).comparisons - before;
      must(more >= times, `${more} so far`);
    },
    seconds,
  );
}

/** The ScalableApp of a namespace. */
export async function appIn({ kubectl }: World, namespace: string): Promise<Thing> {
  const app = await kubectl.get(namespace, "scalableapp", "shop");
  must(app, `there is no ScalableApp in ${namespace}`);
  return app;
}

/** An Application as it is now. */
export async function applicationNamed({ kubectl }: World, name: string): Promise<Thing> {
  const found = await kubectl.get(argoCdNamespace, "application", name);
  must(found, `there is no Application ${name}`);
  return found;
}
