import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
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

  test("the database's parts from the Secret's keys, where there is no pooler", () => {
    const partsFrom = { secretName: "shop-db", password: "pw" };
    for (const role of ["web/deployment", "migration/job"]) {
      expect(variables({ postgres: { ...database, partsFrom }, migration }, role)).toMatchObject({
        DATABASE_HOST: { secretKeyRef: { name: "shop-db", key: "host" } },
        DATABASE_PORT: { secretKeyRef: { name: "shop-db", key: "port" } },
        DATABASE_NAME: { secretKeyRef: { name: "shop-db", key: "dbname" } },
        DATABASE_USER: { secretKeyRef: { name: "shop-db", key: "username" } },
        DATABASE_PASSWORD: { secretKeyRef: { name: "shop-db", key: "pw" } },
      });
    }
  });

  test("the database by its own name, with the parameters of its client library", () => {
    const postgres = {
      ...database,
      database: "orders",
      urlParameters: { schema: "a&b", application: "x,y" },
      replicas: [{ urlFrom: fromSecret }],
    };
    expect(variables({ stage: "growth", postgres })).toMatchObject({
      DATABASE_NAME: "orders",
      DATABASE_URL: "postgres://app@127.0.0.1:6432/orders?application=x%2Cy&schema=a%26b",
      DATABASE_REPLICA_URLS: "postgres://app@127.0.0.1:6432/replica_0?application=x%2Cy&schema=a%26b",
    });
  });

  test("a managed Redis by its Service, an external one by its Secret", () => {
    const queue = { urlFrom: { secretKeyRef: { name: "redis", key: "url" } } };
    const redis = variables({ redis: { cache: {}, queue } });
    expect(redis).toMatchObject({
      REDIS_CACHE_URL: "redis://shop-redis-cache:6379",
      REDIS_CACHE_HOST: "shop-redis-cache",
      REDIS_CACHE_PORT: "6379",
      REDIS_CACHE_PASSWORD: "",
      REDIS_QUEUE_URL: { secretKeyRef: { name: "redis", key: "url" } },
    });
    expect(redis).not.toHaveProperty("REDIS_QUEUE_HOST");
  });

  test("the parts of an external Redis by the keys of its Secret", () => {
    const cache = { urlFrom: { secretKeyRef: { name: "redis", key: "url" } }, partsFrom: { secretName: "redis", password: "pw" } };
    expect(variables({ redis: { cache } })).toMatchObject({
      REDIS_CACHE_HOST: { secretKeyRef: { name: "redis", key: "host" } },
      REDIS_CACHE_PORT: { secretKeyRef: { name: "redis", key: "port" } },
      REDIS_CACHE_USER: "",
      REDIS_CACHE_PASSWORD: { secretKeyRef: { name: "redis", key: "pw" } },
    });
  });
});

describe("a component has variables of its own", () => {
  const own = {
    env: [
      { name: "ROLE", value: "own" },
      { name: "BOTH", value: "own" },
    ],
    envFrom: [{ configMapRef: { name: "own" } }],
  };
  const spec = {
    env: [
      { name: "BOTH", value: "app" },
      { name: "LAST", value: "app" },
    ],
    envFrom: [{ configMapRef: { name: "app" } }],
    web: own,
    workers: [
      { name: "orders", command: ["work"], ...own },
      { name: "plain", command: ["work"] },
    ],
    schedules: schedules.map((schedule) => ({ ...schedule, ...own })),
    migration: { ...migration, ...own, contract: { command: ["node", "contract.js"] } },
  };

  test.each(["web/deployment", "worker-orders/deployment", "schedule-report/cron-job", "migration/job", "migration/contract-job"])(
    "which stand last and win: %s",
    (role) => {
      const app = containerOf(childOf(spec, role).object);
      expect(listOf(app["env"]).slice(-3)).toEqual([{ name: "LAST", value: "app" }, ...own.env]);
      expect(app["envFrom"]).toEqual([...spec.envFrom, ...own.envFrom]);
    },
  );

  test("and no other has them", () => {
    expect(variables(spec, "worker-plain/deployment")).toMatchObject({ BOTH: "app" });
    expect(variables(spec, "worker-plain/deployment")).not.toHaveProperty("ROLE");
  });
});

describe("a third party's container", () => {
  const spec = { postgres: database, sidecars: [{ name: "agent", image: "agent:1" }] };
  const ofAgent = (fields: Tree, more: Tree = {}) => {
    const sidecars = [{ name: "agent", image: "agent:1", ...fields }];
    return environmentOf(containerOf(childOf({ ...spec, ...more, sidecars }, "web/deployment").object, "agent"));
  };

  test("gets nothing that it does not ask for, and so no password", () => {
    expect(ofAgent({})).toEqual({});
    expect(ofAgent({ env: [{ name: "A", value: "$$(DATABASE_URL)" }] })).toEqual({ A: "$$(DATABASE_URL)" });
  });

  test.each<[string, Tree, Tree]>([
    ["by a variable", { env: [{ name: "DSN", value: "$(DATABASE_URL)" }] }, { DATABASE_URL: fromSecret, DSN: "$(DATABASE_URL)" }],
    ["by a word of its command", { command: ["agent", "--dsn=$(DATABASE_URL)"] }, { DATABASE_URL: fromSecret }],
    ["by an argument", { args: ["$(PORT)"] }, { PORT: "8080" }],
    ["under its own name", { env: [{ name: "PORT", value: "$(PORT)" }] }, { PORT: "8080" }],
  ])("gets what it asks for %s", (_, fields, expected) => {
    expect(ofAgent(fields)).toEqual(expected);
  });

  test("gets what that in turn is made of", () => {
    const replicas = [{ urlFrom: { secretKeyRef: { name: "shop-ro", key: "url" } } }];
    expect(ofAgent({ args: ["$(DATABASE_REPLICA_URLS)"] }, { postgres: { ...database, replicas } })).toEqual({
      DATABASE_REPLICA_0_URL: { secretKeyRef: { name: "shop-ro", key: "url" } },
      DATABASE_REPLICA_URLS: "$(DATABASE_REPLICA_0_URL)",
    });
  });

  test("is none where it runs the image of the app", () => {
    expect(ofAgent({ image: "ghcr.io/acme/shop:1" })).toMatchObject({ SCALABLEAPP_NAME: "shop", DATABASE_URL: fromSecret });
  });
});

test("the migration alone gets the direct URL, under both names, and the parts by a pooler beside it", () => {
  const spec = { stage: "growth", postgres: database, migration };
  expect(variables(spec, "migration/job")).toMatchObject({
    DATABASE_URL: fromSecret,
    DATABASE_DIRECT_URL: fromSecret,
    DATABASE_HOST: "127.0.0.1",
    DATABASE_PORT: "6432",
  });
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
