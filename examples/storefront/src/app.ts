import { networkInterfaces } from "node:os";
import { fastify, LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Cache } from "./cache.ts";
import type { Faults, Identity } from "./config.ts";
import { isDatabaseUnavailable } from "./database-errors.ts";
import { addDemoRoutes } from "./demo-routes.ts";
import { onceDone } from "./drain.ts";
import type { Drain } from "./drain.ts";
import { addFaults } from "./faults.ts";
import { addHealthRoutes, isProbe } from "./health.ts";
import type { HealthSources } from "./health.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { OrderDispatch } from "./order-dispatch.ts";
import { addOrderRoutes } from "./order-routes.ts";
import { addProductRoutes } from "./product-routes.ts";
import type { Store } from "./store.ts";

/** Everything the HTTP app is made of; tests hand in fakes. */
export interface AppParts {
  log: Logger;
  identity: Identity;
  faults: Faults;
  store: Pick<Store, "listProducts" | "findProduct" | "placeOrder" | "findOrder" | "listReports">;
  cache: Cache;
  dispatch: OrderDispatch["dispatch"];
  metrics: Metrics;
  drain: Drain;
  health: Omit<HealthSources, "phase" | "neverReady">;
}

/** Builds the web app; listens nowhere yet. */
export function buildApp(parts: AppParts): FastifyInstance {
  const { drain, faults, store } = parts;
  const app = createHttpApp(parts.log);
  drain.install(app);
  measureRequests(app, parts.metrics);
  addFaults(app, faults);
  addMetricsRoute(app, parts.metrics);
  addHealthRoutes(app, { ...parts.health, phase: drain.phase, neverReady: faults.neverReady });
  addProductRoutes(app, store, parts.cache);
  addOrderRoutes(app, store, parts.dispatch);
  addDemoRoutes(app, parts.identity, store);
  return app;
}

/** A fastify with the app's limits and error answers: keep-alive outlives a load balancer's usual 60 s, so that it is never us who closes first. */
export function createHttpApp(log: Logger): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    keepAliveTimeout: 75_000,
    requestTimeout: 30_000,
    bodyLimit: 16_384,
    // While the listener closes, what still came in is answered: the drain decides who is refused.
    return503OnClosing: false,
  });
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ error: error.message });
    const { method } = request;
    const { url: route } = request.routeOptions;
    if (!isDatabaseUnavailable(error)) {
      request.log.error({ err: error, method, route }, "request failed");
      return reply.code(500).send({ error: "internal error" });
    }
    // An outage fails many requests alike: no stack traces.
    request.log.warn({ reason: error.message, method, route }, "database unavailable");
    return reply.code(503).header("retry-after", "1").send({ error: "the database does not answer, try again" });
  });
  return app;
}

/** The address of all interfaces: `::` takes IPv4 too, but fails where the kernel has no IPv6. */
export function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ family }) => family === "IPv6") ? "::" : "0.0.0.0";
}

/** Adds GET /metrics in Prometheus' text format. */
export function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get("/metrics", async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}

// Probes are left out: a readiness 503 during a drain is no failed request, and a canary must not be judged by it.
function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onRequest", async (request, reply) => {
    if (isProbe(request)) return;
    const startedAt = performance.now();
    onceDone(reply.raw, () => {
      // 499: the client went away before its answer, which is no 200.
      const status_code = reply.raw.writableEnded ? reply.statusCode : 499;
      const labels = { method: request.method, route: request.routeOptions.url ?? "unmatched", status_code };
      metrics.requestDuration.observe(labels, (performance.now() - startedAt) / 1_000);
    });
  });
}
