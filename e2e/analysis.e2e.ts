import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFile } from "node:fs/promises";
import { givenNamespace, givenPostgres } from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { abortedPhases, expectAllOn, expectBackOn, expectPromoted, promotedPhases, scheduledRelease } from "./scenario/release-ends.ts";
import { givenShop, type Shop } from "./scenario/shop.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-analysis";
const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
const steps = [{ weight: 50, pauseSeconds: 6 }];
const rollout = { strategy: "canary", canary: { steps, analysis }, progressDeadlineSeconds: 60, bakeSeconds: 3, revisionHistory: 20 };
const monitoring = { prometheus: { url: `http://prometheus.${namespace}:9090` } };

let shop: Shop;

beforeAll(async () => {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  await kubectl.apply(await readFile(new URL("./scenario/prometheus.yaml", import.meta.url), "utf8"), "-n", namespace);
  shop = await givenShop({ kubectl, namespace, name: "shop", rollout, spec: { monitoring } });
  await kubectl.run("-n", namespace, "rollout", "status", "deployment/prometheus", "--timeout=120s");
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given a canary that a real Prometheus judges", () => {
  const slow = { FAULT_LATENCY_MS: "700" };
  const series = (what: string) =>
    `sum(rate(http_request_duration_seconds_${what}{namespace="{{namespace}}",pod=~"{{candidatePods}}"}[{{window}}]))`;
  const queries = [{ name: "mean-seconds", promql: `${series("sum")} / ${series("count")}`, max: 0.5 }];

  test.for([
    {
      what: "is slower than stable, within the absolute limit",
      limit: { maxIncreasePercent: 50 },
      reason: /more than 50 % above stable's/,
    },
    { what: "exceeds a query of the user", limit: { queries }, reason: /^query mean-seconds yields .*, above the maximum 0.5$/ },
  ])("when it $what, then it goes back and no request fails", async ({ limit, reason }, { task }) => {
    const stable = await shop.stable();
    const strict = { canary: { steps, analysis: { ...analysis, ...limit } } };
    const run = await shop.underLoad(task.name, async () => shop.release({ env: slow, rollout: strict }));
    expect(run.watch.phases()).toEqual(abortedPhases);
    await expectBackOn(shop, run, stable, reason);
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
  });

  test("when it exceeds the same query in a dry run, then that is told, and it is promoted", async ({ task }) => {
    const before = await shop.stable();
    const dry = { canary: { steps, analysis: { ...analysis, queries, dryRun: ["mean-seconds"] } } };
    const run = await shop.underLoad(task.name, async () => shop.release({ env: slow, rollout: dry }));
    await expectPromoted(shop, run, before);
    const told = run.watch.seen.flatMap((seen) => seen.analysis ?? []).filter(({ name }) => name === "query/mean-seconds");
    expect(told).toContainEqual(
      expect.objectContaining({
        dryRun: true,
        result: "passed",
        message: expect.stringContaining("dry run, would fail: query mean-seconds"),
      }),
    );
  });
});

describe("given a release whose fault begins late", () => {
  test("when it strikes in the bake, then web, worker and schedule all return to the release before", async ({ task }) => {
    const stable = await shop.stable();
    const env = { FAULT_ERROR_PERCENT: "50", FAULT_AFTER_SECONDS: "30" };
    const run = await shop.underLoad(task.name, async (watch) => {
      await shop.release({ env, rollout: { strategy: "rolling", bakeSeconds: 90 } });
      const { candidate } = await watch.until("it bakes", ({ phase }) => phase === "Baking");
      expect(await scheduledRelease(shop)).toBe(candidate);
    });
    expect(run.watch.phases()).toEqual(["Pending", "Migrating", "RollingOut", "Baking", "RollingBack", "Failed"]);
    await expectBackOn(shop, run, stable, /error rate/);
    expect(Object.keys(run.load.perFailure)).toEqual(["status 500"]);
  });
});

describe("given a release that runs out of memory", () => {
  test("when it is applied again, then nothing starts; a retry tries it again, and the next release goes through", async ({ task }) => {
    const stable = await shop.stable();
    const web = { ...(shop.spec["web"] as object), resources: { requests: { memory: "40Mi" }, limits: { memory: "40Mi" } } };
    const first = await shop.underLoad(`${task.name} (first)`, async () => shop.release({ spec: { web } }));
    expect(first.load).toMatchObject({ failed: 0, failures: [] });
    await expectBackOn(shop, first, stable, /memory|OOM/);

    expect(await shop.syncAgain()).toContain("unchanged");
    await shop.syncAgain({ labels: { team: "shop" }, annotations: { "scalableapp.dev/promote": "sync" } });
    // The answer to the request tells that the operator has seen the change.
    const synchronised = await eventually("the operator has seen the new label", async () => {
      const app = await shop.now();
      must(
        app.status.requests?.some(({ id }: { id: string }) => id === "sync"),
        "not yet",
      );
      return app;
    });
    expect(synchronised.status.release).toMatchObject({ stable, phase: "Failed" });
    expect(synchronised.status.release.candidate).toBeUndefined();
    await expectAllOn(shop, stable);

    const again = await shop.underLoad(`${task.name} (retry)`, async () => shop.ask("retry"));
    expect(again.watch.phases()).toContain("Canary");
    await expectBackOn(shop, again, stable, /memory|OOM/);

    const fixed = await shop.underLoad(`${task.name} (fixed)`, async () => shop.release());
    await expectPromoted(shop, fixed, stable);
  });
});

// The last story: nothing brings Prometheus back.
describe("given a canary whose source of figures is dead", () => {
  test("when Prometheus is gone, then it pauses and says why, and goes on where a user says so", async ({ task }) => {
    await kubectl.run("-n", namespace, "scale", "deployment/prometheus", "--replicas=0");
    await eventually("Prometheus is gone", async () =>
      must((await kubectl.list(namespace, "pods", "app=prometheus")).length === 0, "not yet"),
    );
    const before = await shop.stable();
    const blind = { canary: { steps, analysis: { ...analysis, inconclusiveLimitSeconds: 5 } } };
    const run = await shop.underLoad(task.name, async (watch) => {
      await shop.release({ rollout: blind });
      const paused = await watch.until("it pauses", ({ pause }) => pause?.reason === "Inconclusive");
      expect(paused).toMatchObject({ phase: "Canary", weight: 50, message: expect.stringContaining("Prometheus at prometheus.") });
      await shop.ask("promote");
    });
    await expectPromoted(shop, run, before);
    expect(run.watch.phases()).toEqual(promotedPhases);
  });
});
