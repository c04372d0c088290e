import { describe, expect, test } from "vitest";
import type { Tree } from "../../api/tree.ts";
import { childOf, containerOf, database, environmentOf, listOf } from "../../testing/rendered.ts";
import { mergeEnvironment } from "./environment.ts";

const fromSecret = { secretKeyRef: { name: "shop-db", key: "url" } };
const migration = { command: ["node", "migrate.js"] };
const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }];

function variables(spec: Tree, role = "web/deployment"): Readonly<Record<string, unknown>> {
  return environmentOf(containerOf(childOf(spec, role).object));
}

describe("every container of the app knows", () => {
  test("what it is", () => {
    expect(variables({ web: { port: 3000 } })).toEqual({
      PORT: "3000",
      SCALABLEAPP_NAME: "shop",
      SCALABLEAPP_COMPONENT: "web",
      SCALABLEAPP_RELEASE: "0a1b2c3d4e",
      SCALABLEAPP_TRACK: "stable",
    });
    expect(variables({ workers: [{ name: "orders", command: ["work"] }] }, "worker-orders/deployment")).toMatchObject({
      SCALABLEAPP_COMPONENT: "worker-orders",
    });
    expect(variables({ schedules }, "schedule-report/cron-job")).toMatchObject({ SCALABLEAPP_COMPONENT: "schedule-report" });
    expect(variables({ migration }, "migration/job")).toMatchObject({ SCALABLEAPP_COMPONENT: "migration" });
  });

  test("the database through the pooler, without a password", () => {
    const pooled = variables({ stage: "growth", postgres: database, redis: { cache: { enabled: false } } });
    expect(pooled).toMatchObject({
      DATABASE_URL: "postgres://app@127.0.0.1:6432/app",
      DATABASE_HOST: "127.0.0.1",
      DATABASE_PORT: "6432",
      DATABASE_NAME: "app",
      DATABASE_USER: "app",
      DATABASE_PASSWORD: "",
    });
    expect(pooled).not.toHaveProperty("DATABASE_DIRECT_URL");
    expect(JSON.stringify(pooled)).not.toContain("shop-db");
  });

  test("the read replicas, by pooled URLs that differ in the database's name", () => {
    const replicas = [{ urlFrom: fromSecret }, { urlFrom: fromSecret }];
    expect(variables({ stage: "growth", postgres: { ...database, replicas } })).toMatchObject({
      DATABASE_REPLICA_URLS: "postgres://app@127.0.0.1:6432/replica_0,postgres://app@127.0.0.1:6432/replica_1",
    });
  });

  test("the database itself where there is no pooler", () => {
    const replicas = [{ urlFrom: { secretKeyRef: { name: "shop-ro", key: "url" } } }];
    const tls = { caSecretRef: { name: "shop-ca", key: "ca.crt" } };
    const direct = variables({ stage: "mvp", postgres: { ...database, replicas, tls } });
    expect(direct).toMatchObject({
      DATABASE_URL: fromSecret,
      DATABASE_REPLICA_0_URL: { secretKeyRef: { name: "shop-ro", key: "url" } },
      DATABASE_REPLICA_URLS: "$(DATABASE_REPLICA_0_URL)",
      PGSSLROOTCERT: "/etc/scalable-app/database-ca/ca.crt",
    });
    expect(direct).not.toHaveProperty("DATABASE_HOST");
  });

  test("a managed Redis by its Service, an external one by its Secret", () => {
    const queue = { urlFrom: { secretKeyRef: { name: "redis", key: "url" } } };
    const redis = variables({ redis: { cache: {}, queue } });
    expect(redis).toMatchObject({
      REDIS_CACHE_URL: "redis://shop-redis-cache:6379",
      REDIS_CACHE_HOST: "shop-redis-cache",
      REDIS_CACHE_PORT: "6379",
      REDIS_QUEUE_URL: { secretKeyRef: { name: "redis", key: "url" } },
    });
    expect(redis).not.toHaveProperty("REDIS_QUEUE_HOST");
  });
});

test("the migration alone gets the direct URL, under both names", () => {
  const spec = { stage: "growth", postgres: database, migration };
  expect(variables(spec, "migration/job")).toMatchObject({ DATABASE_URL: fromSecret, DATABASE_DIRECT_URL: fromSecret });
  expect(variables(spec)).not.toHaveProperty("DATABASE_DIRECT_URL");
});

test("a run of a schedule is known by its Job, so that a retry bears the same name", () => {
  expect(variables({ schedules }, "schedule-report/cron-job")).toMatchObject({
    SCALABLEAPP_RUN_ID: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
  });
});

describe("the user's variables", () => {
  test("stand after ours, so that they can refer to them", () => {
    const env = [{ name: "MYAPP_DB_HOST", value: "$(DATABASE_HOST)" }];
    const names = listOf(containerOf(childOf({ stage: "growth", postgres: database, env }, "web/deployment").object)["env"]).map(
      ({ name }) => name,
    );
    expect(names.indexOf("MYAPP_DB_HOST")).toBeGreaterThan(names.indexOf("DATABASE_HOST"));
    expect(names.at(-1)).toBe("MYAPP_DB_HOST");
  });

  test("win over ours, which then are gone", () => {
    expect(
      mergeEnvironment(
        [
          { name: "A", value: "ours" },
          { name: "B", value: "ours" },
        ],
        [
          { name: "C", value: "user's" },
          { name: "A", valueFrom: fromSecret },
        ],
      ),
    ).toEqual([
      { name: "B", value: "ours" },
      { name: "C", value: "user's" },
      { name: "A", valueFrom: fromSecret },
    ]);
  });

  test("of envFrom are passed on", () => {
    const envFrom = [{ configMapRef: { name: "shop" } }, { prefix: "S_", secretRef: { name: "shop-secret" } }];
    expect(containerOf(childOf({ envFrom }, "web/deployment").object)["envFrom"]).toEqual(envFrom);
  });
});
