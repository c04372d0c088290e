import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, inject, vi } from "vitest";
import { endOfAuditLog, isWrite, readAuditLog, type AuditEvent } from "../../e2e/cluster/index.ts";
import { scalableApps } from "../api/kind.ts";
import { createController } from "../controller/controller.ts";
import { createWorkerLimit } from "../controller/worker-limit.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import { defaultImages } from "../resources/images.ts";
import { silentLogger } from "./silent-logger.ts";

/** The user's connection. */
export let people: KubeClient;

/** Connects the user. */
export function connect(): void {
  people = createKubeClient({ kubeConfig: inject("kubeconfig"), userAgent: "people" });
}

/** How long, and how often, waits look. */
export const patience = { timeout: 20_000, interval: 50 };
// The API server is shared: an operator that watched all namespaces would do the work of other tests' operators.
const suffix = randomBytes(3).toString("hex");
// Files run side by side, and the audit log is one: each finds the writes of its own operator by this name.
const userAgent = `controller-${suffix}`;
const ownNamespaces = Array.from({ length: 18 }, (_, i) => `controller-${suffix}-${i + 1}`);

/** An operator in this process. */
export interface Operator {
  stop(): Promise<void>;
}

/** Runs the real controller in this process; stopping it is as good as ending the process, for it keeps nothing that matters. */
export async function startOperator(
  agent = userAgent,
  images = defaultImages,
  secretAccess: "get" | "watch" | "none" = "get",
  through: (client: KubeClient) => KubeClient = (client) => client,
): Promise<Operator> {
  const client = through(createKubeClient({ kubeConfig: inject("kubeconfig"), userAgent: agent }));
  const stop = new AbortController();
  const controller = createController({
    client,
    logger: silentLogger,
    registry: new Registry(),
    now: () => Date.now(),
    workers: createWorkerLimit({ least: 4 }),
    options: {
      watchNamespaces: ownNamespaces,
      secretAccess,
      pgbouncerImage: images.pgbouncer,
      redisImage: images.redis,
      postgresImage: images.postgres,
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

/** One operator for all tests of a file. */
export function withOperator(): void {
  let operator: Operator | undefined;
  beforeAll(async () => {
    connect();
    operator = await startOperator();
  });
  afterAll(async () => {
    await operator?.stop();
    await people.close();
  });
}

/** Runs kubectl as the administrator, and answers what it prints. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);
  return stdout;
}

let used = 0;
/** Makes a namespace that the operators of this file watch. */
export async function newNamespace(): Promise<string> {
  const name = ownNamespaces[used++];
  if (name === undefined) throw new Error("raise the number of ownNamespaces");
  await people.create(resources.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

/** Applies a ScalableApp as a user would. */
export async function applyApp(namespace: string, spec: object, name = "shop"): Promise<void> {
  const object = { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata: { name, namespace }, spec };
  await people.apply(scalableApps, object, { fieldManager: "test", force: true });
}

/** Makes a Secret with a database URL. */
export async function secret(namespace: string, name: string): Promise<void> {
  const stringData = { url: "postgres://shop:secret@db/shop" };
  await people.create(resources.secrets, { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
}

/** A condition of an app; empty where there is none. */
export async function condition(
  namespace: string,
  type: string,
  name = "shop",
): Promise<{ status?: string; reason?: string; message?: string }> {
  const app = await people.get(scalableApps, namespace, name);
  const conditions = ((app?.["status"] ?? {}) as { conditions?: { type: string; status: string; reason: string; message: string }[] })
    .conditions;
  return conditions?.find((each) => each.type === type) ?? {};
}

/** Waits until an object exists. */
export async function exists(resource: Resource, namespace: string, name: string): Promise<KubeObject> {
  return vi.waitFor(async () => {
    const found = await people.get(resource, namespace, name);
    if (!found) throw new Error(`${resource.kind} ${name} is missing`);
    return found;
  }, patience);
}

/** Waits until an object is gone. */
export async function gone(resource: Resource, namespace: string, name: string): Promise<void> {
  await vi.waitFor(async () => expect(await people.get(resource, namespace, name)).toBeUndefined(), patience);
}

/** The release that the pods of the web Deployment carry. */
export async function releaseOf(namespace: string): Promise<string> {
  const { template } = (await exists(resources.deployments, namespace, "shop-web"))["spec"] as { template: KubeObject };
  const release = template.metadata.labels?.["scalableapp.dev/release"];
  if (release === undefined) throw new Error("the pods carry no release");
  return release;
}

/** Does the kubelet's part, as there is none: the web Deployment's pods are ready. */
async function pretendReady(namespace: string): Promise<void> {
  const web = await exists(resources.deployments, namespace, "shop-web");
  const { replicas } = web["spec"] as { replicas: number };
  const selector = "scalableapp.dev/app=shop,app.kubernetes.io/component=web";
  const { items } = await people.list(resources.pods, { namespace, labelSelector: selector });
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  for (const { metadata } of items)
    await people.mergePatch(resources.pods, namespace, metadata.name, {
      patch: { status: { phase: "Running", conditions } },
      subresource: "status",
    });
  expect(items.length).toBeGreaterThanOrEqual(replicas);
}

/** Waits until a release serves all users. */
export async function becomesStable(namespace: string): Promise<string> {
  return vi.waitFor(async () => {
    await pretendReady(namespace);
    const { release } = ((await people.get(scalableApps, namespace, "shop"))?.["status"] ?? {}) as {
      release?: { phase: string; stable?: string };
    };
    if (release?.phase !== "Stable" || release.stable === undefined)
      throw new Error(`the release is not stable: ${JSON.stringify(release)}`);
    return release.stable;
  }, patience);
}

/** Waits until the operator has written nothing for a second, and says how often it wrote since a byte of the audit log. */
export async function writesSince(byte: number, agent = userAgent): Promise<readonly string[]> {
  const seen = async () => (await readAuditLog(inject("auditLog"), byte)).events.filter(isWriteOf(agent)).map(describeWrite);
  let before = await seen();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const now = await seen();
    if (now.length === before.length) return now;
    before = now;
  }
}

/** Waits until the operator has written nothing for a second. */
export async function quiesced(): Promise<void> {
  await writesSince(await auditEnd());
}

/**
 * Says that the operator has nothing to write after what is done here, e.g. a touch of the app. The cluster's own controllers may
 * still report news of pods, and the status follows those up to 10 s later: where that alone was written it is done again, for as long
 * as patience lasts. A write of anything else fails, however often it is followed by silence.
 */
export async function expectNoWriteAfter(act: () => Promise<unknown>): Promise<void> {
  const beyondStatus: string[] = [];
  await vi.waitFor(async () => {
    await quiesced();
    const mark = await auditEnd();
    await act();
    const writes = await writesSince(mark);
    beyondStatus.push(...writes.filter((write) => !write.startsWith(`patch ${scalableApps.plural}/status `)));
    expect(writes).toEqual([]);
  }, patience);
  expect(beyondStatus).toEqual([]);
}

let touches = 0;
/** Makes the operator look at the app again at once, and changes nothing of what the user wants. */
export async function touch(namespace: string): Promise<void> {
  const annotations = { touched: String(++touches) };
  await people.mergePatch(scalableApps, namespace, "shop", { patch: { metadata: { annotations } } });
}

/** Every request of an operator since a byte of the audit log, but for those of its caches. */
export async function requestsSince(byte: number, agent = userAgent): Promise<readonly string[]> {
  const { events } = await readAuditLog(inject("auditLog"), byte);
  const own = events.filter(({ userAgent: from, stage }) => from === agent && stage === "ResponseComplete");
  const asked = own.filter(({ verb }) => verb !== "list" && verb !== "watch");
  return asked.map((event) => `${describeWrite(event)} ${event.responseStatus?.code}`);
}

/** The answers' codes of an operator's writes of statuses since a byte of the audit log. */
export async function statusAnswersSince(byte: number, agent: string): Promise<readonly (number | undefined)[]> {
  const { events } = await readAuditLog(inject("auditLog"), byte);
  const written = events.filter(isWriteOf(agent)).filter(({ objectRef }) => objectRef?.subresource === "status");
  return written.map(({ responseStatus }) => responseStatus?.code);
}

function isWriteOf(agent: string) {
  return (event: AuditEvent) => event.userAgent === agent && isWrite(event);
}

function describeWrite({ verb, objectRef }: AuditEvent): string {
  const { resource, subresource, name } = objectRef ?? {};
  return `${verb} ${resource}${subresource ? `/${subresource}` : ""} ${name}`;
}

/** Where the audit log ends now, in bytes. */
export async function auditEnd(): Promise<number> {
  return endOfAuditLog(inject("auditLog"));
}

/** Ends a Job, as its pods would. */
export async function completeJob(namespace: string, name: string, outcome: "Complete" | "Failed"): Promise<void> {
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
  await endPods(namespace, name, outcome === "Complete" ? "Succeeded" : "Failed");
}

/** No node runs the pods of a Job here, so nobody else says that they have ended. */
async function endPods(namespace: string, job: string, phase: "Succeeded" | "Failed"): Promise<void> {
  const { items } = await people.list(resources.pods, { namespace, labelSelector: `batch.kubernetes.io/job-name=${job}` });
  for (const { metadata } of items) {
    await people.mergePatch(resources.pods, namespace, metadata.name, { patch: { status: { phase } }, subresource: "status" });
  }
}

/** The smallest manifest of an app with a database. */
export const minimal = {
  image: "ghcr.io/acme/shop:1.4.2",
  stage: "growth",
  postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 },
};
