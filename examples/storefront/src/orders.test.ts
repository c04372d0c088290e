import { describe, expect, test, vi } from "vitest";
import { quiet } from "../testing/app-fakes.ts";
import { createMetrics } from "./metrics.ts";
import { createOrderDispatch } from "./order-dispatch.ts";
import { createInlineQueue, processOrder } from "./order-processing.ts";
import type { OrderStatus } from "./store.ts";

function setUpDispatch(stranded: string[] = []) {
  const store = {
    markEnqueued: vi.fn<(id: string) => Promise<void>>(async () => {}),
    listStranded: vi.fn<() => Promise<string[]>>(async () => stranded),
  };
  const queue = { enqueue: vi.fn<(id: string) => Promise<void>>(async () => {}) };
  const metrics = createMetrics(quiet.identity);
  return { store, queue, metrics, orders: createOrderDispatch({ store, queue, metrics, log: quiet.log }) };
}

function setUpStore(started: boolean) {
  return {
    startOrder: vi.fn<(id: string) => Promise<boolean>>(async () => started),
    completeOrder: vi.fn<(id: string) => Promise<OrderStatus>>(async () => "completed"),
  };
}

describe("dispatch", () => {
  test("an enqueued order is marked, so that no sweep takes it again", async () => {
    const { orders, store } = setUpDispatch();
    expect(await orders.dispatch("a")).toBe(true);
    expect(store.markEnqueued).toHaveBeenCalledWith("a");
  });

  test("with the queue down nothing is thrown, nothing marked, and the failure counted", async () => {
    const { orders, store, queue, metrics } = setUpDispatch();
    queue.enqueue.mockRejectedValue(new Error("connection is closed"));
    expect(await orders.dispatch("a")).toBe(false);
    expect(store.markEnqueued).not.toHaveBeenCalled();
    expect((await metrics.ordersEnqueued.get()).values).toEqual([{ labels: { result: "error" }, value: 1 }]);
  });

  test("a sweep enqueues what is stranded and stops at the first failure", async () => {
    const { orders, queue } = setUpDispatch(["a", "b", "c"]);
    queue.enqueue.mockResolvedValueOnce().mockRejectedValueOnce(new Error("connection is closed"));
    await orders.sweep();
    expect(queue.enqueue.mock.calls).toEqual([["a"], ["b"]]);
  });

  test("a sweep with the database down throws nothing", async () => {
    const { orders, store, queue } = setUpDispatch();
    store.listStranded.mockRejectedValue(new Error("database down"));
    await orders.sweep();
    expect(queue.enqueue).not.toHaveBeenCalled();
  });
});

describe("processing", () => {
  test("an order is started, then completed; the inline queue does the same", async () => {
    const store = setUpStore(true);
    expect(await processOrder(store, "a", quiet.faults)).toBe("completed");
    await createInlineQueue(store, quiet.faults).enqueue("b");
    expect(store.completeOrder.mock.calls).toEqual([["a"], ["b"]]);
  });

  test("a finished order is not touched again", async () => {
    const store = setUpStore(false);
    expect(await processOrder(store, "a", quiet.faults)).toBe("duplicate");
    expect(store.completeOrder).not.toHaveBeenCalled();
  });

  test("FAULT_JOB_ERROR_PERCENT fails the attempt before its effect", async () => {
    const store = setUpStore(true);
    await expect(processOrder(store, "a", { ...quiet.faults, jobErrorPercent: 100 })).rejects.toThrow("FAULT_JOB_ERROR_PERCENT");
    expect(store.completeOrder).not.toHaveBeenCalled();
  });
});
