import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Identity } from "./config.ts";
import type { PoolStats } from "./database.ts";

/** Every metric of the app, in a registry of its own. */
export type Metrics = ReturnType<typeof createMetrics>;

// 0.5 s is the latency objective and 2 s the canary's limit: both must be bucket bounds to be judged exactly.
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

/** Creates the metrics; rate, errors and duration of requests all come from the one histogram. */
export function createMetrics(identity: Identity) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const { release, track, component } = identity;
  new Gauge({
    name: "storefront_release_info",
    help: "1, labelled with the release that runs.",
    labelNames: ["release", "track", "component"],
    registers,
  })
    .labels({ release, track, component })
    .set(1);
  return {
    registry,
    requestDuration: new Histogram({
      name: "http_request_duration_seconds",
      help: "Seconds from the arrival of a request to the end of its answer; probes and scrapes are left out.",
      labelNames: ["method", "route", "status_code"],
      buckets: durationBuckets,
      registers,
    }),
    cacheReads: new Counter({
      name: "storefront_cache_reads_total",
      help: "Reads through the cache by result.",
      labelNames: ["result"],
      registers,
    }),
    ordersEnqueued: new Counter({
      name: "storefront_orders_enqueued_total",
      help: "Orders handed to the queue by result.",
      labelNames: ["result"],
      registers,
    }),
    busyJobs: new Gauge({
      name: "worker_busy_jobs",
      help: "Jobs that this worker works on now; 0: it is idle.",
      registers,
    }),
    jobs: new Counter({ name: "storefront_jobs_total", help: "Worker attempts by result.", labelNames: ["result"], registers }),
    jobDuration: new Histogram({
      name: "storefront_job_duration_seconds",
      help: "Seconds per worker attempt.",
      buckets: durationBuckets,
      registers,
    }),
  };
}

/** Shows the pool's state at every scrape. */
export function exposePool(metrics: Metrics, stats: () => PoolStats): void {
  const gauge = new Gauge({
    name: "storefront_db_pool_connections",
    help: "Database connections by state; waiting: requests that have none yet.",
    labelNames: ["state"],
    collect: () => {
      for (const [state, count] of Object.entries(stats())) gauge.set({ state }, count);
    },
    registers: [metrics.registry],
  });
}
