import { buildApp } from "../src/app.ts";
import type { AppParts } from "../src/app.ts";
import { createCache } from "../src/cache.ts";
import { loadConfig } from "../src/config.ts";
import { createDrain } from "../src/drain.ts";
import { createLogger } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import type { NewOrder, Order, Product } from "../src/store.ts";

const { identity, faults } = loadConfig({ DATABASE_URL: "postgres://unused", SCALABLEAPP_RELEASE: "r1", SCALABLEAPP_TRACK: "canary" });

/** Identity, faults and a silent logger as every test uses them. */
export const quiet = { identity, faults, log: createLogger(identity, "silent") };

/** A store in memory that counts its product reads. */
export function createFakeStore() {
  const orders = new Map<string, Order & { key: string | undefined }>();
  const products: Product[] = [1, 2, 3].map((id) => ({ id, name: `Product ${id}`, priceCents: id * 100, stock: 10 }));
  const calls = { products: 0 };
  return {
    orders,
    calls,
    listProducts: async (after: number, limit: number) => {
      calls.products += 1;
      return products.filter(({ id }) => id > after).slice(0, limit);
    },
    findProduct: async (id: number) => {
      calls.products += 1;
      return products.find((product) => product.id === id);
    },
    placeOrder: async ({ id, productId, quantity, idempotencyKey: key }: NewOrder) => {
      const product = products.find((candidate) => candidate.id === productId);
      const earlier = [...orders.values()].find((order) => key !== undefined && order.key === key);
      if (earlier !== undefined) return { order: earlier, created: false };
      if (product === undefined) return undefined;
      const order = { id, productId, quantity, totalCents: product.priceCents * quantity, status: "accepted" as const, attempts: 0, key };
      orders.set(id, order);
      return { order, created: true };
    },
    findOrder: async (id: string) => orders.get(id),
    listReports: async () => [],
  };
}

/** A Redis in memory; `down` makes every command fail. */
export function createFakeRedis() {
  const entries = new Map<string, { value: string; milliseconds: number }>();
  const state = { down: false };
  const refuseIfDown = (): void => {
    if (state.down) throw new Error("connection is closed");
  };
  return {
    entries,
    state,
    get: async (key: string) => {
      refuseIfDown();
      return entries.get(key)?.value ?? null;
    },
    set: async (key: string, value: string, _unit: "PX", milliseconds: number) => {
      refuseIfDown();
      entries.set(key, { value, milliseconds });
    },
  };
}

/** The app over fakes, with everything it was made of; `overrides` replace single parts. */
export function buildFakeApp(overrides: Partial<AppParts> = {}) {
  const store = createFakeStore();
  const redis = createFakeRedis();
  const enqueued: string[] = [];
  const parts: AppParts = {
    ...quiet,
    store,
    cache: createCache({ client: redis, ttlMs: 10_000, log: quiet.log, count: () => {} }),
    dispatch: async (orderId) => enqueued.push(orderId) > 0,
    metrics: createMetrics(identity),
    drain: createDrain(),
    health: { databaseUp: async () => true, cache: () => "up", queue: () => "up" },
    ...overrides,
  };
  return { app: buildApp(parts), parts, store, redis, enqueued };
}
