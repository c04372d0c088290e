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
/** Long enough for a window of a query. */
const longSteps = [{ weight: 50, pauseSeconds: 25 }];
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

  test("when it exceeds a query of the user, then it rolls back and no request fails", async ({ task }) => {
    const stable = await shop.stable();
    const strict = { canary: { steps: longSteps, analysis: { ...analysis, windowSeconds: 15, failureLimit: 0, queries } } };
    const run = await shop.underLoad(task.name, async () => shop.release({ env: slow, rollout: strict }));
    expect(run.watch.phases()).toEqual(abortedPhases);
    await expectBackOn(shop, run, stable, /query mean-seconds yields .*, above the maximum 0.5/);
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
  });

  test("when it exceeds the same query in a dry run, then that is shown, and it is promoted with what it has proven", async ({ task }) => {
    const before = await shop.stable();
    const dry = {
      canary: { steps: longSteps, analysis: { ...analysis, windowSeconds: 15, failureLimit: 0, queries, dryRun: ["mean-seconds"] } },
    };
    const run = await shop.underLoad(task.name, async () => shop.release({ env: slow, rollout: dry }));
    await expectPromoted(shop, run, before);
    const shown = run.watch.seen.flatMap((seen) => seen.analysis ?? []).filter(({ name }) => name === "query/mean-seconds");
    expect(shown).toContainEqual(expect.objectContaining({ dryRun: true, result: "fail" }));
    expect(run.app.status.release.proven).toContainEqual(
      expect.stringMatching(/^step 1 \(50 %\): 0 of \d+ requests failed: below [\d.]+ % at 99 %/),
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
    expect(run.watch.phases()).toEqual(["Migrating", "RollingOut", "Baking", "RollingBack", "Failed"]);
    await expectBackOn(shop, run, stable, /requests failed/);
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
    // The answer to the request says that the operator has seen the change.
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

    const fixed = await shop.underLoad(`${task.name} (fixed)`, async () => shop.release({ rollout: { strategy: "rolling" } }));
    await expectPromoted(shop, fixed, stable);
  });
});

describe("given an app whose metrics nobody can see", () => {
  const web = () => ({ ...(shop.spec["web"] as object), metrics: { path: "/no-such-page" } });

  test("when a canary answers 500 on a probed path, then the operator's own requests find it", async ({ task }) => {
    const stable = await shop.stable();
    const probes = [{ path: "/api/products/1", perInterval: 5 }];
    const probed = { canary: { steps: longSteps, analysis: { ...analysis, probes } } };
    const env = { FAULT_ERROR_PERCENT: "100" };
    const run = await shop.underLoad(task.name, async () =>
      shop.release({ env, rollout: probed, spec: { web: web(), monitoring: undefined } }),
    );
    expect(run.watch.phases()).toEqual(abortedPhases);
    await expectBackOn(shop, run, stable, /\/api\/products\/1.*500/);
    expect(Object.keys(run.load.perFailure)).toEqual(["status 500"]);
  });

  test("when a canary cannot be judged at all, then it rolls back, and says what was asked and the ways out", async ({ task }) => {
    const stable = await shop.stable();
    const blind = { canary: { steps, analysis: { ...analysis, inconclusiveSeconds: 8 } } };
    const run = await shop.underLoad(task.name, async () => shop.release({ rollout: blind, spec: { web: web(), monitoring: undefined } }));
    await expectBackOn(
      shop,
      run,
      stable,
      /nothing could be seen .*GET \/no-such-page .*404.*web\.metrics\.path.*analysis\.probes.*onInconclusive/,
    );
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
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
    const blind = { canary: { steps, analysis: { ...analysis, inconclusiveSeconds: 5, onInconclusive: "pause" } } };
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
