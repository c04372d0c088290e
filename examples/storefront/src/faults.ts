import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Faults } from "./config.ts";
import { isProbe } from "./health.ts";
import type { Logger } from "./log.ts";

/** Makes API requests slow or failing as configured; probes and metrics stay honest. */
export function addFaults(app: FastifyInstance, faults: Faults): void {
  if (faults.errorPercent === 0 && faults.latencyMs === 0) return;
  app.addHook("preHandler", async (request, reply) => {
    if (isProbe(request) || process.uptime() < faults.afterSeconds) return undefined;
    if (faults.latencyMs > 0) await delay(faults.latencyMs);
    return strikes(faults.errorPercent) ? reply.code(500).send({ error: "fault injected by FAULT_ERROR_PERCENT" }) : undefined;
  });
}

/** True in `percent` of 100 calls. */
export function strikes(percent: number): boolean {
  return Math.random() * 100 < percent;
}

/** Crashes the process after the configured time, through the policy for uncaught errors. */
export function armCrash(faults: Faults, log: Logger): void {
  if (faults.crashAfterSeconds === 0) return;
  log.warn({ seconds: faults.crashAfterSeconds }, "will crash on purpose");
  setTimeout(() => {
    throw new Error("fault FAULT_CRASH_AFTER_SECONDS");
  }, faults.crashAfterSeconds * 1_000).unref();
}
