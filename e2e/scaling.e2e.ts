import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appReady, givenStorefront, podsOf } from "./scenario/given.ts";
import { startLoad } from "./scenario/load.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-scaling";
const autoscaling = {
  minReplicas: 2,
  maxReplicas: 4,
  scaleOut: { by: 2, sustainedSeconds: 0, cooldownSeconds: 15 },
  scaleIn: { by: 1, sustainedSeconds: 15, cooldownSeconds: 15 },
};
const schedules = [{ name: "report", cron: "* * * * *", command: ["node", "src/report.ts"], deadlineSeconds: 50, retries: 2 }];
let url: string;

beforeAll(async () => {
  ({ url } = await givenStorefront(kubectl, namespace, (app) => ({
    schedules,
    workers: [],
    web: { ...(app.spec["web"] as object), autoscaling },
  })));
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given an app with shortened scaling windows, and a schedule", () => {
  test("when a load comes, then it scales out; when the load goes, then it scales in, and the operator never quarrels with the autoscaler", async () => {
    const desired = async () => (await kubectl.get(namespace, "deployment", "shop-web"))?.spec.replicas as number;
    expect(await desired()).toBe(2);
    const load = startLoad({ url: `${url}/api/work?ms=40`, keptAlivePerSecond: 12, newPerSecond: 0, timeoutMs: 30_000 });
    await eventually("the web has scaled out", async () => must((await desired()) === 4, `it stands at ${await desired()}`), 240);
    await eventually("the new pods serve", async () => must((await podsOf(kubectl, namespace, "web")).length === 4, "not yet"));
    const report = await load.stop();
    expect(report.failed).toBe(0);
    await eventually("the web has scaled in", async () => must((await desired()) === 2, `it stands at ${await desired()}`), 300);
    const app = await appReady(kubectl, namespace);
    expect(app.status.scaling).toMatchObject({ floor: 2, ceiling: 4 });
  });

  // The ticks went by while it scaled.
  test("then the schedule has run exactly once per tick, although the web had several replicas", async () => {
    const reports = await eventually("two ticks have run", async () => {
      const body = (await (await fetch(`${url}/api/reports`)).json()) as { readonly reports: readonly { readonly tick: string }[] };
      must(body.reports.length >= 2, `${body.reports.length} report(s) so far`);
      return body.reports;
    });
    const ticks = reports.map((report) => report.tick);
    expect(new Set(ticks).size).toBe(ticks.length);
    const reported = await eventually("the status reports the last run", async () => {
      const found = await kubectl.get(namespace, "scalableapp", "shop");
      must(found?.status.schedules?.[0]?.lastRun, "no lastRun yet");
      return found;
    });
    expect(reported.status.schedules[0]).toMatchObject({ name: "report" });
  });
});
