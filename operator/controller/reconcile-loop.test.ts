import { Registry } from "prom-client";
import { expect, test, vi } from "vitest";
import { KeyedBackoff } from "../base/backoff.ts";
import type { ControllerLogger } from "./logger.ts";
import { createControllerMetrics } from "./metrics.ts";
import { RECONCILE_DEADLINE_MS, runReconciles, type ReconcileLoop } from "./reconcile-loop.ts";
import { requeue } from "./result.ts";
import { WorkQueue } from "./work-queue.ts";
import { createWorkerLimit } from "./worker-limit.ts";

/** A loop over one app of generation 7, and the lines that it writes. */
function given(reconcile: ReconcileLoop["reconcile"], deadlineMs = RECONCILE_DEADLINE_MS) {
  const lines: Record<string, unknown>[] = [];
  const loggerWith = (fields: object): ControllerLogger => {
    const line = (more: object, message: string) => void lines.push({ ...fields, ...more, message });
    return { debug: line, info: line, warn: line, error: line, child: (more) => loggerWith({ ...fields, ...more }) };
  };
  const registry = new Registry();
  const queue = new WorkQueue();
  const stop = new AbortController();
  stop.signal.addEventListener("abort", () => queue.close());
  const ended = runReconciles({
    queue,
    backoff: new KeyedBackoff(),
    reconcile,
    generationOf: () => 7,
    metrics: createControllerMetrics(registry),
    logger: loggerWith({}),
    resyncSeconds: 600,
    deadlineMs,
    signal: stop.signal,
    workers: createWorkerLimit({ least: 1 }),
  });
  async function end(): Promise<void> {
    stop.abort(new Error("no longer the leader"));
    await ended;
  }
  return { lines, queue, registry, end };
}

/** A request that is never answered: it ends with its signal alone. */
async function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
}

test("every line of a reconcile names the app, its generation and the reconcile", async () => {
  const { lines, queue, end } = given(async (_key, { logger }) => {
    logger.info({ kind: "Service" }, "child written");
    return requeue(1, "again");
  });
  queue.add("retail/shop");
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(2));
  await end();
  const reconcileID = expect.stringMatching(/^[\da-f-]{36}$/u) as string;
  expect(lines[0]).toEqual({ app: "retail/shop", generation: 7, reconcileID, kind: "Service", message: "child written" });
  expect(lines[1]?.["reconcileID"]).not.toBe(lines[0]?.["reconcileID"]);
});

test("a reconcile that hangs is given up at its deadline, reported, counted and tried again", async () => {
  let tries = 0;
  const { lines, queue, registry, end } = given(async (_key, { signal }) => {
    tries++;
    return tries === 1 ? hang(signal) : requeue(60_000, "all is well");
  }, 5);
  queue.add("retail/shop");
  await vi.waitFor(() => expect(tries).toBe(2));
  await end();
  expect(lines).toMatchObject([{ app: "retail/shop", generation: 7, failures: 1, message: "reconcile exceeded its deadline" }]);
  expect(String(lines[0]?.["err"])).toBe("Error: the reconcile lasted longer than 0.005 s");
  expect(await registry.getSingleMetricAsString("scalableapp_reconcile_deadline_exceeded_total")).toContain("_total 1");
});

test("a reconcile that ends because the operator stops is no failure", async () => {
  const begun = Promise.withResolvers<void>();
  const { lines, queue, registry, end } = given(async (_key, { signal }) => {
    begun.resolve();
    return hang(signal);
  });
  queue.add("retail/shop");
  await begun.promise;
  await end();
  expect(lines).toEqual([]);
  expect(await registry.getSingleMetricAsString("scalableapp_reconcile_deadline_exceeded_total")).toContain("_total 0");
});

test("any other failure keeps its own words", async () => {
  const { lines, queue, end } = given(async () => {
    throw new Error("the API server is down");
  });
  queue.add("retail/shop");
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(1));
  await end();
  expect(lines[0]).toMatchObject({ message: "reconcile failed", failures: 1 });
});
