import { describe, expect, test } from "vitest";
import { POOLER_PARAMETERS } from "../../api/postgres.ts";
import { appOf, childOf, childrenOf, database } from "../../testing/rendered.ts";
import { poolerConfig, PoolerParameterError } from "./config.ts";
import { parameterProblems } from "../../api/pooler-parameters.ts";

function configOf(pooler: Record<string, unknown> = {}): string {
  const { postgres } = appOf({ stage: "growth", postgres: { ...database, pooler } }).spec;
  if (postgres === undefined) throw new Error("no database");
  return poolerConfig(postgres);
}

/** The settings of the ini file, apart from its first and last lines. */
function settingsOf(config: string): Record<string, string> {
  const lines = config.trimEnd().split("\n").slice(1, -1);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3)]));
}

describe("pgbouncer.ini", () => {
  test("is one section, at whose end the databases are included: a second section of the name would reset it", () => {
    const lines = configOf().trimEnd().split("\n");
    expect(lines[0]).toBe("[pgbouncer]");
    expect(lines.at(-1)).toBe("%include /run/pgbouncer/databases.ini");
    expect(lines.filter((line) => line.startsWith("["))).toHaveLength(1);
  });

  test("listens to the pod alone, and bounds the connections of the pod", () => {
    expect(settingsOf(configOf({ poolSize: 8, maxClientConnections: 500, poolMode: "session" }))).toMatchObject({
      listen_addr: "127.0.0.1",
      listen_port: "6432",
      unix_socket_dir: "/run/pgbouncer",
      pool_mode: "session",
      default_pool_size: "8",
      max_db_connections: "8",
      max_client_conn: "500",
      max_prepared_statements: "200",
    });
  });

  test("knows the app's one user and lets nobody into the console, who could read every URL and stop the pooler", () => {
    const settings = settingsOf(configOf());
    expect(settings).toMatchObject({ auth_type: "trust", auth_file: "/run/pgbouncer/users.txt" });
    for (const name of ["admin_users", "stats_users"]) expect(settings).not.toHaveProperty(name);
    expect(POOLER_PARAMETERS.filter((name) => /auth|users/u.test(name))).toEqual([]);
  });

  test("ignores what drivers send at login, and what the user adds", () => {
    const ours = "extra_float_digits,options,statement_timeout,lock_timeout,idle_in_transaction_session_timeout";
    expect(settingsOf(configOf())["ignore_startup_parameters"]).toBe(ours);
    const parameters = { ignore_startup_parameters: "search_path,options" };
    expect(settingsOf(configOf({ parameters }))["ignore_startup_parameters"]).toBe(`${ours},search_path`);
  });

  test("a reserve opens above the pool, and counts", () => {
    const parameters = { reserve_pool_size: "2", reserve_pool_timeout: "3" };
    expect(settingsOf(configOf({ poolSize: 5, parameters }))).toMatchObject({
      ...parameters,
      default_pool_size: "5",
      max_db_connections: "7",
    });
  });

  test("lets nobody wait longer for a connection than the spec says", () => {
    expect(settingsOf(configOf())["query_wait_timeout"]).toBe("5");
    const { postgres } = appOf({ stage: "growth", postgres: { ...database, timeouts: { queryWaitSeconds: 20 } } }).spec;
    expect(settingsOf(poolerConfig(postgres!))["query_wait_timeout"]).toBe("20");
  });

  test("takes the user's settings, yet keeps the bound that the connection budget counts on", () => {
    const parameters = { default_pool_size: "50", query_wait_timeout: "7.5", server_reset_query: "DISCARD ALL", log_stats: "1" };
    expect(settingsOf(configOf({ poolSize: 5, parameters }))).toMatchObject({ ...parameters, max_db_connections: "5" });
  });

  test("never becomes other settings by a value", () => {
    const { postgres } = appOf({ stage: "growth", postgres: database }).spec;
    if (postgres === undefined) throw new Error("no database");
    postgres.pooler.parameters = { query_timeout: "5\nlisten_addr = *" };
    expect(() => poolerConfig(postgres)).toThrow(PoolerParameterError);
    expect(() => poolerConfig(postgres)).toThrow("spec.postgres.pooler.parameters.query_timeout must be a number of seconds");
  });
});

describe("a parameter", () => {
  test.each([
    ["query_timeout", "30"],
    ["query_timeout", "0.5"],
    ["min_pool_size", "0"],
    ["tcp_keepalive", "0"],
    ["ignore_startup_parameters", "extra_float_digits,options"],
    ["server_check_query", "select 1"],
  ])("%s may be %j", (name, value) => {
    expect(parameterProblems({ [name]: value })).toEqual([]);
  });

  test.each([
    ["listen_addr", "*"],
    ["auth_type", "trust"],
    ["%include /etc/passwd", "1"],
    ["__proto__x", "1"],
    ["constructor", "1"],
    ["query_timeout", ""],
    ["query_timeout", "-1"],
    ["query_timeout", "5\r"],
    ["query_timeout", "5\n"],
    ["min_pool_size", "1.5"],
    ["tcp_keepalive", "yes"],
    ["ignore_startup_parameters", "a b"],
    ["ignore_startup_parameters", "a,"],
    ["server_reset_query", "DISCARD ALL;"],
    ["server_reset_query", "select 'x'"],
    ["server_reset_query", "select 1\n[databases]"],
  ])("%s may not be %j", (name, value) => {
    expect(parameterProblems({ [name]: value })).toEqual([
      { path: `spec.postgres.pooler.parameters.${name}`, message: expect.stringMatching(/must be|may be changed/u) },
    ]);
  });

  test("of every name that the API allows has a type", () => {
    for (const name of POOLER_PARAMETERS) expect(parameterProblems({ [name]: "?" })[0]?.message).toMatch(/^must be/u);
  });
});

describe("the ConfigMap of the pooler", () => {
  test("holds settings and script, and no credentials", () => {
    const { object } = childOf({ stage: "growth", postgres: database }, "pgbouncer/config-map");
    expect(object).toMatchObject({
      metadata: { name: "shop-pgbouncer-0a1b2c3d4e" },
      data: { "pgbouncer.ini": expect.stringContaining("auth_type = trust"), "start.sh": expect.stringMatching(/^#!\/bin\/sh\n/u) },
    });
    expect(JSON.stringify(object)).not.toContain("shop-db");
  });

  test.each([
    ["there is no database", { stage: "growth" }],
    ["the pooler is switched off", { stage: "growth", postgres: { ...database, pooler: { mode: "none" } } }],
    ["the stage has none", { stage: "mvp", postgres: database }],
  ])("is not made where %s", (_, spec) => {
    expect(childrenOf(spec).map(({ role }) => role)).not.toContain("pgbouncer/config-map");
  });
});
