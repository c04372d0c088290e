import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { OrderQueue } from "./queue.ts";
import type { Store } from "./store.ts";

/** Hands stored orders to the queue. */
export interface OrderDispatch {
  /** Enqueues one order; with the queue down the order stays stranded in the database, for `sweep`. Never throws. */
  dispatch: (orderId: string) => Promise<boolean>;
  /** Enqueues what is stranded, and stops at the first failure. Never throws. */
  sweep: () => Promise<void>;
}

const stranded = { olderThanSeconds: 10, batch: 100 };
const sweepEveryMs = 15_000;

/** The database is the source of truth: an order is safe once inserted, whatever happens to Redis. */
export function createOrderDispatch(parts: {
  store: Pick<Store, "markEnqueued" | "listStranded">;
  queue: Pick<OrderQueue, "enqueue">;
  metrics: Pick<Metrics, "ordersEnqueued">;
  log: Logger;
}): OrderDispatch {
  const { store, queue, metrics, log } = parts;

  async function dispatch(orderId: string): Promise<boolean> {
    try {
      await queue.enqueue(orderId);
      metrics.ordersEnqueued.inc({ result: "ok" });
      await store.markEnqueued(orderId);
      return true;
    } catch (error) {
      metrics.ordersEnqueued.inc({ result: "error" });
      log.warn({ err: error, orderId }, "order not enqueued, will be swept up");
      return false;
    }
  }

  async function sweep(): Promise<void> {
    try {
      for (const orderId of await store.listStranded(stranded.olderThanSeconds, stranded.batch)) {
        if (!(await dispatch(orderId))) return;
      }
    } catch (error) {
      log.warn({ err: error }, "sweep of stranded orders failed");
    }
  }

  return { dispatch, sweep };
}

/** Sweeps about every 15 s, with jitter so that a fleet does not sweep together; returns how to stop. */
export function startSweeping(dispatch: OrderDispatch): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const schedule = (): void => {
    timer = setTimeout(
      () => {
        running = sweepAgain();
      },
      sweepEveryMs * (0.5 + Math.random()),
    );
  };
  const sweepAgain = async (): Promise<void> => {
    await dispatch.sweep();
    if (timer !== undefined) schedule();
  };
  schedule();
  return async () => {
    clearTimeout(timer);
    timer = undefined;
    await running;
  };
}
