import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appReady, applyApp, exampleApp, givenNamespace, givenPostgres, type AppManifest } from "./scenario/given.ts";
import { gatewayBuildMs, givenGateway } from "./scenario/gateway.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { startLoad } from "./scenario/load.ts";
import { watchRelease } from "./scenario/release-watch.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-django";
const headers = { host: "shop.example.com" };
const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
/** The example has the defaults of its stage; here the same happens in seconds. */
const rollout = { strategy: "canary", canary: { steps: [{ weight: 50, pauseSeconds: 6 }], analysis }, bakeSeconds: 3 };
let app: AppManifest;
let url: string;

async function ask(path: string, order?: object): Promise<{ readonly status: number; readonly body: any }> {
  const sent = order && { method: "POST" as const, body: JSON.stringify(order) };
  const { statusCode, body } = await request(url + path, { headers, ...sent });
  const text = await body.text();
  must(text.startsWith("{"), `${path} answered ${statusCode}: ${text.slice(0, 200)}`);
  return { status: statusCode, body: JSON.parse(text) };
}

beforeAll(async () => {
  url = await givenGateway(kubectl);
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  await kubectl.run("-n", namespace, "create", "secret", "generic", "shop", "--from-literal=SECRET_KEY=of-this-story-alone");
  app = await exampleApp("08-django");
  await applyApp(kubectl, namespace, app, { rollout });
  await appReady(kubectl, namespace);
}, gatewayBuildMs);

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given a Django app that was written from the docs, when it is applied", () => {
  test("then its migration has made the tables, and it serves through its route and Service", async () => {
    await eventually("the route answers", async () => must((await ask("/orders")).status === 200, "not yet"));
    expect((await ask("/orders")).body).toEqual({ orders: [] });
  });

  test("then an order is written, and the Celery worker fulfils it", async () => {
    const placed = await ask("/orders", { item: "tea", quantity: 2 });
    expect(placed).toMatchObject({ status: 202, body: { item: "tea", quantity: 2, status: "placed" } });
    await eventually("it is fulfilled", async () => {
      const { body } = await ask(`/orders/${placed.body.id}`);
      must(body.status === "fulfilled", `its status is ${body.status}`);
    });
  });

  test("then a new release is judged by django-prometheus' metrics, and no request fails", async () => {
    const before = await appReady(kubectl, namespace);
    const watch = await watchRelease(kubectl, namespace);
    const load = startLoad({ url: `${url}/orders`, headers, keptAlivePerSecond: 15, newPerSecond: 15 });
    try {
      await eventually("the load flows", async () => must(load.sent() > 60, `${load.sent()} requests so far`));
      const env = [...(app.spec["env"] as object[]), { name: "RELEASE_NUMBER", value: "2" }];
      await applyApp(kubectl, namespace, app, { rollout, env });
      await watch.end(80);
    } finally {
      watch.stop();
    }
    const report = await load.stop();
    const { release } = (await appReady(kubectl, namespace)).status;
    console.log(
      `Django under load: ${report.sent} requests, ${report.failed} failed, p99 ${report.p99Ms} ms; ${watch.phases().join(" > ")}`,
    );
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(release.stable).not.toBe(before.status.release.stable);
    expect(release.proven).toContainEqual(expect.stringMatching(/^step 1 \(50 %\): 0 of \d+ requests failed/));
  });
});
