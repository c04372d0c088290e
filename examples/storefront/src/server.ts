import { anyAddress, buildApp } from "./app.ts";
import { createCache } from "./cache.ts";
import { loadConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { openDatabase } from "./database.ts";
import { createDrain } from "./drain.ts";
import { armCrash } from "./faults.ts";
import { createDatabaseCheck } from "./health.ts";
import type { PartState } from "./health.ts";
import { createLogger, exitOnUncaughtError, onTermination } from "./log.ts";
import type { Logger } from "./log.ts";
import { createMetrics, exposePool } from "./metrics.ts";
import { createOrderDispatch, startSweeping } from "./order-dispatch.ts";
import { createInlineQueue } from "./order-processing.ts";
import { openOrderQueue } from "./queue.ts";
import { closeRedis, failFast, openRedis } from "./redis.ts";
import { createStore } from "./store.ts";

const cacheTtlMs = 10_000;
const exitDeadlineMs = 29_000;

const config = loadConfig(process.env);
await serve(config, createLogger(config.identity, config.logLevel));

async function serve({ identity, faults, ...urls }: Config, log: Logger): Promise<void> {
  exitOnUncaughtError(log);
  const metrics = createMetrics(identity);
  const db = openDatabase({ url: urls.databaseUrl, replicaUrls: urls.replicaUrls, name: `${identity.app}-web`, log });
  exposePool(metrics, db.stats);
  const store = createStore(db);
  const redis =
    urls.cacheUrl === undefined ? undefined : openRedis(urls.cacheUrl, { ...failFast, commandTimeout: 250, label: "cache", log });
  const cache = createCache({ client: redis, ttlMs: cacheTtlMs, log, count: (result) => metrics.cacheReads.inc({ result }) });
  const queue = urls.queueUrl === undefined ? createInlineQueue(store, faults) : openOrderQueue(urls.queueUrl, log);
  const orders = createOrderDispatch({ store, queue, metrics, log });
  const stopSweeping = startSweeping(orders);
  const drain = createDrain();
  const health = {
    databaseUp: createDatabaseCheck(db),
    cache: (): PartState => (redis === undefined ? "none" : upOrDown(redis.status === "ready")),
    queue: (): PartState => (urls.queueUrl === undefined ? "none" : upOrDown(queue.connected())),
  };
  const app = buildApp({ log, identity, faults, store, cache, dispatch: orders.dispatch, metrics, drain, health });

  onTermination((signal) => {
    log.info({ signal }, "draining");
    setTimeout(() => process.exit(1), exitDeadlineMs).unref();
    void shutDown();
  });
  await app.listen({ port: urls.port, host: anyAddress() });
  armCrash(faults, log);

  async function shutDown(): Promise<void> {
    await drain.begin();
    await app.close();
    await stopSweeping();
    await queue.close();
    if (redis !== undefined) await closeRedis(redis);
    await db.close();
    log.info("stopped");
    process.exit(0);
  }
}

function upOrDown(up: boolean): PartState {
  return up ? "up" : "down";
}
