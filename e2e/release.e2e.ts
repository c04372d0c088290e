import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, givenFrontDoor, givenNamespace, givenPostgres, isReady, podsOf } from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { expectAllOn, expectBackOn, expectPromoted, promotedPhases } from "./scenario/release-ends.ts";
import { timeDetection } from "./scenario/release-run.ts";
import type { ReleaseWatch } from "./scenario/release-watch.ts";
import { givenShop, type Shop } from "./scenario/shop.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-release";
const intervalSeconds = 2;
const analysis = { intervalSeconds, minRequests: 30, errorRatePercent: 5, latencyP99Milliseconds: 2000 };
const steps = [
  { weight: 25, pauseSeconds: 8 },
  { weight: 50, pauseSeconds: 8 },
];
const rollout = { strategy: "canary", canary: { steps, analysis }, progressDeadlineSeconds: 30, bakeSeconds: 5, revisionHistory: 20 };

let shop: Shop;
let door: string;

async function settings(data: Readonly<Record<string, string>>): Promise<void> {
  await kubectl.apply(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace }, data }));
}

beforeAll(async () => {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  await settings({ GREETING: "hello" });
  shop = await givenShop({ kubectl, namespace, name: "shop", rollout, spec: { envFrom: [{ configMapRef: { name: "settings" } }] } });
  door = await givenFrontDoor(kubectl, namespace);
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given an app with a canary under constant load", () => {
  test("when a canary stays within its limits, then web and worker take it together and no request fails", async ({ task }) => {
    const before = await shop.stable();
    const run = await shop.underLoad(task.name, async () => shop.release());
    await expectPromoted(shop, run, before);
    expect(run.watch.phases()).toEqual(promotedPhases);
    expect([...new Set(run.watch.seen.flatMap(({ weight }) => weight ?? []))]).toEqual([25, 50, 100]);
    const { stable } = run.app.status.release;
    for (const id of [before, stable]) expect(await kubectl.get(namespace, "controllerrevision", `shop-${id}`)).toBeDefined();
    expect(conditionOf(run.app, "UpToDate")).toMatchObject({ status: "True" });
  });

  test("when a changed ConfigMap makes the canary answer 5xx to 20 %, then it is back in seconds, with the old configuration", async ({
    task,
  }) => {
    const stable = await shop.stable();
    const run = await shop.underLoad(task.name, async () => settings({ GREETING: "goodbye", FAULT_ERROR_PERCENT: "20" }));
    // Two rounds with errors are needed at least, three at this traffic; readiness is seen up to a round late.
    expect(timeDetection(run).afterReady).toBeLessThanOrEqual(4 * intervalSeconds + 2);
    expect(Object.keys(run.load.perFailure)).toEqual(["status 500"]);
    await expectBackOn(shop, run, stable, /requests failed/);

    const [pod] = await podsOf(kubectl, namespace, "web");
    await kubectl.run("-n", namespace, "delete", "pod", pod!.metadata.name, "--wait=false");
    const fresh = await eventually("another stable pod is ready", async () => {
      const found = (await podsOf(kubectl, namespace, "web")).find(
        ({ metadata }) => metadata.creationTimestamp > pod!.metadata.creationTimestamp,
      );
      must(found && isReady(found), "not yet");
      return found;
    });
    const reported = await kubectl.run("-n", namespace, "exec", fresh.metadata.name, "-c", "app", "--", "printenv", "GREETING");
    expect(reported.trim()).toBe("hello");
    expect(await shop.syncAgain()).toContain("unchanged");
    expect((await shop.now()).status.release).toMatchObject({ stable, phase: "Failed" });
    await settings({ GREETING: "hello" });
    await shop.ready();
  });

  test.each<{ what: string; env: Readonly<Record<string, string>>; reason: RegExp; failures: readonly string[] }>([
    { what: "is slow", env: { FAULT_LATENCY_MS: "2500" }, reason: /took longer than 2000 ms/, failures: [] },
    // What the crashing process had taken on, or was sent until the nodes heard of its end, is lost with it.
    { what: "crashes", env: { FAULT_CRASH_AFTER_SECONDS: "6" }, reason: /restart|ends again/, failures: ["ECONN", "UND_ERR_SOCKET"] },
    { what: "never becomes ready", env: { FAULT_NEVER_READY: "1" }, reason: /progressDeadlineSeconds/, failures: [] },
    { what: "cannot migrate", env: { FAULT_MIGRATION: "fail" }, reason: /migration/, failures: [] },
  ])("when a canary $what, then all is back on stable and the release is quarantined", async ({ what, env, reason, failures }) => {
    const stable = await shop.stable();
    const run = await shop.underLoad(`a canary ${what}`, async () => shop.release({ env }));
    await expectBackOn(shop, run, stable, reason);
    const others = Object.keys(run.load.perFailure).filter((kind) => !failures.some((allowed) => kind.startsWith(allowed)));
    expect(others).toEqual([]);
    if (what !== "cannot migrate") return;
    await eventually("its last log lines are reported", async () => {
      const message = conditionOf(await shop.now(), "Migrated")?.message;
      must(message?.includes("its last log lines: ") && message.includes("FAULT_MIGRATION is fail"), `Migrated says: ${message}`);
    });
  });

  test("when a rolling release crashes at its start, then it goes back by itself and no request fails", async ({ task }) => {
    const stable = await shop.stable();
    const env = { FAULT_CRASH_AFTER_SECONDS: "0.2" };
    const run = await shop.underLoad(task.name, async () => shop.release({ env, rollout: { strategy: "rolling" } }));
    expect(run.watch.phases()).toEqual(["Migrating", "RollingOut", "RollingBack", "Failed"]);
    await expectBackOn(shop, run, stable, /ends again|restart/);
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
  });
});

describe("given blue/green under constant load", () => {
  test("when the candidate is complete, then the Service switches at once and no request fails", async ({ task }) => {
    const before = await shop.stable();
    const blueGreen = { autoPromotionSeconds: 5, scaleDownDelaySeconds: 5 };
    const change = async (watch: ReleaseWatch) => {
      await shop.release({ rollout: { strategy: "blueGreen", blueGreen } });
      await watch.until("the candidate stands behind the preview Service", ({ phase }) => phase === "Preview");
      await eventually("the preview Service is there", async () =>
        must(await kubectl.get(namespace, "service", "shop-web-preview"), "not yet"),
      );
    };
    const run = await shop.underLoad(task.name, change, door);
    await expectPromoted(shop, run, before);
    expect(run.watch.phases()).toEqual(["Migrating", "Preview", "Promoting", "Baking", "Stable"]);
    const { stable } = run.app.status.release;
    expect((await kubectl.get(namespace, "service", "shop-web"))?.spec.selector["scalableapp.dev/release"]).toBe(stable);
  });

  test("when a rollback is asked for, then all returns to the release before without steps, and no request fails", async ({ task }) => {
    const { stable, previous } = (await shop.now()).status.release;
    const run = await shop.underLoad(task.name, async () => shop.ask("rollback"), door);
    expect(run.load).toMatchObject({ failed: 0, failures: [] });
    expect(run.app.status.release).toMatchObject({ stable: previous, phase: "Failed" });
    expect(run.app.status.quarantined.at(-1)).toMatchObject({ release: stable });
    await expectAllOn(shop, previous);
  });
});
