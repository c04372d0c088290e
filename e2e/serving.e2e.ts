import { request } from "undici";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { type AppManifest, applyApp, conditionOf, givenStorefront, podsOf } from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-serving";
const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "src/report.ts"], deadlineSeconds: 50, retries: 2 }];
let app: AppManifest;
let url: string;

async function json(path: string, init: { method?: "GET" | "POST"; body?: unknown } = {}): Promise<{ status: number; body: any }> {
  const { statusCode, body } = await request(url + path, {
    method: init.method ?? "GET",
    ...(init.body !== undefined && { body: JSON.stringify(init.body), headers: { "content-type": "application/json" } }),
  });
  return { status: statusCode, body: await body.json() };
}

beforeAll(async () => {
  ({ app, url } = await givenStorefront(kubectl, namespace, () => ({ schedules })));
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given the storefront, when it is applied with kubectl", () => {
  test("then it answers through its Service, reads from Postgres through the pooler and caches in the managed Redis", async () => {
    const products = await json("/api/products");
    expect(products.status).toBe(200);
    expect((await json("/api/health")).body).toMatchObject({ status: "healthy" });
    const cache = await podsOf(kubectl, namespace, "redis-cache");
    await json("/api/products/1");
    const keys = await kubectl.run("-n", namespace, "exec", cache[0]!.metadata.name, "--", "redis-cli", "dbsize");
    expect(Number.parseInt(keys, 10)).toBeGreaterThan(0);
  });

  test("then the app's own connection string points at loopback and holds no password, though the Secret's is full of special characters", async () => {
    const [web] = await podsOf(kubectl, namespace, "web");
    const env = await kubectl.run(
      "-n",
      namespace,
      "exec",
      web!.metadata.name,
      "-c",
      "app",
      "--",
      "node",
      "-p",
      "JSON.stringify(process.env)",
    );
    const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_PASSWORD } = JSON.parse(env) as Record<string, string>;
    expect(DATABASE_URL).toBe("postgres://app@127.0.0.1:6432/app");
    expect(DATABASE_PASSWORD ?? "").toBe("");
    expect(DATABASE_DIRECT_URL).toBeUndefined();
    expect(env).not.toContain("ss:/word");
  });

  test("then Postgres sees no more connections than the budget reports, however many requests come at once", async () => {
    await Promise.all(Array.from({ length: 200 }, async (_, i) => json(`/api/products/${(i % 5) + 1}`)));
    const reported = await kubectl.get(namespace, "scalableapp", "shop");
    const count = await kubectl.run(
      "-n",
      namespace,
      "exec",
      "deployment/db",
      "--",
      "psql",
      "-U",
      "shop",
      "-h",
      "/var/run/postgresql",
      "-tAc",
      "select count(*) from pg_stat_activity where datname = 'shop'",
    );
    expect(Number(count)).toBeLessThanOrEqual(reported?.status.connectionBudget.used);
    expect(conditionOf(reported!, "ConnectionBudget")).toMatchObject({ status: "True", reason: "WithinBudget" });
  });

  test("then an order is accepted at once, and the worker carries it out through the managed queue", async () => {
    const placed = await json("/api/orders", { method: "POST", body: { productId: 1, quantity: 2 } });
    expect(placed.status).toBe(202);
    await eventually(
      "the worker has done the order",
      async () => {
        const { body } = await json(placed.body.statusUrl);
        must(["completed", "done", "fulfilled"].includes(body.status), `its status is ${body.status}`);
      },
      30,
    );
  });

  test("then a second apply of the same manifest changes nothing", async () => {
    const text = await applyApp(kubectl, namespace, app, { schedules });
    expect(text).toContain("unchanged");
  });

  test("then every pod meets the restricted standard and holds no token", async () => {
    const pods = await kubectl.list(namespace, "pods", "scalableapp.dev/app=shop");
    expect(pods.length).toBeGreaterThanOrEqual(5);
    for (const pod of pods) expect(pod.spec.automountServiceAccountToken, pod.metadata.name).toBe(false);
  });

  test("then deleting the app removes all but the queue's volume", async () => {
    await kubectl.run("-n", namespace, "delete", "scalableapp", "shop", "--timeout=120s");
    await eventually("every child is gone", async () => {
      const left = await kubectl.list(
        namespace,
        "deployments,statefulsets,services,cronjobs,jobs,hpa,pdb,configmaps,serviceaccounts",
        "scalableapp.dev/app=shop",
      );
      must(left.length === 0, `left: ${left.map((thing) => `${thing.kind} ${thing.metadata.name}`).join(", ")}`);
    });
    const claims = await kubectl.list(namespace, "persistentvolumeclaims");
    expect(claims.map((claim) => claim.status.phase)).toEqual(["Bound"]);
  });
});
