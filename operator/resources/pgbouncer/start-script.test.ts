import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startScript } from "./start-script.ts";

/** Both shells that upstream images have; busybox is tried where it is installed. */
const shells = [["sh"], ["busybox", "sh"]].filter((words) => spawnSync(words[0] ?? "", [...words.slice(1), "-c", "true"]).status === 0);

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "pooler-"));
  writeFileSync(join(directory, "start.sh"), startScript);
  writeFileSync(join(directory, "ca.crt"), "a certificate");
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Database {
  readonly [key: string]: string;
}

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  readonly databases: Readonly<Record<string, Database>>;
  readonly settings: Readonly<Record<string, string>>;
}

interface Environment {
  readonly options?: readonly string[];
  readonly authority?: boolean;
  readonly systemAuthority?: boolean;
}

/** Runs the script on the given Secret values (undefined: the key is missing); instead of the pooler, `true` is started. */
function start(shell: readonly string[], secrets: Readonly<Record<string, string | undefined>>, environment: Environment = {}): Outcome {
  const files = Object.entries(secrets).map(([alias, content]) => {
    rmSync(join(directory, alias), { force: true });
    if (content !== undefined) writeFileSync(join(directory, alias), content);
    return `${alias}=${join(directory, alias)}`;
  });
  rmSync(join(directory, "databases.ini"), { force: true });
  const absent = join(directory, "absent");
  const [program = "sh", ...options] = shell;
  const run = spawnSync(program, [...options, join(directory, "start.sh"), ...(environment.options ?? []), ...files], {
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"] ?? "",
      RUN_DIR: directory,
      PGBOUNCER: "true",
      CA_FILE: environment.authority === true ? join(directory, "ca.crt") : absent,
      SYSTEM_CA_FILE: environment.systemAuthority === true ? join(directory, "ca.crt") : absent,
    },
  });
  const ini = run.status === 0 ? parseIni(readFileSync(join(directory, "databases.ini"), "utf8")) : {};
  const databases = Object.fromEntries(Object.entries(ini["databases"] ?? {}).map(([alias, line]) => [alias, parseConnection(line)]));
  return { status: run.status, stderr: run.stderr, databases, settings: ini["pgbouncer"] ?? {} };
}

/** Reads what pgbouncer.ini includes in its first section, as pgbouncer does: a key, an equals sign, the rest of the line. */
function parseIni(text: string): Record<string, Record<string, string>> {
  let section: Record<string, string> = {};
  const sections: Record<string, Record<string, string>> = { pgbouncer: section };
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const header = /^\[(?<name>\w+)\]$/u.exec(line)?.groups?.["name"];
    const setting = /^(?<key>[\w.*-]+) = (?<value>.*)$/u.exec(line)?.groups;
    if (header !== undefined) sections[header] = section = {};
    else if (setting === undefined) throw new Error(`unexpected line: ${line}`);
    else section[setting["key"] ?? ""] = setting["value"] ?? "";
  }
  return sections;
}

/** Reads a connection string as pgbouncer does: pairs, the value bare or between single quotes that are doubled within. */
function parseConnection(line: string): Database {
  const pairs: Record<string, string> = {};
  const pattern = /(?<key>\w+)=(?:'(?<quoted>(?:[^']|'')*)'|(?<bare>[^\s']*))(?: |$)/uy;
  while (pattern.lastIndex < line.length) {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) throw new Error(`not a connection string: ${line}`);
    pairs[groups["key"] ?? ""] = groups["quoted"]?.replaceAll("''", "'") ?? groups["bare"] ?? "";
  }
  return pairs;
}

test("there is a shell to try", () => {
  expect(shells.length).toBeGreaterThan(0);
});

describe.each(shells.map((words) => [words.join(" "), words] as const))("in %s", (_, shell) => {
  test("a URL becomes one database and the server's TLS mode", () => {
    const { databases, settings, stderr } = start(shell, { app: "postgres://shop:secret@db.example.com:5433/orders?sslmode=require\n" });
    expect(stderr).toBe("");
    expect(databases).toEqual({ app: { host: "db.example.com", port: "5433", dbname: "orders", user: "shop", password: "secret" } });
    expect(settings).toEqual({ server_tls_sslmode: "require" });
  });

  test.each([
    ["postgresql://u:p@h/d", { host: "h", port: "5432", dbname: "d", user: "u", password: "p" }],
    ["postgres://u:p@h:/d", { host: "h", port: "5432", dbname: "d", user: "u", password: "p" }],
    ["postgres://u:p@h", { host: "h", port: "5432", dbname: "u", user: "u", password: "p" }],
    ["postgres://u@h/d", { host: "h", port: "5432", dbname: "d", user: "u" }],
    ["postgres://u:@h/d", { host: "h", port: "5432", dbname: "d", user: "u" }],
    ["postgres://u:p:q@h/d", { host: "h", port: "5432", dbname: "d", user: "u", password: "p:q" }],
    ["postgres://u:p@q@h/d", { host: "h", port: "5432", dbname: "d", user: "u", password: "p@q" }],
    ["postgres://u:p#q@h/d", { host: "h", port: "5432", dbname: "d", user: "u", password: "p#q" }],
    ["postgres://u:p%20q+r@h/d%2fe", { host: "h", port: "5432", dbname: "d/e", user: "u", password: "p q+r" }],
    ["postgres://u:p@[2001:db8::1]:6000/d", { host: "2001:db8::1", port: "6000", dbname: "d", user: "u", password: "p" }],
    ["postgres://u:p@[::1]/d", { host: "::1", port: "5432", dbname: "d", user: "u", password: "p" }],
    ["postgres://h/d?user=u&password=p%26q&port=7000", { host: "h", port: "7000", dbname: "d", user: "u", password: "p&q" }],
    ["postgres:///d?user=u&host=h", { host: "h", port: "5432", dbname: "d", user: "u" }],
    [
      "postgres://u:p@h/d?schema=public&pgbouncer=true&connect_timeout=5",
      { host: "h", port: "5432", dbname: "d", user: "u", password: "p" },
    ],
  ])("%s is read as libpq reads it", (url, expected) => {
    const { databases, stderr } = start(shell, { app: url });
    expect(stderr).toBe("");
    expect(databases).toEqual({ app: expected });
  });

  test("settings of the spec are set on every connection, but for those that the URL sets itself", () => {
    const options = ["--setting=statement_timeout=10s", "--setting=lock_timeout=3s"];
    const { databases } = start(shell, { app: "postgres://u@h/d?lock_timeout=9s", replica_0: "postgres://u@r/d" }, { options });
    expect(databases["app"]?.["connect_query"]).toBe(
      "SELECT set_config('lock_timeout', '9s', false), set_config('statement_timeout', '10s', false)",
    );
    expect(databases["replica_0"]?.["connect_query"]).toBe(
      "SELECT set_config('statement_timeout', '10s', false), set_config('lock_timeout', '3s', false)",
    );
  });

  test("the pooler knows one user, who has no password", () => {
    start(shell, { app: "postgres://u:p@h/d" });
    expect(readFileSync(join(directory, "users.txt"), "utf8")).toBe('"app" ""\n');
  });

  test("whatever user, password and database name a URL holds comes out of the configuration unchanged", () => {
    const hostile = fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter((text) => !/\p{Cc}/u.test(text));
    const part = fc.oneof(
      hostile,
      fc.string({
        unit: fc.constantFrom("'", '"', "\\", "%", " ", ";", "$", "`", "*", "?", "=", "#", "ü", "€", "🙂"),
        minLength: 1,
        maxLength: 8,
      }),
    );
    fc.assert(
      fc.property(part, part, part, (user, password, dbname) => {
        const url = `postgres://${encode(user)}:${encode(password)}@h/${encode(dbname)}`;
        const { databases, stderr } = start(shell, { app: url });
        expect(stderr).toBe("");
        expect(databases).toEqual({ app: { host: "h", port: "5432", dbname, user, password } });
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test("every byte that may stand in a password survives", () => {
    const bytes = Array.from({ length: 0x7f - 0x20 }, (_byte, index) => String.fromCodePoint(0x20 + index)).join("");
    const letters = Array.from({ length: 0x80 }, (_letter, index) => String.fromCodePoint(0x80 + index)).join("");
    const { databases } = start(shell, { app: `postgres://u:${encode(bytes + letters)}@h/d` });
    expect(databases["app"]?.["password"]).toBe(bytes + letters);
  });

  test("a password that was not encoded, of letters beyond ASCII too, is taken as it is", () => {
    const { databases } = start(shell, { app: "postgres://u:pä's \\\"w$(id)`id`*@h/d" });
    expect(databases["app"]?.["password"]).toBe("pä's \\\"w$(id)`id`*");
  });

  test.each([
    ["", "is empty"],
    ["\n", "is empty"],
    ["mysql://u:s3cret@h/d", "must begin with postgres://"],
    ["postgres://u:s3cret@h/d\nlisten_addr = *", "more than one line"],
    ["postgres://u:s3cret@h/d\n\nlisten_addr = *\n", "more than one line"],
    ["postgres://u:s3cret@h/d\r\n", "carriage return"],
    ["postgres://u:s3cret%0Alisten_addr@h/d", "control character"],
    ["postgres://u:s3cret%0d@h/d", "control character"],
    ["postgres://u:s3cret%00@h/d", "control character"],
    ["postgres://u:s3cret%7f@h/d", "control character"],
    ["postgres://u:100%s3cret@h/d", "percent sign"],
    ["postgres://u:s3cret%@h/d", "percent sign"],
    ["postgres://u:s3cret%f@h/d", "percent sign"],
    ["postgres://u:s3cret@h1,h2/d", "several hosts"],
    ["postgres://u:s3cret@h1:1,h2:2/d", "several hosts"],
    ["postgres://u:s3cret@h/d?host=h1,h2", "several hosts"],
    ["postgres://u:s3cret@/d", "no host"],
    ["postgres://:s3cret@h/d", "no user"],
    ["postgres://u:s3cret@2001:db8::1/d", "IPv6 address without brackets"],
    ["postgres://u:s3cret@%2Fvar%2Frun/d", "socket's path"],
    ["postgres://u:s3cret@h'x/d", "no host name has"],
    ["postgres://u:s3cret@h;x/d", "no host name has"],
    ["postgres://u:s3cret@h:0/d", "1 to 65535"],
    ["postgres://u:s3cret@h:65536/d", "1 to 65535"],
    ["postgres://u:s3cret@h:99999999999999999999/d", "1 to 65535"],
    ["postgres://u:s3/cret@h/d", "percent-encoded?"],
    ["postgres://u:s3cret@h/d?sslmode=on", "sslmode must be"],
    ["postgres://u:s3cret@h/d?sslmode=verify-full", "postgres.tls.caSecretRef"],
    ["postgres://u:s3cret@h/d?sslmode=verify-ca&sslrootcert=system", "postgres.tls.caSecretRef"],
  ])("%j is refused in words, and without its password", (url, words) => {
    const { status, stderr } = start(shell, { app: url });
    expect(status).toBe(1);
    expect(stderr).toContain("pooler cannot start: database app: ");
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("s3");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a key that the Secret does not have is named as the cause", () => {
    const { stderr, status } = start(shell, { app: undefined });
    expect(status).toBe(1);
    expect(stderr).toContain("does not exist");
  });

  test.each([
    ["", "prefer"],
    ["?sslmode=disable", "disable"],
    ["?sslmode=allow", "allow"],
    ["?sslmode=prefer", "prefer"],
    ["?sslmode=require", "require"],
    ["?sslmode=no-verify", "require"],
    ["?ssl=true", "require"],
  ])("without an authority %j means %s", (query, mode) => {
    expect(start(shell, { app: `postgres://u@h/d${query}` }).settings).toEqual({ server_tls_sslmode: mode });
  });

  test.each([
    ["", "verify-full"],
    ["?sslmode=require", "verify-ca"],
    ["?sslmode=verify-ca", "verify-ca"],
    ["?sslmode=verify-full", "verify-full"],
  ])("with an authority %j means %s", (query, mode) => {
    const { settings } = start(shell, { app: `postgres://u@h/d${query}` }, { authority: true });
    expect(settings).toEqual({ server_tls_sslmode: mode, server_tls_ca_file: join(directory, "ca.crt") });
  });

  test("an authority does not make a connection encrypted that the URL leaves open", () => {
    expect(start(shell, { app: "postgres://u@h/d?sslmode=disable" }, { authority: true }).settings).toEqual({
      server_tls_sslmode: "disable",
    });
  });

  test("the authorities of the system verify where the URL asks for them", () => {
    const { settings } = start(shell, { app: "postgres://u@h/d?sslmode=verify-full&sslrootcert=system" }, { systemAuthority: true });
    expect(settings).toEqual({ server_tls_sslmode: "verify-full", server_tls_ca_file: join(directory, "ca.crt") });
  });

  test("read replicas become databases of their own, with passwords of their own", () => {
    const { databases } = start(shell, { app: "postgres://u:one@primary/d", replica_0: "postgres://u:two@replica/d" });
    expect(databases).toEqual({
      app: { host: "primary", port: "5432", dbname: "d", user: "u", password: "one" },
      replica_0: { host: "replica", port: "5432", dbname: "d", user: "u", password: "two" },
    });
  });

  test("databases that ask for different TLS modes are refused, because the pooler has one for all", () => {
    const { stderr } = start(shell, { app: "postgres://u@h/d?sslmode=require", replica_0: "postgres://u@h/d" });
    expect(stderr).toContain("database replica_0: its sslmode (prefer) is not that of the other databases (require)");
  });

  describe("what the URL says of sessions", () => {
    const path = "SELECT set_config('search_path', 'tenant_a', false)";

    test.each([
      ["options=-c%20search_path%3Dtenant_a", path],
      ["options=-csearch_path%3Dtenant_a", path],
      ["options=--search_path%3Dtenant_a", path],
      ["search_path=tenant_a", path],
      ["currentSchema=tenant_a", path],
      [
        "options=-c%20search_path%3Da,%22B%22&lock_timeout=5s",
        `SELECT set_config('search_path', 'a,"B"', false), set_config('lock_timeout', '5s', false)`,
      ],
      ["options=-c%20%20geqo%3Doff%20-c%20app.tenant%3D7", "SELECT set_config('geqo', 'off', false), set_config('app.tenant', '7', false)"],
      ["search_path=x'%3B%20drop%20table%20y", "SELECT set_config('search_path', 'x''; drop table y', false)"],
    ])("%s is set on each connection to the server", (query, expected) => {
      const { databases, stderr } = start(shell, { app: `postgres://u@h/d?${query}` });
      expect(stderr).toBe("");
      expect(databases["app"]).toHaveProperty("connect_query", expected);
    });

    test("outlives the reset between two sessions", () => {
      const { settings, databases } = start(shell, { app: "postgres://u@h/d?search_path=tenant_a" }, { options: ["--session"] });
      expect(databases["app"]).toMatchObject({ pool_mode: "session", connect_query: path });
      expect(settings["server_reset_query"]).toMatch(
        /RESET ALL; .*DISCARD SEQUENCES; SELECT set_config\('search_path', 'tenant_a', false\)$/u,
      );
      expect(start(shell, { app: "postgres://u@h/d" }, { options: ["--session"] }).settings).not.toHaveProperty("server_reset_query");
    });

    test.each([
      ["options=-c%20a%5C%20b%3Dc", "backslash"],
      ["options=-d%205", "of the form -c name=value"],
      ["options=-c", "nothing after it"],
      ["options=-c%20Search-Path%3Dx", "other letters"],
      ["sslcert=/a", "parameter sslcert: set it in postgres.urlParameters"],
      ["schema=tenant_a", "set postgres.urlParameters.schema to the same value"],
      ["s3%20x=1", "cannot pass on"],
    ])("%s is refused where it would be lost", (query, words) => {
      const { status, stderr } = start(shell, { app: `postgres://u@h/d?${query}` });
      expect(status).toBe(1);
      expect(stderr).toContain(words);
    });

    test("a word of an unencoded password is in no message", () => {
      for (const url of ["postgres://u:a?s3cret@h/d", "postgres://u:a?b&s3cret&c@h/d", "postgres://u:a?s3cret=b@h/d"]) {
        const { status, stderr } = start(shell, { app: url });
        expect(status).toBe(1);
        expect(stderr).toContain("percent-encoded?");
        expect(stderr).not.toContain("s3");
      }
    });

    test.each([
      [["--parameter=schema=tenant_a"], "schema=tenant_a"],
      [["--parameter=schema=tenant_a", "--parameter=x=y z"], "x=1&schema=tenant_a"],
      [[], "schema=public"],
    ])("%j and %s: the client library is given what it reads", (options, query) => {
      expect(start(shell, { app: `postgres://u@h/d?${query}` }, { options }).stderr).toBe("");
    });

    test("another schema than the client library is given is refused", () => {
      const options = ["--parameter=schema=tenant_b"];
      expect(start(shell, { app: "postgres://u@h/d?schema=tenant_a" }, { options }).stderr).toContain("urlParameters.schema");
    });

    test("replicas of other settings are refused where sessions are pooled", () => {
      const urls = { app: "postgres://u@h/d?search_path=a", replica_0: "postgres://u@h/d" };
      expect(start(shell, urls, { options: ["--session"] }).stderr).toContain("database replica_0: its options are not those");
      expect(start(shell, urls).stderr).toBe("");
    });
  });

  test("the database's own name is that of the URL, or the pooler does not start", () => {
    const options = ["--database=orders"];
    expect(start(shell, { orders: "postgres://u@h/orders" }, { options }).databases).toHaveProperty("orders.dbname", "orders");
    expect(start(shell, { orders: "postgres://u@h/other" }, { options }).stderr).toContain("another database than postgres.database");
    expect(start(shell, { orders: "postgres://u@h/orders", replica_0: "postgres://u@h/copy" }, { options }).stderr).toBe("");
  });

  test("every database of the primary's server is offered to a migration, which may have to create its own", () => {
    const urls = { app: "postgres://u:p@h/d", replica_0: "postgres://u:q@r/d" };
    const { databases } = start(shell, urls, { options: ["--session", "--any-database"] });
    expect(databases["*"]).toEqual({ host: "h", port: "5432", user: "u", password: "p", pool_mode: "session" });
    expect(Object.keys(databases)).toEqual(["app", "*", "replica_0"]);
  });

  test("nobody else may read the file that holds the passwords", () => {
    start(shell, { app: "postgres://u:p@h/d" });
    const listing = spawnSync("ls", ["-l", join(directory, "databases.ini")], { encoding: "utf8" });
    expect(listing.stdout).toMatch(/^-rw-------/u);
  });

  test("the pooler is started with its settings, and knows no password by its environment", () => {
    writeFileSync(join(directory, "fake"), '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\nset\n', { mode: 0o755 });
    writeFileSync(join(directory, "app"), "postgres://u:s3cret@h/d");
    const [program = "sh", ...options] = shell;
    const run = spawnSync(program, [...options, join(directory, "start.sh"), `app=${join(directory, "app")}`], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", RUN_DIR: directory, PGBOUNCER: join(directory, "fake"), CONFIG_FILE: "/etc/p.ini" },
    });
    expect(run.stdout).toContain("/fake\n/etc/p.ini\n");
    expect(run.stdout).not.toContain("s3cret");
  });
});

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27").replaceAll("*", "%2A");
}
