import { randomUUID } from "node:crypto";
import type { KeyedBackoff } from "../base/backoff.ts";
import { monotonicTimers } from "../base/clock.ts";
import type { ControllerLogger } from "./logger.ts";
import type { ControllerMetrics, ReconcileOutcome } from "./metrics.ts";
import type { ReconcileResult } from "./result.ts";
import type { WorkItem, WorkQueue } from "./work-queue.ts";
import type { WorkerLimit } from "./worker-limit.ts";

/**
 * Milliseconds after which a reconcile is given up and tried again with backoff. Each request has a limit of its own (30 s); the largest
 * app has a few hundred children, which take some 10 s while the API server is slow. So whatever lasts longer hangs, and holds a worker.
 */
export const RECONCILE_DEADLINE_MS = 120_000;

/** What one reconcile is given besides its key: a logger that names the app, its generation and the reconcile, and a limit of its time. */
export interface ReconcileScope {
  readonly logger: ControllerLogger;
  /** Aborts when the operator stops leading, and at the deadline. */
  readonly signal: AbortSignal;
}

/** What reconciles are run with. */
export interface ReconcileLoop {
  readonly queue: WorkQueue;
  readonly backoff: KeyedBackoff;
  readonly reconcile: (key: string, scope: ReconcileScope) => Promise<ReconcileResult>;
  /** The generation of the app as the cache has it; undefined where there is none. */
  readonly generationOf: (key: string) => number | undefined;
  readonly metrics: ControllerMetrics;
  readonly logger: ControllerLogger;
  readonly resyncSeconds: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly workers: WorkerLimit;
}

/** Hands keys out as places become free, until the queue is closed and what was handed out has ended. */
export async function runReconciles(loop: ReconcileLoop): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (;;) {
    const release = await loop.workers.acquire(loop.signal).catch(() => undefined);
    const item = release && (await loop.queue.take());
    if (!item) break;
    const working = reconcileItem(loop, item).finally(() => {
      release();
      underWay.delete(working);
    });
    underWay.add(working);
  }
  await Promise.all(underWay);
}

async function reconcileItem(loop: ReconcileLoop, item: WorkItem): Promise<void> {
  loop.metrics.observeWait(item.waitedMs / 1000);
  loop.metrics.setDepth(loop.queue.depth);
  loop.metrics.addActive(1);
  const started = monotonicTimers.now();
  const outcome = await workOn(loop, item.key);
  loop.metrics.observeReconcile(outcome, (monotonicTimers.now() - started) / 1000);
  loop.metrics.addActive(-1);
  loop.queue.done(item.key);
  loop.workers.reconciled(loop.queue.depth);
}

async function workOn(loop: ReconcileLoop, key: string): Promise<ReconcileOutcome> {
  const { queue, backoff, metrics } = loop;
  const logger = loop.logger.child({ app: key, generation: loop.generationOf(key), reconcileID: randomUUID() });
  const deadline = startDeadline(loop);
  try {
    const result = await loop.reconcile(key, { logger, signal: deadline.signal });
    backoff.forget(key);
    if (result.kind === "terminal") {
      logger.warn({ why: result.why }, "waiting for the user");
      return "terminal_error";
    }
    if (result.kind === "gone") return "success";
    const resyncMs = loop.resyncSeconds * 1000 * (0.9 + Math.random() * 0.2);
    if (result.kind === "requeue") {
      queue.addAfter(key, Math.min(result.afterMs, resyncMs));
      return "requeue_after";
    }
    queue.addAfter(key, resyncMs, "low");
    return "success";
  } catch (error) {
    if (loop.signal.aborted) return "error";
    const retryMs = backoff.next(key);
    const message = deadline.signal.aborted ? "reconcile exceeded its deadline" : "reconcile failed";
    logger.error({ err: error, retryMs, failures: backoff.failures(key) }, message);
    if (deadline.signal.aborted) metrics.countDeadlineExceeded();
    metrics.countRetry();
    queue.addAfter(key, retryMs);
    return "error";
  } finally {
    deadline.end();
  }
}

/** A signal that follows the loop's and aborts at the deadline. AbortSignal.any would keep a reaction on the long-lived signal. */
function startDeadline({ signal, deadlineMs }: ReconcileLoop): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const timer = setTimeout(() => controller.abort(new Error(`the reconcile lasted longer than ${deadlineMs / 1000} s`)), deadlineMs);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}
