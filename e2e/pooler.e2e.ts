import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { givenStorefront, podsOf } from "./scenario/given.ts";
import { testCluster } from "./scenario/test-cluster.ts";

const { kubectl } = testCluster();
const namespace = "e2e-pooler";
const timeouts = { statementSeconds: 2, idleTransactionSeconds: 2, queryWaitSeconds: 1 };
let pod: string;

/** Of a migration: longer than a statement of the app may take, both straight to the server and by the parts, through the pooler. */
const slowMigration = `const { Client } = require("pg");
(async () => {
  const { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_USER: user, DATABASE_NAME: database } = process.env;
  for (const where of [{ connectionString: process.env.DATABASE_URL }, { host, port, user, database, password: "" }]) {
    const client = new Client(where);
    await client.connect();
    await client.query("select pg_sleep(3)");
    await client.end();
  }
})().catch((error) => { console.error(error.message); process.exit(1); });`;

beforeAll(async () => {
  await givenStorefront(kubectl, namespace, ({ spec }) => {
    const { autoscaling: _autoscaling, ...web } = spec["web"] as Record<string, unknown>;
    return {
      web: { ...web, replicas: 1 },
      workers: [],
      schedules: [],
      postgres: { ...(spec["postgres"] as object), timeouts, pooler: { poolSize: 2 } },
      migration: { command: ["sh", "-c", `node src/migrate.ts && exec node -e '${slowMigration}'`] },
    };
  });
  pod = (await podsOf(kubectl, namespace, "web"))[0]!.metadata.name;
});

afterAll(async () => kubectl.deleteNamespace(namespace));

/**
 * Runs a script in the app's container, with as many clients of the pooler as it names; each answers "done", or what it was refused with;
 * "lost" is why a connection ended in between. `connect(url)` makes one more client.
 */
async function inApp(clients: readonly string[], script: string): Promise<Readonly<Record<string, string>>> {
  const program = `const { Client } = require("pg");
  const answers = {};
  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const connect = async (url = process.env.DATABASE_URL) => {
    const client = new Client({ connectionString: url });
    client.on("error", (error) => { answers["lost"] ??= error.message; });
    await client.connect();
    return client;
  };
  const answer = (name, promise) => promise.then(() => "done", (error) => error.message).then((text) => { answers[name] = text; });
  (async () => {
    const [${clients.join(", ")}] = await Promise.all(${JSON.stringify(clients)}.map(() => connect()));
    ${script}
    console.log(JSON.stringify(answers));
    process.exit(0);
  })().catch((error) => { console.error(error); process.exit(1); });`;
  const reported = await kubectl.run("-n", namespace, "exec", pod, "-c", "app", "--", "node", "-e", program);
  return JSON.parse(reported) as Record<string, string>;
}

describe("given an app whose statements may take 2 s, through a pooler that pools transactions", () => {
  // The app is ready, so its migration, whose statements took 3 s, has run.
  test("when a statement takes longer, then the server ends it, unless its own transaction asks for more time", async () => {
    const answers = await inApp(
      ["one"],
      `await answer("slow", one.query("select pg_sleep(3)"));
      await one.query("begin; set local statement_timeout = '10s'");
      await answer("slow by its own wish", one.query("select pg_sleep(3)"));
      await one.query("commit");
      await answer("slow afterwards", one.query("select pg_sleep(3)"));`,
    );
    const ended = "canceling statement due to statement timeout";
    expect(answers).toEqual({ slow: ended, "slow by its own wish": "done", "slow afterwards": ended });
  });

  test("when a transaction lies idle, then the server ends it, and the pool has its connection back", async () => {
    const answers = await inApp(
      ["one", "two"],
      `await one.query("begin");
      await pause(3);
      await answer("another", two.query("select 1"));`,
    );
    expect(answers).toEqual({ lost: expect.stringContaining("idle-in-transaction timeout"), another: "done" });
  });

  test("when all connections of its pool are taken, then who waits for one longer than a second gets an error", async () => {
    const answers = await inApp(
      ["one", "two", "three"],
      `const take = (client) => client.query("begin; set local statement_timeout = '10s'; select pg_sleep(4); commit");
      const taken = [take(one), take(two)];
      await pause(0.2);
      await answer("waiting", three.query("select 1"));
      await Promise.all(taken);
      await answer("later", connect().then((client) => client.query("select 1")));`,
    );
    expect(answers).toMatchObject({ waiting: expect.stringContaining("query_wait_timeout"), later: "done" });
  });

  test.each(["app", "pgbouncer", "postgres", "shop"])(
    "when the app's container asks for the pooler's console as %s, then it is refused",
    async (user) => {
      const answers = await inApp([], `await answer("console", connect("postgres://${user}@127.0.0.1:6432/pgbouncer"));`);
      expect(answers["console"]).toMatch(/not allowed|no such user|authentication failed/);
    },
  );
});
