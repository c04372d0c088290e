import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyApp, appReady, conditionOf, exampleApp, givenNamespace, givenPostgres, podsOf, type AppManifest } from "./scenario/given.ts";
import {
  canaryShare,
  gatewayBuildMs,
  givenGateway,
  routeAnswers,
  startTrackedLoad,
  type Answer,
  type TrackedLoad,
} from "./scenario/gateway.ts";
import { eventually, must, type Thing } from "./scenario/kubectl.ts";
import type { LoadReport } from "./scenario/load.ts";
import { secondsBetween, watchRelease, type ReleaseWatch } from "./scenario/release-watch.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-gateway";
const host = "shop.example.com";
const gateway = { name: "public", namespace: "edge" };
const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
const match = { header: { name: "x-canary", value: "1" } };
const steps = [
  { weight: 5, pauseSeconds: 12 },
  { weight: 50, pauseSeconds: 10 },
];
const rollout = { strategy: "canary", canary: { steps, analysis, match }, progressDeadlineSeconds: 60, bakeSeconds: 5 };
/** Requests a second without the canary's header; some more have it. */
const perSecond = 100;
/** Points of a percent by which a measured share may miss its weight: both Traefiks count for themselves, and start anew at each change of the route. */
const tolerance = 1.5;

let app: AppManifest;
let url: string;
let releases = 0;

/** Asks for a new release: the same app with another environment. */
async function release(env: readonly object[] = [], more: object = {}): Promise<string> {
  const marked = [...env, { name: "RELEASE_NUMBER", value: String(++releases) }];
  return applyApp(kubectl, namespace, app, { env: marked, rollout: { ...rollout, ...more } });
}

/** What came of a release under load: everybody's requests, and those with the canary's header. */
interface Run {
  readonly app: Thing;
  readonly watch: ReleaseWatch;
  readonly load: LoadReport;
  readonly answers: readonly Answer[];
  readonly matched: readonly Answer[];
}

/** Makes a change under load through the Gateway until its release has ended. */
async function underLoad(change: () => Promise<unknown>): Promise<Run> {
  const everybody = startTrackedLoad(url, perSecond, { host });
  const testers = startTrackedLoad(url, 10, { host, "x-canary": "1" });
  const watch = await watchRelease(kubectl, namespace);
  const stopped = async (load: TrackedLoad) => load.stop();
  let reports: readonly LoadReport[] = [];
  try {
    await eventually("the load flows", async () => must(everybody.sent() > 2 * perSecond, `${everybody.sent()} requests so far`));
    await change();
    await watch.end(150);
  } finally {
    watch.stop();
    reports = await Promise.all([everybody, testers].map(stopped));
  }
  const [load, tests] = reports as [LoadReport, LoadReport];
  const seconds = secondsBetween(watch.seen[0], watch.seen.at(-1));
  const title = expect.getState().currentTestName?.split(" > ").at(-1);
  console.log(
    `${title}: ${load.sent} requests, ${load.failed} failed ${JSON.stringify(load.perFailure)}, p99 ${load.p99Ms} ms; ` +
      `${tests.sent} with the header, ${tests.failed} failed; ${watch.phases().join(" > ")} in ${seconds} s`,
  );
  const now = (await kubectl.get(namespace, "scalableapp", "shop"))!;
  return { app: now, watch, load, answers: everybody.answers, matched: testers.answers };
}

/** The last seconds of a step of a canary, when its weight has long been in effect. */
function endOfStep({ watch }: Run, step: number): readonly [number, number] {
  const next = watch.seen.find((seen) => (seen.step ?? 0) > step || seen.phase === "Promoting");
  const end = next?.atMs ?? Number.NaN;
  return [end - 6_000, end - 500];
}

async function routed(status: string, seconds = 60): Promise<{ readonly reason: string; readonly message: string }> {
  return eventually(
    `Routed is ${status}`,
    async () => {
      const condition = conditionOf((await kubectl.get(namespace, "scalableapp", "shop"))!, "Routed");
      must(condition?.status === status, `Routed is ${JSON.stringify(condition)}`);
      return condition;
    },
    seconds,
  );
}

async function backends(): Promise<readonly string[]> {
  const route = await kubectl.get(namespace, "httproute", "shop-web");
  return route!.spec.rules.flatMap((rule: { backendRefs: { name: string }[] }) => rule.backendRefs.map(({ name }) => name));
}

beforeAll(async () => {
  url = await givenGateway(kubectl);
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  const example = await exampleApp("05-canary");
  const { autoscaling: _autoscaling, ...web } = example.spec["web"] as Record<string, unknown>;
  const routing = { hosts: [host], gateway };
  app = { ...example, spec: { ...example.spec, web: { ...web, replicas: 4, shutdown: { drainSeconds: 5 } }, routing } };
  await release();
  await appReady(kubectl, namespace);
  await routeAnswers(url, host);
}, gatewayBuildMs);

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given an app behind a Gateway under a constant load", () => {
  test("then its route is accepted, and no pod but the stable ones is behind it", async () => {
    expect(await routed("True")).toMatchObject({ reason: expect.any(String) });
    expect(await backends()).toEqual(["shop-web"]);
  });

  test("when a canary passes its steps, then each weight is the share of requests that it gets, the header finds it, and no request fails", async () => {
    const run = await underLoad(async () => release());
    const shares = steps.map(({ weight }, index) => ({ weight, ...canaryShare(run.answers, ...endOfStep(run, index)) }));
    console.log(shares.map(({ weight, percent, of }) => `weight ${weight} %: ${percent} % of ${of} requests`).join("; "));
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
    expect(run.matched.filter(({ status }) => status !== 200)).toEqual([]);
    expect(run.watch.phases()).toEqual(["Migrating", "Canary", "Promoting", "Baking", "Stable"]);
    for (const { weight, percent, of } of shares) {
      expect(of).toBeGreaterThan(perSecond);
      expect(Math.abs(percent - weight), `weight ${weight} %: ${percent} %`).toBeLessThanOrEqual(tolerance);
    }
    for (const index of steps.keys()) expect(canaryShare(run.matched, ...endOfStep(run, index)).percent).toBe(100);
    expect(await backends()).toEqual(["shop-web"]);
    for (const pod of await podsOf(kubectl, namespace, "web")) {
      expect(pod.metadata.labels?.["scalableapp.dev/release"]).toBe(run.app.status.release.stable);
    }
  });

  test("when a canary answers 5xx to 20 %, then it is sent back, and only its own answers failed", async () => {
    const run = await underLoad(async () => release([{ name: "FAULT_ERROR_PERCENT", value: "20" }]));
    const back = run.watch.seen.find(({ phase }) => phase === "RollingBack");
    const afterBack = Math.round(((run.load.lastFailureMs ?? Number.NaN) - back!.atMs) / 100) / 10;
    const canary = run.answers.filter(({ track }) => track === "canary").length;
    console.log(`the canary answered ${canary} requests well and ${run.load.failed} not, the last ${afterBack} s after it was sent back`);
    expect(Object.keys(run.load.perFailure)).toEqual(["status 500"]);
    expect(run.load.failed).toBeLessThan(canary);
    expect(run.app.status.release.phase).toBe("Failed");
    expect(run.app.status.quarantined.at(-1).reason).toMatch(/requests failed/);
    expect(run.answers.at(-1)).toMatchObject({ track: "stable" });
    expect(await backends()).toEqual(["shop-web"]);
    expect(await kubectl.get(namespace, "deployment", "shop-web-canary")).toBeUndefined();
  });

  test.each([
    { strategy: "rolling", more: { strategy: "rolling" }, phases: ["Migrating", "RollingOut", "Baking", "Stable"] },
    {
      strategy: "blueGreen",
      more: { strategy: "blueGreen", blueGreen: { autoPromotionSeconds: 3, scaleDownDelaySeconds: 5 } },
      phases: ["Migrating", "Preview", "Promoting", "Baking", "Stable"],
    },
  ])("when a release is $strategy, then no request fails", async ({ more, phases }) => {
    const run = await underLoad(async () => release([], more));
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
    expect(run.watch.phases()).toEqual(phases);
  });

  test("when its Gateway does not exist, then Routed is False and says which one to make", async () => {
    const env = [{ name: "RELEASE_NUMBER", value: String(releases) }];
    await applyApp(kubectl, namespace, app, { env, rollout, routing: { hosts: [host], gateway: { name: "nowhere", namespace: "edge" } } });
    expect((await routed("False")).message).toContain("nowhere");
    await applyApp(kubectl, namespace, app, { env, rollout });
    await routed("True");
  });
});
