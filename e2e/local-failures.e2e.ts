import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appReady, conditionOf, givenNamespace, givenPostgres, podsOf } from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { givenDeniedCronJob, type Denial } from "./scenario/denial.ts";
import { givenShop, type Shop } from "./scenario/shop.ts";
import { promotedPhases, scheduledRelease } from "./scenario/release-ends.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-local-failures";
const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
const steps = [
  { weight: 25, pauseSeconds: 8 },
  { weight: 50, pauseSeconds: 8 },
];
const rollout = { strategy: "canary", canary: { steps, analysis }, progressDeadlineSeconds: 60, bakeSeconds: 5 };
const report = { name: "report", cron: "0 3 * * *", command: ["node", "-e", "0"] };
const cleanUp = { ...report, name: "clean-up" };

let shop: Shop;
let denial: Denial;

beforeAll(async () => {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  shop = await givenShop({ kubectl, namespace, name: "shop", rollout, spec: { schedules: [report] } });
});

afterAll(async () => {
  await denial?.lift();
  await kubectl.deleteNamespace(namespace);
});

/** What the app says of the CronJob that is refused. */
async function expectNamed(): Promise<void> {
  const app = await shop.now();
  const [refusal, ...others] = app.status.refusals ?? [];
  expect(others).toEqual([]);
  expect(refusal).toMatchObject({ kind: "CronJob", name: "shop-clean-up", role: "schedule-clean-up/cron-job", reason: "ApplyRefused" });
  expect(refusal.holdsBack).toBeUndefined();
  const refused = conditionOf(app, "Refused");
  expect(refused).toMatchObject({ status: "True", reason: "ApplyRefused" });
  expect(refused?.message).toMatch(
    /CronJob shop-clean-up.*spec\.schedules\[clean-up\] as the policy asks, or ask its owner for an exception/u,
  );
  for (const type of ["Ready", "Progressing"]) expect(conditionOf(app, type)).toMatchObject({ status: "False", reason: "ApplyRefused" });
  expect(conditionOf(app, "Degraded")).toMatchObject({ status: "True", reason: "ApplyRefused" });
}

describe("given a canary under load, and a policy of the cluster that refuses a new schedule of it", () => {
  test("then it is promoted without the loss of a request, and everything but that schedule is right", async () => {
    const before = await shop.stable();
    denial = await givenDeniedCronJob(kubectl, { namespace, name: "shop-clean-up" });
    const run = await shop.underLoad("a refused schedule", async () => shop.release({ spec: { schedules: [report, cleanUp] } }));
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
    expect(run.watch.phases()).toEqual(promotedPhases);
    const { stable, previous } = run.app.status.release;
    expect(previous).toBe(before);
    expect(stable).not.toBe(before);

    await eventually("the candidate's own pods are gone", async () =>
      must((await kubectl.get(namespace, "deployment", "shop-web-canary")) === undefined, "not yet"),
    );
    for (const [component, count] of Object.entries({ web: 2, "worker-orders": 1 })) {
      const pods = await podsOf(kubectl, namespace, component);
      expect(pods.length).toBe(count);
      for (const pod of pods) expect(pod.metadata.labels?.["scalableapp.dev/release"], pod.metadata.name).toBe(stable);
    }
    expect(await scheduledRelease(shop)).toBe(stable);
    expect(await kubectl.get(namespace, "cronjob", "shop-clean-up")).toBeUndefined();
    await eventually("the schedule that is refused is named, and nothing else", expectNamed, 60);
  });

  test("when the policy is lifted, then the schedule appears by itself and all is well", async () => {
    await denial.lift();
    const made = await eventually("the CronJob exists", async () => {
      const found = await kubectl.get(namespace, "cronjob", "shop-clean-up");
      must(found, "not yet: it is tried again every 30 seconds");
      return found;
    });
    const stable = await shop.stable();
    expect(made.spec.jobTemplate.spec.template.metadata.labels["scalableapp.dev/release"]).toBe(stable);
    const app = await appReady(kubectl, namespace);
    expect(app.status.refusals).toBeUndefined();
    expect(conditionOf(app, "Refused")).toBeUndefined();
    expect(conditionOf(app, "Degraded")).toMatchObject({ status: "False" });
  });
});
