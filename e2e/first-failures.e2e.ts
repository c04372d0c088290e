import { afterAll, describe, expect, test } from "vitest";
import type { ConditionReason } from "../operator/api/conditions.ts";
import { appReady, applyApp, conditionOf, exampleApp, givenNamespace, givenPostgres, type AppManifest } from "./scenario/given.ts";
import { eventually, must, type Thing } from "./scenario/kubectl.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespaces = { path: "e2e-first-failures-path", password: "e2e-first-failures-password", check: "e2e-first-failures-check" };

afterAll(async () => {
  for (const namespace of Object.values(namespaces)) await kubectl.deleteNamespace(namespace);
});

/** The storefront alone, whose first release is the only one. */
async function givenApp(namespace: string): Promise<AppManifest> {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  return exampleApp("02-storefront");
}

/** What everything that a user looks at says, once it names a reason. */
async function whatIsSaid(namespace: string, wanted: ConditionReason, component = "web"): Promise<string> {
  const app = await eventually<Thing>(`Ready is ${wanted}`, async () => {
    const found = await kubectl.get(namespace, "scalableapp", "shop");
    const ready = found && conditionOf(found, "Ready");
    must(found && ready?.reason === wanted, `Ready is ${ready?.reason}: ${ready?.message}`);
    // Another component may start more slowly, and be what is said first.
    const { message } = (found.status?.components ?? []).find(({ name }: { name: string }) => name === component) ?? {};
    must(message === ready.message, `Ready says ${ready.message}, and ${component} ${message}`);
    return found;
  });
  const message = conditionOf(app, "Ready")?.message ?? "";
  for (const type of ["Progressing", "Degraded"])
    expect(conditionOf(app, type), type).toMatchObject({ status: "True", reason: wanted, message });
  return message;
}

describe("given a first release that cannot become ready", () => {
  test("because its health path does not exist, then path and field are named; with the path mended it serves", async () => {
    const namespace = namespaces.path;
    const app = await givenApp(namespace);
    const web = { ...(app.spec["web"] as object | undefined) };
    await applyApp(kubectl, namespace, app, { schedules: [], web: { ...web, health: { ready: "/no-such-path" } } });
    expect(await whatIsSaid(namespace, "ProbeFailed")).toMatch(/readiness answers 404 at \/no-such-path: set web\.health\.ready/u);
    await applyApp(kubectl, namespace, app, { schedules: [] });
    await appReady(kubectl, namespace);
  });

  test("because the password of its database is wrong, then the pooler's error and the Secret are named; with the Secret mended it serves", async () => {
    const namespace = namespaces.password;
    const app = await givenApp(namespace);
    const encoded = await kubectl.run("-n", namespace, "get", "secret", "shop-db", "-o", "jsonpath={.data.url}");
    const right = Buffer.from(encoded, "base64").toString();
    await giveUrl(namespace, right.replace(/:[^:@/]+@/u, ":wrong@"));
    await applyApp(kubectl, namespace, app, { schedules: [], workers: [], migration: null });
    const message = await whatIsSaid(namespace, "DatabaseConnectionFailed");
    expect(message).toMatch(/password authentication failed.*key url of Secret shop-db \(postgres\.urlFrom\)/u);
    expect(message).not.toContain("wrong@");
    await giveUrl(namespace, right);
    // The pods restart with the right password by themselves; the schema comes with the migration.
    await applyApp(kubectl, namespace, app, { schedules: [] });
    await appReady(kubectl, namespace);
  });

  test("because a worker's check fails, which only its kubelet sees, then what the check printed and the field are named; with it mended all is ready", async () => {
    const namespace = namespaces.check;
    const app = await givenApp(namespace);
    const worker = { name: "orders", command: ["node", "src/worker.ts"] };
    const health = { type: "exec", command: ["sh", "-c", "echo the queue has no consumer; exit 1"] };
    await applyApp(kubectl, namespace, app, { schedules: [], workers: [{ ...worker, health }] });
    expect(await whatIsSaid(namespace, "ProbeFailed", "worker-orders")).toMatch(
      /fails by its command: the queue has no consumer: correct workers\[orders\]\.health\.command/u,
    );
    await applyApp(kubectl, namespace, app, { schedules: [], workers: [worker] });
    await appReady(kubectl, namespace);
  });
});

async function giveUrl(namespace: string, url: string): Promise<void> {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "shop-db", namespace }, stringData: { url } };
  await kubectl.apply(JSON.stringify(secret));
}
