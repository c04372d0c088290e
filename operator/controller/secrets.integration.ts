import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import { hasNewData } from "../plan/secrets/changes.ts";
import { observeSecret, type SecretFacts } from "../plan/observe/secret-facts.ts";
import { carriedSecrets } from "../resources/secret-versions.ts";
import { defaultImages } from "../resources/images.ts";
import {
  applyApp,
  auditEnd,
  becomesStable,
  connect,
  exists,
  kubectl,
  newNamespace,
  patience,
  people,
  releaseOf,
  startOperator,
  writesSince,
  type Operator,
} from "../testing/live-operator.ts";

let folder = "";
let namespace = "";

beforeAll(async () => {
  connect();
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await people.close();
});

const run = async (...words: string[]) => kubectl("-n", namespace, ...words);

async function apply(manifest: object, ...words: string[]): Promise<void> {
  const file = join(folder, "secret.json");
  await writeFile(file, JSON.stringify(manifest));
  await run("apply", "-f", file, ...words);
}

function secretOf(value: string, metadata: object = {}): KubeObject & { readonly stringData: object } {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "shop-db", ...metadata }, stringData: { url: value, other: "same" } };
}

const dataOf = (value: string, metadata: object = {}) => {
  const { stringData: _text, ...rest } = secretOf(value, metadata);
  return { ...rest, data: { url: Buffer.from(value).toString("base64"), other: "c2FtZQ==" } };
};

/** What the operator sees of the Secret. */
async function facts(): Promise<SecretFacts> {
  const found = await people.get(resources.secrets, namespace, "shop-db", { metadataOnly: true });
  expect(found).not.toHaveProperty("data");
  return observeSecret({ ...found?.metadata });
}

/** managedFields count in whole seconds. */
const aSecond = async () => setTimeout(1100);

const create = async () =>
  void (await run("create", "secret", "generic", "shop-db", "--from-literal=url=one", "--from-literal=other=same"));
const applyOnServer = async (value: string, metadata?: object) => apply(dataOf(value, metadata), "--server-side");

type Case = readonly [string, first: () => Promise<void>, then: () => Promise<unknown>];

/** An update that changes nothing, as a storage migration sends it. */
async function rewrite(): Promise<void> {
  const found = await people.get(resources.secrets, namespace, "shop-db");
  if (found) await people.update(resources.secrets, found, { fieldManager: "storage-migrator" });
}

async function recreate(value: string): Promise<void> {
  await run("delete", "secret", "shop-db");
  await run("create", "secret", "generic", "shop-db", `--from-literal=url=${value}`, "--from-literal=other=same");
}

const patch = async (value: object, manager: string) =>
  people.mergePatch(resources.secrets, namespace, "shop-db", { patch: value as Record<string, unknown>, fieldManager: manager });

const touched: readonly Case[] = [
  ["kubectl label", create, async () => run("label", "secret", "shop-db", "team=a")],
  ["kubectl annotate", create, async () => run("annotate", "secret", "shop-db", "note=a")],
  ["a finalizer", create, async () => patch({ metadata: { finalizers: ["example.com/a"] } }, "somebody")],
  ["an owner", create, giveOwner],
  ["immutable", create, async () => patch({ immutable: true }, "kubectl-create")],
  ["a rewrite by a storage migration", create, rewrite],
  ["kubectl apply of the same", async () => apply(secretOf("one")), async () => apply(secretOf("one"))],
  ["kubectl apply with a label", async () => apply(secretOf("one")), async () => apply(secretOf("one", { labels: { team: "a" } }))],
  ["server-side apply of the same", async () => applyOnServer("one"), async () => applyOnServer("one")],
  ["server-side apply with a label", async () => applyOnServer("one"), async () => applyOnServer("one", { labels: { team: "a" } })],
  [
    "server-side apply of the same stringData",
    async () => apply(secretOf("one"), "--server-side"),
    async () => apply(secretOf("one"), "--server-side"),
  ],
  [
    "server-side apply of the same by another",
    async () => applyOnServer("one"),
    async () => apply(dataOf("one"), "--server-side", "--field-manager=gitops"),
  ],
  ["client-side apply that becomes server-side apply", async () => apply(dataOf("one")), async () => applyOnServer("one")],
  [
    "a tool that writes the same data with a fresh annotation",
    async () =>
      void (await people.create(resources.secrets, dataOf("one", { namespace, annotations: { at: "1" } }), { fieldManager: "tool" })),
    async () => patch({ data: dataOf("one").data, metadata: { annotations: { at: "2" } } }, "tool"),
  ],
  ["a restore: deleted and made anew", create, async () => recreate("one")],
];

const written: readonly Case[] = [
  ["kubectl patch", create, async () => run("patch", "secret", "shop-db", "-p", '{"stringData":{"url":"two"}}')],
  ["its own writer", create, async () => patch({ stringData: { url: "two" } }, "kubectl-create")],
  ["kubectl apply", async () => apply(secretOf("one")), async () => apply(secretOf("two"))],
  ["server-side apply", async () => applyOnServer("one"), async () => applyOnServer("two")],
  [
    "server-side apply of stringData",
    async () => apply(secretOf("one"), "--server-side"),
    async () => apply(secretOf("two"), "--server-side"),
  ],
  ["a further key", create, async () => patch({ stringData: { more: "x" } }, "kubectl-create")],
  ["a key less", create, async () => patch({ data: { other: null } }, "somebody")],
];

/** The owner exists: the garbage collector deletes what an owner that does not leaves behind. */
async function giveOwner(): Promise<void> {
  const name = "owner";
  await run("create", "configmap", name);
  const { uid } = (await people.get(resources.configMaps, namespace, name))?.metadata ?? {};
  await patch({ metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid }] } }, "kubectl-create");
}

describe("what the API server notes of a write", () => {
  beforeAll(async () => {
    namespace = await newNamespace();
  });

  async function seen([, first, then]: Case): Promise<boolean> {
    await run("delete", "secret", "shop-db", "--ignore-not-found", "--wait=false");
    await people.mergePatch(resources.secrets, namespace, "shop-db", { patch: { metadata: { finalizers: null } } }).catch(() => undefined);
    await first();
    const before = await facts();
    await aSecond();
    await then();
    return hasNewData(before, await facts());
  }

  test.each(touched)("%s: nothing", async (...of) => expect(await seen(of)).toBe(false));
  test.each(written)("%s: other data", async (...of) => expect(await seen(of)).toBe(true));
});

describe("an app whose Secret is touched and changed", () => {
  let operator: Operator;
  let release = "";
  const access = async (mode: "get" | "watch" | "none") => {
    await operator.stop();
    operator = await startOperator("secrets-integration", defaultImages, mode);
  };

  beforeAll(async () => {
    operator = await startOperator("secrets-integration", defaultImages, "watch");
    namespace = await newNamespace();
    await create();
    const postgres = { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 };
    await run("create", "configmap", "settings", "--from-literal=LEVEL=info");
    const envFrom = [{ configMapRef: { name: "settings" } }];
    await applyApp(namespace, { image: "shop:1", postgres, envFrom, rollout: { bakeSeconds: 0 } });
    release = await becomesStable(namespace);
  });
  afterAll(async () => operator.stop());

  const web = async () => exists(resources.deployments, namespace, "shop-web");
  const stored = async () => (await people.list(resources.controllerRevisions, { namespace })).items;
  const events = async () => (await people.list({ ...resources.events }, { namespace })).items.map((event) => event["reason"]);

  test("a label, annotations with the same data and a restore start nothing, and are no write of the operator but to its status", async () => {
    const before = await web();
    const from = await auditEnd();
    await run("label", "secret", "shop-db", "team=a");
    await run("label", "configmap", "settings", "team=a");
    await run("annotate", "secret", "shop-db", "note=a");
    for (const at of ["2", "3"]) {
      await aSecond();
      await patch({ data: dataOf("one").data, metadata: { annotations: { at } } }, "kubectl-create");
    }
    await aSecond();
    await recreate("one");
    const writes = await writesSince(from, "secrets-integration");
    expect(writes.filter((write) => !write.includes("scalableapps/status"))).toEqual([]);
    expect((await web()).metadata["generation"]).toBe(before.metadata["generation"]);
    expect(await releaseOf(namespace)).toBe(release);
  });

  test("other data restart the pods of the same release, once", async () => {
    const before = await web();
    const revisions = await stored();
    await aSecond();
    await run("patch", "secret", "shop-db", "-p", '{"stringData":{"url":"two"}}');
    await vi.waitFor(async () => expect(carriedSecrets(await web())).toMatch(/^shop-db=[0-9a-f]{10}$/u), patience);
    expect((await web()).metadata["generation"]).toBe(Number(before.metadata["generation"]) + 1);
    expect(await becomesStable(namespace)).toBe(release);
    expect(await releaseOf(namespace)).toBe(release);
    expect(await stored()).toEqual(revisions);
    await vi.waitFor(async () => expect(await events()).toContain("SecretChanged"), patience);
  });

  test("an operator that may not look Secrets up any more, and one that may again, restart nothing", async () => {
    const before = await web();
    await access("none");
    await applyApp(namespace, { ...specOf(await app()), disruption: { maxUnavailable: 1 } });
    await vi.waitFor(async () => expect(await observed()).toBe(true), patience);
    await access("get");
    await applyApp(namespace, { ...specOf(await app()), disruption: { maxUnavailable: 2 } });
    await vi.waitFor(async () => expect(await observed()).toBe(true), patience);
    expect((await web())["spec"]).toEqual(before["spec"]);
    expect(await releaseOf(namespace)).toBe(release);
  });

  test("one that goes missing later restarts nothing", async () => {
    const before = await web();
    await run("delete", "secret", "shop-db");
    await applyApp(namespace, { ...specOf(await app()), disruption: { maxUnavailable: 1 } });
    await vi.waitFor(async () => expect(JSON.stringify((await app())["status"])).toContain("ReferenceMissing"), patience);
    expect((await web())["spec"]).toEqual(before["spec"]);
    expect(await releaseOf(namespace)).toBe(release);
  });

  const app = async () => exists(scalableApps, namespace, "shop");
  const specOf = ({ spec }: KubeObject) => spec as object;
  const observed = async () => {
    const { metadata, status } = (await app()) as KubeObject & { readonly status?: { readonly observedGeneration?: number } };
    return status?.observedGeneration === metadata.generation;
  };
});
