import { expect, test } from "vitest";
import { childOf, childrenOf, containerOf, database, podSpecOf } from "../../testing/rendered.ts";
import { viewComponent } from "./upkeep.ts";

const partitions = [
  { table: "events", column: "created_at", keep: 24 },
  { table: "app.clicks", column: "day", every: "day", ahead: 7 },
];
const materializedViews = [
  { name: "product_stats", every: "5m" },
  { name: "app.sales", cron: "0 4 * * *" },
];
const upkeepOf = (postgres: object, spec: object = {}) =>
  childrenOf({ ...spec, postgres: { ...database, ...postgres } }).filter(({ role }) => role.startsWith("upkeep"));

test("an app without partitions and views has nothing of it", () => {
  expect(upkeepOf({})).toEqual([]);
});

test("all tables are kept by one CronJob, each hour, and at once when their list has changed", () => {
  const roles = upkeepOf({ partitions }).map(({ role, wave, podBearing }) => ({ role, wave, podBearing }));
  expect(roles).toEqual([
    { role: "upkeep/config-map", wave: 0, podBearing: false },
    { role: "upkeep-partitions/cron-job", wave: 2, podBearing: false },
    { role: "upkeep-partitions/job", wave: 2, podBearing: false },
  ]);
  const { object } = childOf({ postgres: { ...database, partitions } }, "upkeep-partitions/cron-job");
  expect(object).toMatchObject({
    metadata: { name: "shop-upkeep-partitions" },
    spec: { schedule: expect.stringMatching(/^[0-9]+ \* \* \* \*$/u), concurrencyPolicy: "Forbid", suspend: false },
  });
  expect(containerOf(object, "upkeep")).toMatchObject({
    image: "docker.io/library/postgres:17",
    command: ["sh", "/etc/scalable-app/upkeep/run.sh"],
    args: ["partitions", "events:created_at:month:3:24", "app.clicks:day:day:7:"],
    terminationMessagePolicy: "FallbackToLogsOnError",
  });
  expect(JSON.stringify(podSpecOf(object))).not.toContain("DATABASE_");
});

test("another list is another first run; the same one never runs twice", () => {
  const nameOf = (list: readonly object[]) =>
    childOf({ postgres: { ...database, partitions: list } }, "upkeep-partitions/job").object.metadata.name;
  expect(nameOf(partitions)).toBe(nameOf(structuredClone(partitions)));
  expect(nameOf(partitions)).not.toBe(nameOf(partitions.slice(1)));
});

test("each view has a CronJob of its own", () => {
  const jobs = upkeepOf({ materializedViews }).flatMap(({ role, object }) =>
    object.kind === "CronJob"
      ? [{ role, name: object.metadata.name, schedule: (object as { spec?: { schedule?: string } }).spec?.schedule }]
      : [],
  );
  expect(jobs).toEqual([
    { role: "upkeep-view-product-stats-bbdc0/cron-job", name: "shop-upkeep-view-product-stats-bbdc0", schedule: "*/5 * * * *" },
    {
      role: expect.stringMatching(/^upkeep-view-app-sales-/u),
      name: expect.stringMatching(/^shop-upkeep-view-app-sales-/u),
      schedule: "0 4 * * *",
    },
  ]);
});

test("views of similar names never share a job, and names stay short enough for a CronJob", () => {
  const names = ["a.b", "a_b", "a-b".replace("-", "$"), `${"a".repeat(60)}.${"b".repeat(60)}`, `${"a".repeat(60)}.${"b".repeat(59)}c`];
  expect(new Set(names.map(viewComponent)).size).toBe(names.length);
  for (const { object } of upkeepOf({ materializedViews: names.map((name) => ({ name, every: "1h" })) })) {
    expect(object.metadata.name.length).toBeLessThanOrEqual(52);
  }
});

test("a suspended app is left alone", () => {
  const children = upkeepOf({ partitions, materializedViews }, { suspend: true });
  expect(children.map(({ role }) => role)).not.toContain("upkeep-partitions/job");
  for (const { object } of children) if (object.kind === "CronJob") expect(object).toMatchObject({ spec: { suspend: true } });
});
