import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Identity } from "./config.ts";
import type { Store } from "./store.ts";

const workSchema = { querystring: { type: "object", properties: { ms: { type: "integer", minimum: 0, maximum: 2_000, default: 50 } } } };
const sliceMs = 10;

/** Adds what demos and tests ask: /api/release (which pod answered), /api/work (burns CPU), /api/reports (what the schedule did). */
export function addDemoRoutes(app: FastifyInstance, identity: Identity, store: Pick<Store, "listReports">): void {
  const { release, track, component, pod } = identity;
  app.get("/api/release", async () => ({ release, track, component, pod }));

  app.get<{ Querystring: { ms: number } }>("/api/work", { schema: workSchema }, async (request) => {
    const { ms } = request.query;
    await burnCpu(ms);
    return { ms, pod };
  });

  app.get("/api/reports", async () => ({ reports: await store.listReports(100) }));
}

/** Keeps the CPU busy for `milliseconds`, in slices so that probes and other requests get their turn. */
async function burnCpu(milliseconds: number): Promise<void> {
  let left = milliseconds;
  while (left > 0) {
    const slice = Math.min(left, sliceMs);
    const end = performance.now() + slice;
    while (performance.now() < end) Math.sqrt(end);
    left -= slice;
    await nextTurn();
  }
}
