import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "pg";
import type { PoolClient, QueryResultRow } from "pg";
import { isConnectionError, withLibpqTls } from "./database-errors.ts";
import type { Logger } from "./log.ts";

/** What one statement of a transaction needs. */
export type Execute = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** How busy the primary's pool is; `waiting` requests have no connection yet. */
export interface PoolStats {
  total: number;
  idle: number;
  waiting: number;
}

/** Postgres for this app: nothing here needs a session, so that PgBouncer may pool by transaction. */
export interface Database {
  /** An idempotent statement on the primary; tried once more when the connection breaks. */
  query: Execute;
  /** A read that may be a little stale: a replica if there is one, else (or when it fails) the primary. */
  readStale: Execute;
  /** Runs `work` in one transaction on the primary; never repeated. */
  transaction: <Result>(work: (execute: Execute) => Promise<Result>) => Promise<Result>;
  /** One cheap round trip, at most `timeoutMs` milliseconds on the wire. */
  ping: (timeoutMs: number) => Promise<void>;
  /** Milliseconds (monotonic clock) of the last answer from the primary; -Infinity before the first. */
  lastAnswerAt: () => number;
  stats: () => PoolStats;
  close: () => Promise<void>;
}

const poolSettings = { max: 10, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 2_000, query_timeout: 10_000, keepAlive: true };
const retryDelay = { minMs: 100, spreadMs: 200 };
const pressureWarning = { waiting: 5, seriousWaiting: 10, everyMs: 5_000 };

/** Opens the pools; no connection is made before the first query. */
export function openDatabase(options: { url: string; replicaUrls: string[]; name: string; log: Logger }): Database {
  const { log, name } = options;
  const primary = openPool(options.url, name, log);
  const replicas = options.replicaUrls.map((url) => openPool(url, name, log));
  const warnOfPressure = pressureGauge(primary, log);
  let lastAnswerAt = Number.NEGATIVE_INFINITY;
  let nextReplica = 0;

  async function onPrimary<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    warnOfPressure();
    const result = await primary.query<Row>(text, values);
    lastAnswerAt = performance.now();
    return result.rows;
  }

  async function query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    try {
      return await onPrimary<Row>(text, values);
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      log.debug({ err: error }, "database connection broke, trying once more");
      await delay(retryDelay.minMs + Math.random() * retryDelay.spreadMs);
      return onPrimary<Row>(text, values);
    }
  }

  async function readStale<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const replica = replicas[nextReplica++ % Math.max(replicas.length, 1)];
    if (replica === undefined) return query<Row>(text, values);
    try {
      return (await replica.query<Row>(text, values)).rows;
    } catch (error) {
      log.debug({ err: error }, "replica read failed, falling back to the primary");
      return query<Row>(text, values);
    }
  }

  async function transaction<Result>(work: (execute: Execute) => Promise<Result>): Promise<Result> {
    warnOfPressure();
    const result = await inTransaction(await primary.connect(), work);
    lastAnswerAt = performance.now();
    return result;
  }

  async function ping(timeoutMs: number): Promise<void> {
    // pg takes query_timeout per query too, but its types do not know: node_modules/pg/lib/client.js
    const statement = { text: "select 1", query_timeout: timeoutMs };
    await primary.query(statement);
    lastAnswerAt = performance.now();
  }

  return {
    query,
    readStale,
    transaction,
    ping,
    lastAnswerAt: () => lastAnswerAt,
    stats: () => ({ total: primary.totalCount, idle: primary.idleCount, waiting: primary.waitingCount }),
    close: async () => {
      await Promise.all([primary, ...replicas].map((pool) => pool.end()));
    },
  };
}

async function inTransaction<Result>(client: PoolClient, work: (execute: Execute) => Promise<Result>): Promise<Result> {
  let broken = false;
  try {
    await client.query("begin");
    const result = await work(async (text, values) => (await client.query(text, values ?? [])).rows);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function openPool(url: string, name: string, log: Logger): Pool {
  const pool = new Pool({ ...poolSettings, connectionString: withLibpqTls(url), application_name: name });
  // Without listeners a connection that dies while idle, or between two statements of a transaction, would end the process.
  pool.on("error", (error) => log.warn({ err: error }, "idle database connection lost"));
  pool.on("connect", (client) => {
    client.on("error", (error: Error) => log.debug({ err: error }, "database connection lost"));
  });
  return pool;
}

function pressureGauge(pool: Pool, log: Logger): () => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const waiting = pool.waitingCount;
    if (waiting <= pressureWarning.waiting || performance.now() - warnedAt < pressureWarning.everyMs) return;
    warnedAt = performance.now();
    const level = waiting > pressureWarning.seriousWaiting ? "error" : "warn";
    log[level]({ waiting, total: pool.totalCount, max: poolSettings.max }, "requests are waiting for a database connection");
  };
}
