import { describe, expect, test } from "vitest";
import { appOf, childrenOf, containerOf, database, environmentOf } from "../testing/rendered.ts";
import type { Tree } from "../base/tree.ts";
import { partialReferences } from "./check-references.ts";
import { CONTRACT_NAMES, isContractName } from "./contract-variables.ts";
import { referencesIn } from "./variable-references.ts";

const fromSecret = { secretKeyRef: { name: "a", key: "url" } };
const host = { name: "DB_HOST", value: "$(DATABASE_HOST)" };
const direct = { name: "DIRECT_URL", value: "$(DATABASE_DIRECT_URL)" };
const components = {
  workers: [{ name: "mail", command: ["work"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }],
  migration: { command: ["migrate"] },
};

describe("a variable of ours may be referred to", () => {
  test.each<[string, Tree]>([
    ["with a pooler", { stage: "growth", postgres: database, env: [host] }],
    ["with the keys of a Secret", { postgres: { ...database, partsFrom: { secretName: "db" } }, env: [host] }],
    ["where it is the user's own variable", { postgres: database, env: [{ name: "DATABASE_HOST", value: "db" }, host] }],
    ["without a database of ours, as by a Secret of the user's", { env: [host], envFrom: [{ secretRef: { name: "db" } }] }],
    ["as a text", { postgres: database, env: [{ name: "HINT", value: "$$(DATABASE_HOST)" }] }],
    ["where the app sets it for all", { env: [{ name: "DATABASE_DIRECT_URL", value: "a" }], web: { env: [direct] } }],
    ["by the migration, which has the direct URL", { postgres: database, migration: { command: ["a"], env: [direct] } }],
    ["by a schedule, which has an id of the run", { schedules: [{ ...components.schedules[0], args: ["$(SCALABLEAPP_RUN_ID)"] }] }],
    ["by a container that no pod has", { sidecars: [{ name: "a", image: "a", components: ["workers"], args: ["$(REDIS_CACHE_URL)"] }] }],
    ["as a command of a shell", { web: { command: ["sh", "-c", "echo $(hostname)"] } }],
  ])("%s", (_, spec) => {
    expect(() => appOf(spec)).not.toThrow();
  });
});

describe("a variable of ours is refused where its reader does not get it:", () => {
  test.each<[string, Tree, string]>([
    ["a part of a URL in spec.env", { env: [host] }, "spec.env[0].value refers to $(DATABASE_HOST), which is known only to the Secret"],
    ["of web", { web: { env: [host] } }, "spec.web.env[0].value refers to $(DATABASE_HOST)"],
    [
      "in a word",
      { workers: [{ name: "a", command: ["run", "$(DATABASE_PORT)"] }] },
      "spec.workers[0].command[1] refers to $(DATABASE_PORT)",
    ],
    ["of a schedule", { schedules: [{ ...components.schedules[0], env: [host] }] }, "spec.schedules[0].env[0].value refers to"],
    ["of a migration", { migration: { command: ["a"], env: [host] } }, "spec.migration.env[0].value refers to $(DATABASE_HOST)"],
    ["in a sidecar", { sidecars: [{ name: "a", image: "a", args: ["$(DATABASE_USER)"] }] }, "spec.sidecars[0].args[0] refers to"],
    ["the direct URL in web", { web: { env: [direct] } }, "use $(DATABASE_URL) here"],
    [
      "the direct URL in a worker",
      { workers: [{ name: "a", args: ["--db=$(DATABASE_DIRECT_URL)"] }] },
      "move the variable to spec.migration.env",
    ],
    [
      "the direct URL in spec.env without a migration",
      { env: [direct] },
      "spec.env[0].value refers to $(DATABASE_DIRECT_URL), which is given",
    ],
    ["the id of a run in web", { web: { args: ["$(SCALABLEAPP_RUN_ID)"] } }, "is given to schedules alone"],
    ["the certificate authority without one", { web: { env: [{ name: "A", value: "$(PGSSLROOTCERT)" }] } }, "needs spec.postgres.tls"],
    [
      "the certificate authority beside a pooler",
      { stage: "growth", postgres: { ...database, tls: { caSecretRef: { name: "a", key: "ca" } } }, web: { args: ["$(PGSSLROOTCERT)"] } },
      "is not given beside a pooler",
    ],
    [
      "one replica beside a pooler",
      { stage: "growth", postgres: { ...database, replicas: [{ urlFrom: fromSecret }] }, web: { args: ["$(DATABASE_REPLICA_0_URL)"] } },
      "use $(DATABASE_REPLICA_URLS)",
    ],
    [
      "a replica that is not there",
      { web: { args: ["$(DATABASE_REPLICA_1_URL)"] } },
      "needs an entry in spec.postgres.replicas, which has 0",
    ],
    ["a Redis that the app has not", { web: { args: ["$(REDIS_QUEUE_URL)"] } }, "needs spec.redis.queue: add it"],
    [
      "a part of an external Redis",
      { redis: { cache: { urlFrom: fromSecret } }, env: [{ name: "A", value: "$(REDIS_CACHE_PORT)" }] },
      "spec.redis.cache.partsFrom",
    ],
  ])("%s", (_, spec, message) => {
    expect(() => appOf({ postgres: database, ...spec })).toThrow(message);
  });

  test("without a database", () => {
    expect(() => appOf({ web: { args: ["$(DATABASE_URL)"] } })).toThrow(
      "spec.web.args[0] refers to $(DATABASE_URL), which needs spec.postgres",
    );
  });
});

describe("what all components share and only some get is valid, and reported", () => {
  const noted = (spec: Tree) => partialReferences(appOf({ postgres: database, ...components, ...spec }));

  test("in spec.env", () => {
    expect(noted({ env: [direct] })).toEqual([
      {
        path: "spec.env[0].value",
        message:
          "refers to $(DATABASE_DIRECT_URL), which stays the text itself in web, worker-mail, schedule-report: it is given to the migration and the contract migration alone: use $(DATABASE_URL) here, or move the variable to spec.migration.env",
      },
    ]);
  });

  test("in a sidecar of several components", () => {
    const sidecars = [{ name: "a", image: "a", components: ["web", "schedules"], args: ["$(SCALABLEAPP_RUN_ID)"] }];
    expect(noted({ sidecars })).toMatchObject([
      { path: "spec.sidecars[0].args[0]", message: expect.stringContaining("itself in web: it is given to") },
    ]);
  });

  test.each<[string, Tree]>([
    ["where the others replace the variable", { env: [direct], ...replaced("DIRECT_URL") }],
    ["where a source may bring it", { env: [direct], envFrom: [{ secretRef: { name: "a" } }] }],
    ["where all get it", { env: [{ name: "URL", value: "$(DATABASE_URL)" }] }],
  ])("and not %s", (_, spec) => {
    expect(noted(spec)).toEqual([]);
  });

  function replaced(name: string): Tree {
    const env = [{ name, value: "own" }];
    return { web: { env }, workers: [{ ...components.workers[0], env }], schedules: [{ ...components.schedules[0], env }] };
  }
});

describe("the checks and the containers agree on which variables there are", () => {
  const tls = { caSecretRef: { name: "a", key: "ca" } };
  const partsFrom = { secretName: "a" };
  const databases: readonly Tree[] = [
    {},
    { postgres: database },
    { postgres: { ...database, partsFrom, tls, replicas: [{ urlFrom: fromSecret }] } },
    { stage: "growth", postgres: database },
    { stage: "steady", postgres: { ...database, tls, replicas: [{ urlFrom: fromSecret }, { urlFrom: fromSecret }] } },
  ];
  const redis: readonly Tree[] = [
    {},
    { redis: { cache: {}, queue: { urlFrom: fromSecret } } },
    { redis: { cache: { urlFrom: fromSecret, partsFrom }, queue: {} } },
  ];
  const names = [...CONTRACT_NAMES, "DATABASE_REPLICA_0_URL", "DATABASE_REPLICA_1_URL"];
  const owners: readonly (readonly [role: string, owned: (args: readonly string[]) => Tree])[] = [
    ["web/deployment", (args) => ({ web: { args } })],
    ["worker-mail/deployment", (args) => ({ workers: [{ ...components.workers[0], args }] })],
    ["schedule-report/cron-job", (args) => ({ schedules: [{ ...components.schedules[0], args }] })],
    ["migration/job", (args) => ({ migration: { ...components.migration, args } })],
  ];

  test.each(owners)("%s", (role, owned) => {
    for (const spec of databases.flatMap((one) => redis.map((other) => ({ ...one, ...other })))) {
      const child = childrenOf({ ...spec, ...components }).find((one) => one.role === role);
      const got = Object.keys(environmentOf(containerOf(child!.object)));
      for (const name of got) expect(isContractName(name), name).toBe(true);
      const taken = names.filter((name) => isTaken({ ...spec, ...components, ...owned([`$(${name})`]) }));
      expect(taken.toSorted(), JSON.stringify(spec)).toEqual(got.toSorted());
    }
  });

  function isTaken(spec: Tree): boolean {
    try {
      appOf(spec);
      return true;
    } catch {
      return false;
    }
  }

  test("what a value of ours refers to stands before it", () => {
    const spec = { postgres: { ...database, replicas: [{ urlFrom: fromSecret }] }, ...components };
    for (const { object } of childrenOf(spec).filter(({ podBearing }) => podBearing)) {
      const variables = Object.entries(environmentOf(containerOf(object)));
      variables.forEach(([, value], index) => {
        const before = variables.slice(0, index).map(([name]) => name);
        for (const name of referencesIn(typeof value === "string" ? value : "")) expect(before).toContain(name);
      });
    }
  });
});
