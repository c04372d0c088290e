import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Database } from "./database.ts";
import type { Phase } from "./drain.ts";

/** Where one part of the system stands; `none`: not configured. */
export type PartState = "up" | "down" | "none";

/** What the health routes look at. */
export interface HealthSources {
  phase: () => Phase;
  neverReady: boolean;
  databaseUp: () => Promise<boolean>;
  cache: () => PartState;
  queue: () => PartState;
}

const probeRoutes = new Set(["/api/health", "/api/health/live", "/api/health/ready", "/metrics"]);
const databaseCheck = { freshMs: 1_000, timeoutMs: 1_500 };

/** True for health and metrics requests, which are never counted, delayed, failed on purpose or waited for. */
export function isProbe(request: FastifyRequest): boolean {
  return probeRoutes.has(request.routeOptions.url ?? "");
}

/**
 * Builds the database check. However many probes come, at most one round trip is on its way and its result holds 1 s. A slow check alone
 * is no outage: as long as ordinary queries are answered the database is up, or load would take every pod out of service at once.
 */
export function createDatabaseCheck(db: Pick<Database, "ping" | "lastAnswerAt">): () => Promise<boolean> {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let up = false;
  let running: Promise<boolean> | undefined;

  async function check(): Promise<boolean> {
    const startedAt = performance.now();
    try {
      await db.ping(databaseCheck.timeoutMs);
      up = true;
    } catch {
      up = db.lastAnswerAt() >= startedAt;
    }
    checkedAt = performance.now();
    running = undefined;
    return up;
  }

  return async () => {
    if (performance.now() - checkedAt < databaseCheck.freshMs) return up;
    running ??= check();
    return running;
  };
}

/** Adds /api/health (database down: 503, Redis down: degraded), /live (always 200) and /ready (503 in startup, shutdown, database down). */
export function addHealthRoutes(app: FastifyInstance, sources: HealthSources): void {
  app.get("/api/health/live", async () => ({ status: "alive" }));

  app.get("/api/health/ready", async (_request, reply) => {
    const reason = await unreadyReason(sources);
    return reason === undefined ? { status: "ready" } : reply.code(503).send({ status: "unready", reason });
  });

  app.get("/api/health", async (_request, reply) => {
    const database: PartState = (await sources.databaseUp()) ? "up" : "down";
    const checks = { database, cache: sources.cache(), queue: sources.queue() };
    if (database === "down") return reply.code(503).send({ status: "unhealthy", checks });
    const degraded = checks.cache === "down" || checks.queue === "down";
    return { status: degraded ? "degraded" : "healthy", checks };
  });
}

// Startup needs no state of its own: until the first answer of the database the check says down.
async function unreadyReason(sources: HealthSources): Promise<string | undefined> {
  if (sources.neverReady) return "fault FAULT_NEVER_READY";
  if (sources.phase() !== "serving") return "shutting down";
  return (await sources.databaseUp()) ? undefined : "database down";
}
