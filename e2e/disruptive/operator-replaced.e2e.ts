import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, givenNamespace, givenPostgres, podsOf } from "../scenario/given.ts";
import { eventually, must } from "../scenario/kubectl.ts";
import { givenKiller, installOperator, type Killer } from "../scenario/operator.ts";
import { expectBackOn, expectPromoted, promotedPhases } from "../scenario/release-ends.ts";
import { givenShop, type Shop } from "../scenario/shop.ts";
import { testCluster } from "../scenario/test-cluster.ts";

const { kubectl, kubeconfig, helm } = testCluster();
const namespace = "e2e-operator-replaced";
/** No standard is enforced in it. */
const killers = "e2e-operator-killers";
const analysis = { intervalSeconds: 2, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
/** Each waits for a promotion. */
const gates = [{ weight: 25 }, { weight: 50 }];
const rollout = { strategy: "canary", canary: { steps: gates, analysis }, progressDeadlineSeconds: 30, bakeSeconds: 5 };

let shop: Shop;

beforeAll(async () => {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  shop = await givenShop({ kubectl, namespace, name: "shop", rollout });
});

afterAll(async () => {
  await kubectl.deleteNamespace(namespace);
  await installOperator({ helm, kubeconfig });
});

describe("given an operator that is killed with SIGKILL at every step", () => {
  let kill: Killer;

  beforeAll(async () => {
    await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: killers } }));
    kill = await givenKiller(kubectl, killers);
  });

  afterAll(async () => kubectl.deleteNamespace(killers));

  test("when a canary is aborted, then all is back on stable and no request fails", async ({ task }) => {
    const stable = await shop.stable();
    const run = await shop.underLoad(task.name, async (watch) => {
      await shop.release();
      await watch.until("it waits at 25 %", ({ pause }) => pause?.reason === "Step");
      await shop.ask("abort");
      await watch.until("it goes back", ({ phase }) => phase === "RollingBack");
      await kill();
    });
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
    await expectBackOn(shop, run, stable, /abort/);
  });

  test("when a canary is promoted gate by gate, then it ends well and no request fails", async ({ task }) => {
    const before = await shop.stable();
    const run = await shop.underLoad(task.name, async (watch) => {
      const at = async (...[what, holds]: Parameters<typeof watch.until>) => {
        await watch.until(what, holds);
        await kill();
      };
      await shop.release();
      await at("its migration runs", ({ phase }) => phase === "Migrating");
      await at("its pods start", ({ phase }) => phase === "Canary");
      await at("it waits at 25 %", ({ weight, pause }) => weight === 25 && pause?.reason === "Step");
      await shop.ask("promote");
      await at("its weight is 50 %", ({ weight }) => weight === 50);
      await at("it waits at 50 %", ({ weight, pause }) => weight === 50 && pause?.reason === "Step");
      await shop.ask("promote");
      await at("it is promoted", ({ phase }) => phase === "Promoting");
      await at("it bakes", ({ phase }) => phase === "Baking");
    });
    await expectPromoted(shop, run, before);
    expect(run.watch.phases()).toEqual(promotedPhases);
  });
});

describe("given a stable release", () => {
  test("when an upgraded operator renders the pods otherwise, then no pod is restarted and a condition says so", async () => {
    const podIds = async () => {
      const pods = [...(await podsOf(kubectl, namespace, "web")), ...(await podsOf(kubectl, namespace, "worker-orders"))];
      return pods.map(({ metadata }) => metadata.uid).toSorted();
    };
    await shop.ready();
    const before = await podIds();
    await installOperator({ helm, kubeconfig, values: ["images.pgbouncer=docker.io/edoburu/pgbouncer:another"] });
    const reported = await eventually("the condition reports it", async () => {
      const condition = conditionOf(await shop.now(), "UpToDate");
      must(condition?.status === "False", `UpToDate is ${condition?.status}`);
      return condition;
    });
    expect(reported).toMatchObject({ reason: "RenderingPending" });
    expect(await podIds()).toEqual(before);
  });
});
