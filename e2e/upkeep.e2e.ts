import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  appReady,
  applyApp,
  conditionOf,
  databaseReady,
  exampleApp,
  givenNamespace,
  givenPostgres,
  type AppManifest,
} from "./scenario/given.ts";
import { eventually, must } from "./scenario/kubectl.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-upkeep";
const events = { table: "app.events", column: "created_at", every: "month", ahead: 2, keep: 1 };
let app: AppManifest;

/** Names in the database that no shell and no SQL may stumble over. */
const tables = `
  create schema app;
  create table app.events (id bigint generated always as identity, created_at timestamptz not null default now(), primary key (id, created_at))
    partition by range (created_at);
  create table app."old; drop table 'x'" partition of app.events for values from ('2001-01-01+00') to ('2001-02-01+00');
  insert into app.events (created_at) values ('2001-01-15+00');
  create table clicks (day date) partition by list (day);
  create materialized view stats as select count(*) as events from app.events;
  create unique index on stats (events);
  create materialized view unread as select 1 as id with no data;`;

async function inDatabase(statements: string): Promise<string> {
  const script = `psql -X -v ON_ERROR_STOP=1 -tA -U shop -h /var/run/postgresql shop`;
  return (await kubectl.run("-n", namespace, "exec", "deployment/db", "--", "sh", "-c", `${script} <<'SQL'\n${statements}\nSQL`)).trim();
}

async function partitions(): Promise<readonly string[]> {
  const asked = `select c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) from pg_inherits join pg_class c on c.oid = inhrelid
    where inhparent = 'app.events'::regclass order by c.relname`;
  return (await inDatabase(`set timezone = 'UTC';\n${asked};`)).split("\n").slice(1);
}

/** Waits until the condition says so, and answers what it says. */
async function upkeepIs(reason: string): Promise<string> {
  return eventually(
    `DataUpkeep is ${reason}`,
    async () => {
      const now = conditionOf((await kubectl.get(namespace, "scalableapp", "shop"))!, "DataUpkeep");
      must(now?.reason === reason, `it is ${now?.reason}: ${now?.message}`);
      return now?.message ?? "";
    },
    120,
  );
}

/** Runs a task now instead of at its time. */
async function runNow(task: string): Promise<void> {
  await eventually(`the CronJob of ${task} is there`, async () => {
    must(await kubectl.get(namespace, "cronjob", `shop-upkeep-${task}`), "not yet");
  });
  await kubectl.run("-n", namespace, "create", "job", `--from=cronjob/shop-upkeep-${task}`, `now-${task}`);
  await kubectl.run("-n", namespace, "wait", `job/now-${task}`, "--for=condition=Complete", "--timeout=60s");
}

/** The first day of a month in UTC, so many months from now. */
function month(ahead: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 10);
}

function specOf(postgres: object): Readonly<Record<string, unknown>> {
  const { autoscaling: _autoscaling, ...web } = app.spec["web"] as Record<string, unknown>;
  return {
    web: { ...web, replicas: 1 },
    workers: [],
    schedules: [],
    redis: { cache: { enabled: false }, queue: { enabled: false } },
    postgres: { ...(app.spec["postgres"] as object), ...postgres },
  };
}

beforeAll(async () => {
  await givenNamespace(kubectl, namespace);
  await givenPostgres(kubectl, namespace);
  app = await exampleApp("02-storefront");
  await databaseReady(kubectl, namespace);
  await inDatabase(tables);
  await applyApp(kubectl, namespace, app, specOf({ partitions: [events], materializedViews: [{ name: "stats", every: "1d" }] }));
  await appReady(kubectl, namespace);
});

afterAll(async () => kubectl.deleteNamespace(namespace));

describe("given a table by months, one of which is long past, and a materialized view", () => {
  test("when the first release serves, then months are there ahead, the past one is gone, and the view is as new as its minute", async () => {
    await runNow("view-stats");
    expect(await upkeepIs("UpkeepSucceeded")).toContain("the partitions of app.events, the view stats");
    const names = [0, 1, 2].map((ahead) => `events_p${month(ahead).replaceAll("-", "")}`);
    const bounds = [0, 1, 2].map((ahead) => `FROM ('${month(ahead)} 00:00:00+00') TO ('${month(ahead + 1)} 00:00:00+00')`);
    expect(await partitions()).toEqual(names.map((name, index) => `${name} FOR VALUES ${bounds[index]}`));
    expect(await inDatabase("select events from stats")).toBe("0");
  });

  test("when an hour comes, then nothing changes that is right", async () => {
    const before = await partitions();
    await runNow("partitions");
    expect(await partitions()).toEqual(before);
  });

  test("when a table is partitioned otherwise, then the condition says what to change, and the others are kept", async () => {
    const wrong = { table: "clicks", column: "day" };
    await applyApp(
      kubectl,
      namespace,
      app,
      specOf({ partitions: [wrong, { ...events, ahead: 3 }], materializedViews: [{ name: "unread", every: "1d" }] }),
    );
    expect(await upkeepIs("UpkeepFailed")).toContain("clicks is not partitioned by range of the one column day, but by list of day");
    expect(await partitions()).toHaveLength(4);
  });

  test("when it is taken out of the list, then all is well, and a view that was never filled is", async () => {
    await applyApp(
      kubectl,
      namespace,
      app,
      specOf({ partitions: [{ ...events, ahead: 3 }], materializedViews: [{ name: "unread", every: "1d" }] }),
    );
    await runNow("view-unread");
    await upkeepIs("UpkeepSucceeded");
    expect(await inDatabase("select id from unread")).toBe("1");
  });
});
