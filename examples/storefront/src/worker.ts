import { DelayedError, Queue, Worker } from "bullmq";
import type { Job } from "bullmq";
import { addMetricsRoute, anyAddress, createHttpApp } from "./app.ts";
import { loadConfig, requireVariable } from "./config.ts";
import type { Config } from "./config.ts";
import { isDatabaseUnavailable } from "./database-errors.ts";
import { openDatabase } from "./database.ts";
import { armCrash } from "./faults.ts";
import { addHealthRoutes, createDatabaseCheck } from "./health.ts";
import { createLogger, exitOnUncaughtError, onTermination } from "./log.ts";
import type { Logger } from "./log.ts";
import { createMetrics, exposePool } from "./metrics.ts";
import { processOrder } from "./order-processing.ts";
import { deadQueueName, ordersQueueName } from "./queue.ts";
import type { OrderJob } from "./queue.ts";
import { closeRedis, openRedis } from "./redis.ts";
import { createStore } from "./store.ts";

const concurrency = 4;
const outageDelay = { minMs: 2_000, spreadMs: 3_000 };
// A worker renews the locks of its jobs; those of a worker that was killed are taken up by another within 20 s or so.
const locks = { lockDuration: 10_000, stalledInterval: 10_000 };

const config = loadConfig(process.env);
await work(config, createLogger(config.identity, config.logLevel));

async function work({ identity, faults, ...settings }: Config, log: Logger): Promise<void> {
  exitOnUncaughtError(log);
  const metrics = createMetrics(identity);
  const db = openDatabase({ url: settings.databaseUrl, replicaUrls: [], name: `${identity.app}-worker`, log });
  exposePool(metrics, db.stats);
  const store = createStore(db);
  // A worker waits for Redis to come back rather than failing: BullMQ wants no limit of retries.
  const redis = openRedis(requireVariable(process.env, "REDIS_QUEUE_URL"), { maxRetriesPerRequest: null, label: "queue", log });
  const deadOrders = new Queue<OrderJob>(deadQueueName, { connection: redis });
  deadOrders.on("error", (error) => log.debug({ err: error }, "queue error"));
  const burials = new Set<Promise<void>>();
  let phase: "serving" | "draining" = "serving";

  // With its name, every job says which pod has it.
  const worker = new Worker<OrderJob>(ordersQueueName, attempt, { connection: redis, concurrency, name: identity.pod, ...locks });
  worker.on("error", (error) => log.debug({ err: error }, "worker error"));
  worker.on("failed", (job, error) => {
    if (job === undefined) return;
    const isLast = job.finishedOn !== undefined;
    metrics.jobs.inc({ result: isLast ? "dead" : "retried" });
    log.warn({ err: error, orderId: job.data.orderId, attempt: job.attemptsMade, isLast }, "order attempt failed");
    if (!isLast) return;
    const burial = bury(job, error).finally(() => burials.delete(burial));
    burials.add(burial);
  });

  async function attempt(job: Job<OrderJob>, token?: string): Promise<void> {
    const stopTimer = metrics.jobDuration.startTimer();
    metrics.busyJobs.inc();
    try {
      const outcome = await processOrder(store, job.data.orderId, faults);
      metrics.jobs.inc({ result: outcome });
      log.debug({ orderId: job.data.orderId, outcome }, "order attempt done");
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      metrics.jobs.inc({ result: "postponed" });
      // An outage is not the order's fault: it waits for the database without using up its attempts.
      await job.moveToDelayed(Date.now() + outageDelay.minMs + Math.random() * outageDelay.spreadMs, token);
      throw new DelayedError();
    } finally {
      metrics.busyJobs.dec();
      stopTimer();
    }
  }

  async function bury(job: Job<OrderJob>, error: Error): Promise<void> {
    const { orderId } = job.data;
    try {
      await deadOrders.add(error.message.slice(0, 200), { orderId }, { jobId: orderId });
      await store.failOrder(orderId);
    } catch (cause) {
      log.error({ err: cause, orderId }, "dead order not recorded");
    }
  }

  onTermination((signal) => {
    log.info({ signal }, "finishing running jobs");
    phase = "draining";
    void shutDown();
  });
  const app = createHttpApp(log);
  addMetricsRoute(app, metrics);
  const queue = (): "up" | "down" => (redis.status === "ready" ? "up" : "down");
  addHealthRoutes(app, {
    phase: () => phase,
    neverReady: faults.neverReady,
    databaseUp: createDatabaseCheck(db),
    cache: () => "none",
    queue,
  });
  // The contract asks no port of workers: metrics are a gift, and a port that is taken is no reason to stop.
  await app
    .listen({ port: settings.port, host: anyAddress() })
    .catch((error: unknown) => log.warn({ err: error }, "no metrics on this worker"));
  armCrash(faults, log);
  log.info({ concurrency }, "worker started");

  async function shutDown(): Promise<void> {
    await worker.close();
    await Promise.all(burials);
    await app.close();
    await deadOrders.close();
    await closeRedis(redis);
    await db.close();
    log.info("stopped");
    process.exit(0);
  }
}
