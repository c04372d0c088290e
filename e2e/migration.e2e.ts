import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appReady, applyApp, conditionOf, givenStorefront, podsOf, type AppManifest } from "./scenario/given.ts";
import { eventually, must, type Thing } from "./scenario/kubectl.ts";
import { watchRelease, type ReleaseWatch } from "./scenario/release-watch.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-migration";
const drains = 6;
/** Stands for a worker that finishes its job after it was asked to end. */
const worker = ["sh", "-c", `trap 'sleep ${drains}; exit 0' TERM; while :; do sleep 0.2; done`];
/** Fails until the table contract_go is there; counts its runs. */
const contract = `const { Client } = require("pg");
(async () => {
  const client = new Client({ connectionString: process.env.DATABASE_DIRECT_URL });
  await client.connect();
  const { rows } = await client.query("select to_regclass('contract_go') as found");
  if (rows[0].found === null) throw new Error("the table contract_go is missing");
  await client.query("create table if not exists contract_runs (at timestamptz not null default now())");
  await client.query("insert into contract_runs default values");
  await client.end();
})().catch((error) => { console.error(error.message); process.exit(1); });`;

let app: AppManifest;
let first: string;

function specOf(release: number, afterSeconds = 86_400): Readonly<Record<string, unknown>> {
  const { autoscaling: _autoscaling, ...web } = app.spec["web"] as Record<string, unknown>;
  return {
    env: [{ name: "RELEASE_NUMBER", value: String(release) }],
    web: { ...web, replicas: 1 },
    workers: [{ name: "orders", command: worker, drainSeconds: 20, autoscaling: { minReplicas: 1, maxReplicas: 4 } }],
    migration: {
      command: ["sh", "-c", "sleep 4; exec node src/migrate.ts"],
      quiesce: true,
      contract: { command: ["node", "-e", contract], afterSeconds },
    },
    rollout: { strategy: "rolling", bakeSeconds: 2 },
  };
}

async function current(): Promise<Thing> {
  return (await kubectl.get(namespace, "scalableapp", "shop"))!;
}

async function ask(action: string, value: string): Promise<void> {
  await kubectl.run("-n", namespace, "annotate", "scalableapp", "shop", `scalableapp.dev/${action}=${value}`, "--overwrite");
}

async function psql(query: string): Promise<string> {
  return (await kubectl.run("-n", namespace, "exec", "deploy/db", "--", "psql", "-U", "shop", "-d", "shop", "-tAc", query)).trim();
}

async function contracted(reason: string): Promise<Thing> {
  return eventually(`Contracted reports ${reason}`, async () => {
    const now = await current();
    const found = conditionOf(now, "Contracted");
    must(found?.reason === reason, `${found?.reason}: ${found?.message}`);
    return now;
  });
}

beforeAll(async () => {
  ({ app } = await givenStorefront(kubectl, namespace, (example) => {
    app = example;
    return specOf(1);
  }));
  first = (await current()).status.release.stable;
});

afterAll(async () => kubectl.deleteNamespace(namespace));

/**
 * The pods of workers that still work, or that worked when the Job came into being. A pod that has ended stays listed until its kubelet has
 * cleaned up after it, which takes seconds on a busy machine: it works no more, and that is what the operator waits for.
 */
async function workingAt(job: Thing): Promise<readonly string[]> {
  const left = await kubectl.list(namespace, "pods", "app.kubernetes.io/component=worker-orders");
  const begun = Date.parse(job.metadata.creationTimestamp);
  return left
    .filter(({ status }) => {
      const ends = (status.containerStatuses ?? []).map((each: Thing["status"]) => Date.parse(each.state.terminated?.finishedAt ?? ""));
      return !["Succeeded", "Failed"].includes(status.phase) || !ends.every((end: number) => end <= begun);
    })
    .map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
}

async function migrationJob(): Promise<Thing> {
  return eventually("its migration runs", async () => {
    const jobs = await kubectl.list(namespace, "jobs", "app.kubernetes.io/component=migration");
    const found = jobs.find(({ metadata }) => !metadata.name.endsWith(first));
    must(found, "not yet");
    return found;
  });
}

/** Every story begins with the second release as the stable one, whatever became of the story before. */
async function givenSecondRelease(afterSeconds?: number): Promise<string> {
  await applyApp(kubectl, namespace, app, specOf(2, afterSeconds));
  const now = await appReady(kubectl, namespace);
  expect(now.status.release.stable).not.toBe(first);
  return now.status.release.stable;
}

async function givenFailedContract(): Promise<{ readonly stable: string; readonly failed: Thing }> {
  const stable = await givenSecondRelease(3);
  return { stable, failed: await contracted("ContractFailed") };
}

async function givenSucceededContract(): Promise<string> {
  const stable = await givenSecondRelease(3);
  await psql("create table if not exists contract_go ()");
  if (conditionOf(await current(), "Contracted")?.reason !== "ContractSucceeded") await ask("retry", `given-${Date.now()}`);
  await contracted("ContractSucceeded");
  return stable;
}

describe("given workers, a schedule and a migration that asks for quiet", () => {
  let watch: ReleaseWatch | undefined;
  afterAll(() => watch?.stop());

  test("when a release migrates, then it begins when no worker is left, and they come back as many as they were", async () => {
    await kubectl.run("-n", namespace, "scale", "deployment/shop-worker-orders", "--replicas=3");
    await eventually("three workers run", async () => must((await podsOf(kubectl, namespace, "worker-orders")).length === 3, "not yet"));
    watch = await watchRelease(kubectl, namespace);
    await applyApp(kubectl, namespace, app, specOf(2));
    const job = await migrationJob();
    expect(await workingAt(job)).toEqual([]);
    expect((await kubectl.get(namespace, "cronjob", "shop-nightly-report"))?.spec.suspend).toBe(true);
    const migrating = watch.seen.find(({ phase }) => phase === "Migrating") as { phaseStartedAt?: string } | undefined;
    const waited = (Date.parse(job.metadata.creationTimestamp) - Date.parse(migrating?.phaseStartedAt ?? "")) / 1000;
    expect(waited).toBeGreaterThanOrEqual(drains - 1);
    console.log(`the migration began ${waited} s after the workers were asked to rest`);
    await watch.end(120);
    await appReady(kubectl, namespace);
    const back = await kubectl.get(namespace, "deployment", "shop-worker-orders");
    expect(back?.spec.replicas).toBe(3);
    expect((await kubectl.get(namespace, "cronjob", "shop-nightly-report"))?.spec.suspend).not.toBe(true);
  });
});

describe("given a release with a contract migration", () => {
  test("when it fails, then its last log lines are reported, the app serves on, and nothing returns to the release before", async () => {
    const { stable, failed } = await givenFailedContract();
    expect(conditionOf(failed, "Contracted")?.message).toContain("the table contract_go is missing");
    expect(conditionOf(failed, "Ready")).toMatchObject({ status: "True" });
    expect(failed.status.release).toMatchObject({ stable, contract: { release: stable, state: "Failed", olderReleases: [first] } });
    await ask("rollback", "back");
    const refused = await eventually("the request is answered", async () => {
      const found = (await current()).status.requests?.find(({ action }: { action: string }) => action === "rollback");
      must(found, "not yet");
      return found;
    });
    expect(refused).toMatchObject({ outcome: "refused", message: expect.stringContaining(`release ${first} needs the schema`) });
  });

  test("when a retry is asked for, then it runs once more, and only once", async () => {
    if (conditionOf(await current(), "Contracted")?.reason !== "ContractFailed") await givenFailedContract();
    await psql("create table contract_go ()");
    await ask("retry", "again");
    const { status } = await contracted("ContractSucceeded");
    expect(status.release.contract).toMatchObject({ release: status.release.stable, state: "Succeeded" });
    expect(await psql("select count(*) from contract_runs")).toBe("1");
  });

  test("when the spec asks for the release before, then it is held and the stable one serves on", async () => {
    const stable = await givenSucceededContract();
    await applyApp(kubectl, namespace, app, specOf(1, 3));
    await eventually("the release is held", async () => {
      const found = conditionOf(await current(), "Ready");
      must(found?.reason === "SchemaContracted", `${found?.reason}: ${found?.message}`);
    });
    for (const pod of await podsOf(kubectl, namespace, "web")) expect(pod.metadata.labels?.["scalableapp.dev/release"]).toBe(stable);
    await applyApp(kubectl, namespace, app, specOf(2, 3));
    await appReady(kubectl, namespace);
    expect(await psql("select count(*) from contract_runs")).toBe("1");
  });
});
