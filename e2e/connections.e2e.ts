import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appReady, applyApp, conditionOf, givenStorefront, podsOf, type AppManifest } from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { startLoad } from "./scenario/load.ts";
import { watchRelease } from "./scenario/release-watch.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-connections";
const ceiling = 4;
let app: AppManifest;
let url: string;

/** 31 connections for 9 pods of web and one of a migration, which wish for 5 each; one more is the migration's own: 10 x 3 + 1. */
function specOf(release: number): Readonly<Record<string, unknown>> {
  const autoscaling = {
    minReplicas: 2,
    maxReplicas: ceiling,
    scaleOut: { by: 2, sustainedSeconds: 0, cooldownSeconds: 15 },
    scaleIn: { by: 1, sustainedSeconds: 300, cooldownSeconds: 15 },
  };
  return {
    env: [{ name: "RELEASE_NUMBER", value: String(release) }],
    web: { ...(app.spec["web"] as object), autoscaling },
    workers: [],
    schedules: [],
    postgres: { ...(app.spec["postgres"] as object), maxConnections: 44, pooler: { poolSize: 5 } },
    rollout: { strategy: "rolling", bakeSeconds: 0, rolling: { settleSeconds: 0 } },
  };
}

/** Asks the server again and again how many connections the app has, until it is stopped; the answer is the most that it saw. */
function followConnections(): { stop(): Promise<{ readonly most: number; readonly looks: number }> } {
  const query =
    "select count(*) from pg_stat_activity where datname = 'shop' and backend_type = 'client backend' and pid <> pg_backend_pid()";
  const script = `most=0; looks=0
    while [ ! -e /tmp/stop ]; do
      now=$(psql -U shop -h /var/run/postgresql -tAc "${query}") || continue
      looks=$((looks + 1)); [ "$now" -gt "$most" ] && most=$now
      sleep 0.1
    done
    rm /tmp/stop; echo "$most $looks"`;
  const inDatabase = async (...command: string[]) => kubectl.run("-n", namespace, "exec", "deployment/db", "--", ...command);
  const seen = inDatabase("sh", "-c", script);
  return {
    async stop() {
      await inDatabase("touch", "/tmp/stop");
      const [most = 0, looks = 0] = (await seen).trim().split(" ").map(Number);
      return { most, looks };
    },
  };
}

beforeAll(async () => {
  ({ app, url } = await givenStorefront(kubectl, namespace, (example) => {
    app = example;
    return specOf(1);
  }));
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given a database that has too few connections for what the pods of an app wish for", () => {
  test("then each pod has the largest pool that fits, and kubectl shows the sum", async () => {
    const now = await appReady(kubectl, namespace);
    expect(now.status.connectionBudget).toEqual({ sum: "31 of 31", limit: 31, used: 31, perPod: 3 });
    expect(conditionOf(now, "ConnectionBudget")).toMatchObject({ status: "True", reason: "WithinBudget" });
    expect(await kubectl.run("-n", namespace, "get", "sapp", "shop")).toContain("31 of 31");
  });

  test("when it scales to its ceiling, releases and returns under load, then there never are more connections than the sum, and no request fails", async () => {
    const connections = followConnections();
    const load = startLoad({ url: `${url}/api/work?ms=40`, keptAlivePerSecond: 6, newPerSecond: 6, timeoutMs: 30_000 });
    const queries = startLoad({ url: `${url}/api/products`, keptAlivePerSecond: 20, newPerSecond: 20, timeoutMs: 30_000 });
    await eventually(
      "the web stands at its ceiling",
      async () => must((await podsOf(kubectl, namespace, "web")).length === ceiling, "not yet"),
      240,
    );
    const watch = await watchRelease(kubectl, namespace);
    await applyApp(kubectl, namespace, app, specOf(2));
    await watch.end(240);
    watch.stop();
    const back = await watchRelease(kubectl, namespace);
    await kubectl.run("-n", namespace, "annotate", "scalableapp", "shop", "scalableapp.dev/rollback=back");
    await back.end(240);
    back.stop();
    const reports = await Promise.all([load.stop(), queries.stop()]);
    const { most, looks } = await connections.stop();
    const now = (await kubectl.get(namespace, "scalableapp", "shop"))!;
    expect(conditionOf(now, "Ready")).toMatchObject({ status: "False", reason: "ReleaseQuarantined" });
    console.log(
      `at most ${most} connections in ${looks} looks, of ${now.status.connectionBudget.sum}; ${JSON.stringify(reports.map(({ sent }) => sent))} requests`,
    );
    for (const { failures } of reports) expect(failures).toEqual([]);
    expect(looks).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(now.status.connectionBudget.used);
  });
});
