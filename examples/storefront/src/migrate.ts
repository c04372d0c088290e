import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { readIdentity, requireVariable } from "./config.ts";
import { isConnectionError, withLibpqTls } from "./database-errors.ts";
import { createLogger, runCommand } from "./log.ts";

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const folder = new URL("../migrations/", import.meta.url);
const lockKey = 7_263_541;
const connectPatienceMs = 30_000;
const log = createLogger(readIdentity(process.env), process.env.LOG_LEVEL || "info");

runCommand(log, async () => {
  const client = await connect(requireVariable(process.env, "DATABASE_DIRECT_URL"));
  // A session lock: this is why migrations need the direct connection. A second migration waits here, and then finds nothing to do.
  await client.query("select pg_advisory_lock($1)", [lockKey]);
  if (process.env.FAULT_MIGRATION === "fail") throw new Error("migration failed on purpose: FAULT_MIGRATION is fail");
  await client.query(
    "create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())",
  );
  const migrations = await readMigrations();
  const { rows } = await client.query<{ name: string; checksum: string }>("select name, checksum from schema_migrations");
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  for (const migration of migrations) await ensureApplied(client, migration, applied.get(migration.name));
  const known = new Set(migrations.map(({ name }) => name));
  const newer = [...applied.keys()].filter((name) => !known.has(name));
  if (newer.length > 0) log.info({ newer }, "the database has newer migrations, as after a rollback");
  log.info({ migrations: migrations.length }, "schema is up to date");
  await client.end();
});

async function ensureApplied(client: Client, { name, sql, checksum }: Migration, appliedChecksum: string | undefined): Promise<void> {
  if (appliedChecksum === checksum) return;
  if (appliedChecksum !== undefined) {
    throw new Error(`migration ${name} was changed after it was applied: restore the file and put the change into a new migration`);
  }
  try {
    await client.query("begin");
    await client.query(sql);
    await client.query("insert into schema_migrations (name, checksum) values ($1, $2)", [name, checksum]);
    await client.query("commit");
  } catch (cause) {
    throw new Error(`migration ${name} failed and was rolled back: ${messageOf(cause)}`, { cause });
  }
  log.info({ migration: name }, "migration applied");
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

// The database may still be starting when the release does: wait for it a while, but not for a wrong password.
async function connect(url: string): Promise<Client> {
  const until = performance.now() + connectPatienceMs;
  for (;;) {
    const client = new Client({
      connectionString: withLibpqTls(url),
      connectionTimeoutMillis: 5_000,
      application_name: "storefront-migrate",
    });
    client.on("error", (error) => log.warn({ err: error }, "database connection lost"));
    try {
      await client.connect();
      return client;
    } catch (cause) {
      if (!isConnectionError(cause) || performance.now() > until) {
        throw new Error(`can't connect to the database (${messageOf(cause)}): check DATABASE_DIRECT_URL and that the server runs`, {
          cause,
        });
      }
      log.warn({ err: cause }, "database not reachable yet");
      await delay(1_000);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
