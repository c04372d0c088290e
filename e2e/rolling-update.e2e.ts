import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppManifest, appReady, applyApp, givenStorefront, podsOf } from "./scenario/given.ts";
import { startLoad } from "./scenario/load.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-rolling";
const requests = 10_000;
/** Without a bake, a release is stable as soon as all its pods are. */
const base = { schedules: [], rollout: { bakeSeconds: 0 } };
let app: AppManifest;
let url: string;

beforeAll(async () => {
  ({ app, url } = await givenStorefront(kubectl, namespace, () => base));
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given the storefront under a constant load", () => {
  test("when a new release rolls out, then no request of at least 10,000 fails", async () => {
    const before = await appReady(kubectl, namespace);
    const load = startLoad({ url: `${url}/api/products/1`, keptAlivePerSecond: 200, newPerSecond: 40 });
    await eventually("the load flows", async () => must(load.sent() > 500, `${load.sent()} requests so far`));

    await applyApp(kubectl, namespace, app, { ...base, env: [{ name: "LOG_LEVEL", value: "warn" }] });
    const after = await appReady(kubectl, namespace);
    await eventually("enough requests were sent", async () => must(load.sent() >= requests, `${load.sent()} requests so far`));
    const report = await load.stop();

    console.log(
      `rolling update under load: ${report.sent} requests, ${report.failed} failed, p50 ${report.p50Ms} ms, p99 ${report.p99Ms} ms`,
    );
    expect(report.failures).toEqual([]);
    expect(report.failed).toBe(0);
    expect(report.sent).toBeGreaterThanOrEqual(requests);
    expect(after.status.release.stable).not.toBe(before.status.release.stable);
    for (const pod of await podsOf(kubectl, namespace, "web")) {
      expect(pod.metadata.labels?.["scalableapp.dev/release"]).toBe(after.status.release.stable);
    }
  });
});
