import { describe, expect, test } from "vitest";
import { childOf, containerOf, database, environmentOf, listOf, podSpecOf } from "../../testing/rendered.ts";

const extras = {
  sidecars: [{ name: "agent", image: "agent:1", volumeMounts: [{ mountPath: "/tmp" }], env: [{ name: "PORT", value: "9" }] }],
  initContainers: [{ name: "warm", image: "warm:1", command: ["warm"] }],
};

describe("the pods of web and workers", () => {
  test("start the pooler first, then the user's sidecars and init containers, then the app", () => {
    const pod = podSpecOf(childOf({ stage: "growth", postgres: database, ...extras }, "web/deployment").object);
    const names = listOf(pod["initContainers"]).map(({ name, restartPolicy }) => [name, restartPolicy]);
    expect(names).toEqual([
      ["pgbouncer", "Always"],
      ["agent", "Always"],
      ["warm", undefined],
    ]);
    expect(listOf(pod["containers"]).map(({ name }) => name)).toEqual(["app"]);
  });

  test("give further containers their own variables, and the mounts they name", () => {
    const { object } = childOf({ ...extras, scratch: ["/tmp", "/var/cache"] }, "web/deployment");
    expect(environmentOf(containerOf(object, "agent"))).toEqual({ PORT: "9" });
    expect(containerOf(object, "agent")["volumeMounts"]).toEqual([{ name: "scratch-0", mountPath: "/tmp" }]);
    expect(containerOf(object, "warm")).not.toHaveProperty("volumeMounts");
  });

  test("leave out what the API server would leave out, so that a second apply finds nothing to change", () => {
    const probe = { httpGet: { path: "/live", port: 9000 } };
    const sidecars = [{ name: "agent", image: "agent:1", livenessProbe: probe, readinessProbe: { ...probe, initialDelaySeconds: 3 } }];
    const agent = containerOf(childOf({ sidecars }, "web/deployment").object, "agent");
    expect(agent["livenessProbe"]).not.toHaveProperty("initialDelaySeconds");
    expect(agent["readinessProbe"]).toMatchObject({ initialDelaySeconds: 3 });
  });
});

test("schedules and migrations have the pooler, but not the further containers", () => {
  const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }];
  const spec = { stage: "growth", postgres: database, schedules, migration: { command: ["migrate"] }, ...extras };
  const schedule = podSpecOf(childOf(spec, "schedule-report/cron-job").object);
  expect(listOf(schedule["initContainers"]).map(({ name }) => name)).toEqual(["pgbouncer"]);
  const migration = podSpecOf(childOf(spec, "migration/job").object);
  expect(listOf(migration["initContainers"]).map(({ name }) => name)).toEqual(["pgbouncer"]);
  expect(listOf(migration["volumes"]).map(({ name }) => name)).toEqual(["scratch-0", "pgbouncer", "pgbouncer-run", "database"]);
});

describe("a further container goes where `components` says", () => {
  const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }];
  const rest = {
    workers: [
      { name: "mail", command: ["work"] },
      { name: "pdf", command: ["work"] },
    ],
    schedules,
    migration: { command: ["migrate"] },
  };
  const roles = ["web/deployment", "worker-mail/deployment", "worker-pdf/deployment", "schedule-report/cron-job", "migration/job"];

  test.each<[readonly string[] | undefined, readonly string[]]>([
    [undefined, ["web/deployment", "worker-mail/deployment", "worker-pdf/deployment"]],
    [["web", "workers", "schedules", "migration"], roles],
    [
      ["worker-pdf", "migration"],
      ["worker-pdf/deployment", "migration/job"],
    ],
    [[], []],
  ])("%j", (components, expected) => {
    const sidecars = [{ name: "proxy", image: "proxy:1", ...(components && { components }) }];
    const found = roles.filter((role) => JSON.stringify(childOf({ ...rest, sidecars }, role).object).includes("proxy:1"));
    expect(found).toEqual(expected);
  });
});

test("where the pods run follows the spec", () => {
  const tolerations = [{ key: "dedicated", operator: "Equal", value: "shop", effect: "NoSchedule" }];
  const scheduling = { nodeSelector: { disk: "fast" }, tolerations, priorityClassName: "high" };
  const pod = podSpecOf(childOf({ scheduling, imagePullSecrets: [{ name: "registry" }] }, "web/deployment").object);
  expect(pod).toMatchObject({
    nodeSelector: { disk: "fast" },
    tolerations,
    priorityClassName: "high",
    imagePullSecrets: [{ name: "registry" }],
  });
  expect(podSpecOf(childOf({}, "web/deployment").object)).not.toHaveProperty("priorityClassName");
});

test("files are read-only, scratch directories are writable", () => {
  const files = [
    { path: "/etc/shop", configMapRef: { name: "shop-files" } },
    { path: "/etc/keys", secretRef: { name: "shop-keys" } },
  ];
  const { object } = childOf({ files, scratch: ["/tmp"] }, "web/deployment");
  expect(podSpecOf(object)["volumes"]).toEqual([
    { name: "files-0", configMap: { name: "shop-files" } },
    { name: "files-1", secret: { secretName: "shop-keys" } },
    { name: "scratch-0", emptyDir: { sizeLimit: "1Gi" } },
  ]);
  expect(containerOf(object)["volumeMounts"]).toEqual([
    { name: "files-0", mountPath: "/etc/shop", readOnly: true },
    { name: "files-1", mountPath: "/etc/keys", readOnly: true },
    { name: "scratch-0", mountPath: "/tmp" },
  ]);
});

test("the authority of the database is mounted where somebody talks to the database", () => {
  const postgres = { ...database, tls: { caSecretRef: { name: "shop-ca", key: "root.pem" } } };
  const spec = { stage: "growth", postgres, migration: { command: ["migrate"] } };
  const mount = { name: "database-ca", mountPath: "/etc/scalable-app/database-ca", readOnly: true };
  const web = childOf(spec, "web/deployment").object;
  expect(podSpecOf(web)["volumes"]).toContainEqual({
    name: "database-ca",
    secret: { secretName: "shop-ca", items: [{ key: "root.pem", path: "ca.crt" }], defaultMode: 0o444 },
  });
  expect(containerOf(web, "pgbouncer")["volumeMounts"]).toContainEqual(mount);
  expect(containerOf(web)["volumeMounts"]).not.toContainEqual(mount);
  expect(containerOf(childOf(spec, "migration/job").object)["volumeMounts"]).toContainEqual(mount);
});
