import { setTimeout as delay } from "node:timers/promises";
import type { Faults } from "./config.ts";
import { strikes } from "./faults.ts";
import type { OrderQueue } from "./queue.ts";
import type { OrderStatus, Store } from "./store.ts";

/** How one attempt ended; `duplicate`: the order was finished before, nothing was done. */
export type Outcome = OrderStatus | "duplicate";

type OrderSteps = Pick<Store, "startOrder" | "completeOrder">;

/** Fulfils an order; running it twice, or on two workers at once, has the effect of once. */
export async function processOrder(store: OrderSteps, orderId: string, faults: Faults): Promise<Outcome> {
  if (!(await store.startOrder(orderId))) return "duplicate";
  if (faults.jobLatencyMs > 0) await delay(faults.jobLatencyMs);
  if (strikes(faults.jobErrorPercent)) throw new Error("fault FAULT_JOB_ERROR_PERCENT");
  return store.completeOrder(orderId);
}

/** Stands in for the queue where none is configured (small stages): the web process fulfils orders itself. */
export function createInlineQueue(store: OrderSteps, faults: Faults): OrderQueue {
  return {
    enqueue: async (orderId) => {
      await processOrder(store, orderId, faults);
    },
    connected: () => true,
    close: async () => {},
  };
}
