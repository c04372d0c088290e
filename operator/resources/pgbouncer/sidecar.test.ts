import { expect, test } from "vitest";
import { childOf, containerOf, database, podSpecOf } from "../../testing/rendered.ts";

const replicas = [{ urlFrom: { secretKeyRef: { name: "shop-ro", key: "uri" } } }];
const { object } = childOf({ stage: "growth", postgres: { ...database, replicas } }, "web/deployment");
const pooler = containerOf(object, "pgbouncer");
/** The limits of what an app does on the server, by default. */
const limits = ["--setting=statement_timeout=10s", "--setting=idle_in_transaction_session_timeout=60s"];

test("the pooler starts before the app and stops after it, from the script and the files with the URLs", () => {
  expect(pooler).toMatchObject({
    image: "docker.io/edoburu/pgbouncer:v1.25.2-p0",
    restartPolicy: "Always",
    command: ["sh", "/etc/scalable-app/pgbouncer/start.sh"],
    args: [...limits, "app=/etc/scalable-app/database/app", "replica_0=/etc/scalable-app/database/replica_0"],
  });
});

test("the app waits for its socket: the kubelet cannot reach a port on loopback", () => {
  expect(pooler).toMatchObject({ startupProbe: { exec: { command: ["sh", "-c", "test -S /run/pgbouncer/.s.PGSQL.6432"] } } });
});

test("no URL is in its environment", () => {
  expect(pooler).not.toHaveProperty("env");
  expect(pooler).not.toHaveProperty("envFrom");
});

test("the URLs are files that the pooler alone mounts, and what it derives from them stays in memory", () => {
  expect(podSpecOf(object)["volumes"]).toEqual(
    expect.arrayContaining([
      { name: "pgbouncer", configMap: { name: "shop-pgbouncer-0a1b2c3d4e", defaultMode: 0o444 } },
      { name: "pgbouncer-run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      {
        name: "database",
        projected: {
          defaultMode: 0o444,
          sources: [
            { secret: { name: "shop-db", items: [{ key: "url", path: "app" }] } },
            { secret: { name: "shop-ro", items: [{ key: "uri", path: "replica_0" }] } },
          ],
        },
      },
    ]),
  );
  expect(containerOf(object)["volumeMounts"]).toEqual([{ name: "scratch-0", mountPath: "/tmp" }]);
});

test.each([
  [1000, "96Mi"],
  [1, "65Mi"],
  [10_000, "377Mi"],
])("%i clients get %s of memory", (maxClientConnections, memory) => {
  const postgres = { ...database, pooler: { maxClientConnections } };
  const web = childOf({ stage: "growth", postgres }, "web/deployment").object;
  expect(containerOf(web, "pgbouncer")).toMatchObject({ resources: { limits: { memory } } });
});

test("beside a migration, clients have sessions of their own, and every database of the server", () => {
  const spec = {
    stage: "growth",
    postgres: { ...database, database: "orders", urlParameters: { schema: "a" } },
    migration: { command: ["migrate"] },
  };
  expect(containerOf(childOf(spec, "migration/job").object, "pgbouncer")["args"]).toEqual([
    "--session",
    "--any-database",
    "--database=orders",
    "--parameter=schema=a",
    "orders=/etc/scalable-app/database/app",
  ]);
});

test("beside an app that pools sessions, it knows that", () => {
  const postgres = { ...database, pooler: { poolMode: "session" } };
  const web = childOf({ stage: "growth", postgres }, "web/deployment").object;
  expect(containerOf(web, "pgbouncer")["args"]).toEqual(["--session", ...limits, "app=/etc/scalable-app/database/app"]);
});

test("beside an app, each limit of its time on the server is as the spec says", () => {
  const postgres = { ...database, timeouts: { statementSeconds: 0, lockSeconds: 3, idleTransactionSeconds: 20 } };
  const web = childOf({ stage: "growth", postgres }, "web/deployment").object;
  expect(containerOf(web, "pgbouncer")["args"]).toEqual([
    "--setting=statement_timeout=0s",
    "--setting=lock_timeout=3s",
    "--setting=idle_in_transaction_session_timeout=20s",
    "app=/etc/scalable-app/database/app",
  ]);
});

test("requests and limits of the user's stand over ours", () => {
  const postgres = { ...database, pooler: { resources: { requests: { memory: "48Mi" }, limits: { cpu: "1" } } } };
  const web = childOf({ stage: "growth", postgres }, "web/deployment").object;
  expect(containerOf(web, "pgbouncer")["resources"]).toEqual({
    requests: { cpu: "20m", memory: "48Mi" },
    limits: { memory: "96Mi", cpu: "1" },
  });
});

test("no user is named where the user leaves that to the platform", () => {
  const podSecurity = { runAsUser: null, runAsGroup: null };
  const web = childOf({ stage: "growth", postgres: database, podSecurity }, "web/deployment").object;
  expect(containerOf(web, "pgbouncer")["securityContext"]).not.toHaveProperty("runAsUser");
  expect(podSpecOf(web)["securityContext"]).toMatchObject({ runAsNonRoot: true, fsGroup: 1000 });
  expect(podSpecOf(web)["securityContext"]).not.toHaveProperty("runAsUser");
});
