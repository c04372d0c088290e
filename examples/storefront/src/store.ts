import type { Database } from "./database.ts";

/** A product as the API answers it; prices in cents. */
export interface Product {
  id: number;
  name: string;
  priceCents: number;
  stock: number;
}

/** Where an order stands: accepted -> processing -> completed or rejected; failed after the last attempt. */
export type OrderStatus = "accepted" | "processing" | "completed" | "rejected" | "failed";

/** An order as the API answers it; `attempts` counts how often a worker took it. */
export interface Order {
  id: string;
  productId: number;
  quantity: number;
  totalCents: number;
  status: OrderStatus;
  attempts: number;
}

/** An order to place: `id` is chosen by the caller, so that a repeated insert is harmless. */
export interface NewOrder {
  id: string;
  productId: number;
  quantity: number;
  idempotencyKey: string | undefined;
}

/** One run of the nightly report. */
export interface Report {
  runId: string;
  tick: Date;
  orders: number;
  revenueCents: number;
}

/** Every question the app asks its database. */
export type Store = ReturnType<typeof createStore>;

const productColumns = `id, name, price_cents as "priceCents", stock`;
const orderColumns = `id, product_id as "productId", quantity, total_cents as "totalCents", status, attempts`;
const reportColumns = `run_id as "runId", tick, orders, revenue_cents::float8 as "revenueCents"`;

/** All SQL of the app in one place; every statement outside `complete` may be repeated without harm. */
export function createStore(db: Database) {
  return {
    listProducts: (after: number, limit: number): Promise<Product[]> =>
      db.readStale<Product>(`select ${productColumns} from products where id > $1 order by id limit $2`, [after, limit]),

    findProduct: async (id: number): Promise<Product | undefined> =>
      (await db.readStale<Product>(`select ${productColumns} from products where id = $1`, [id]))[0],

    /** Inserts the order, or finds the one that the id or the idempotency key stands for; undefined: no such product. */
    placeOrder: async (order: NewOrder): Promise<{ order: Order; created: boolean } | undefined> => {
      const { id, idempotencyKey = null, productId, quantity } = order;
      const [inserted] = await db.query<Order>(
        `insert into orders (id, idempotency_key, product_id, quantity, total_cents)
         select $1, $2, p.id, $4::int, p.price_cents * $4::int from products p where p.id = $3
         on conflict do nothing returning ${orderColumns}`,
        [id, idempotencyKey, productId, quantity],
      );
      if (inserted !== undefined) return { order: inserted, created: true };
      const [found] = await db.query<Order>(`select ${orderColumns} from orders where id = $1 or idempotency_key = $2`, [
        id,
        idempotencyKey,
      ]);
      return found === undefined ? undefined : { order: found, created: found.id === id };
    },

    findOrder: async (id: string): Promise<Order | undefined> =>
      (await db.query<Order>(`select ${orderColumns} from orders where id = $1`, [id]))[0],

    markEnqueued: async (id: string): Promise<void> => {
      await db.query(`update orders set enqueued_at = now() where id = $1`, [id]);
    },

    /** Orders that never reached the queue, oldest first. */
    listStranded: async (olderThanSeconds: number, limit: number): Promise<string[]> => {
      const rows = await db.query<{ id: string }>(
        `select id from orders where enqueued_at is null and created_at < now() - make_interval(secs => $1) order by created_at limit $2`,
        [olderThanSeconds, limit],
      );
      return rows.map((row) => row.id);
    },

    /** The idempotency guard: takes an unfinished order; false when it is finished (or unknown) and must not run again. */
    startOrder: async (id: string): Promise<boolean> => {
      const rows = await db.query(
        `update orders set status = 'processing', attempts = attempts + 1 where id = $1 and status in ('accepted', 'processing', 'failed') returning id`,
        [id],
      );
      return rows.length === 1;
    },

    /** Takes the stock and finishes the order in one transaction, so the effect happens exactly once. */
    completeOrder: (id: string): Promise<OrderStatus | "duplicate"> =>
      db.transaction(async (execute) => {
        const [order] = await execute<{ product_id: number; quantity: number }>(
          `update orders set status = 'completed', finished_at = now() where id = $1 and status = 'processing' returning product_id, quantity`,
          [id],
        );
        if (order === undefined) return "duplicate";
        const taken = await execute(`update products set stock = stock - $2 where id = $1 and stock >= $2 returning id`, [
          order.product_id,
          order.quantity,
        ]);
        if (taken.length === 1) return "completed";
        await execute(`update orders set status = 'rejected' where id = $1`, [id]);
        return "rejected";
      }),

    failOrder: async (id: string): Promise<void> => {
      await db.query(`update orders set status = 'failed', finished_at = now() where id = $1 and status = 'processing'`, [id]);
    },

    /** Writes the report of one run; false when that run has written it already. */
    writeReport: async (runId: string, tick: Date): Promise<boolean> => {
      const rows = await db.query(
        `insert into reports (run_id, tick, orders, revenue_cents)
         select $1, $2, count(*), coalesce(sum(total_cents), 0) from orders where status = 'completed'
         on conflict (run_id) do nothing returning run_id`,
        [runId, tick],
      );
      return rows.length === 1;
    },

    listReports: (limit: number): Promise<Report[]> =>
      db.query<Report>(`select ${reportColumns} from reports order by tick desc, run_id limit $1`, [limit]),
  };
}
