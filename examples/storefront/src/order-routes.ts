import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { OrderDispatch } from "./order-dispatch.ts";
import type { NewOrder, Order, Store } from "./store.ts";

const placeOrderSchema = {
  headers: { type: "object", properties: { "idempotency-key": { type: "string", minLength: 1, maxLength: 255 } } },
  body: {
    type: "object",
    required: ["productId"],
    properties: {
      productId: { type: "integer", minimum: 1, maximum: 2_147_483_647 },
      quantity: { type: "integer", minimum: 1, maximum: 100, default: 1 },
    },
  },
};

const orderIdSchema = { params: { type: "object", required: ["id"], properties: { id: { type: "string", format: "uuid" } } } };

interface PlaceOrder {
  Headers: { "idempotency-key"?: string };
  Body: { productId: number; quantity: number };
}

/** Adds POST /api/orders (202 + statusUrl; idempotent with an Idempotency-Key) and GET /api/orders/:id. */
export function addOrderRoutes(
  app: FastifyInstance,
  store: Pick<Store, "placeOrder" | "findOrder">,
  dispatch: OrderDispatch["dispatch"],
): void {
  app.post<PlaceOrder>("/api/orders", { schema: placeOrderSchema }, async (request, reply) => {
    const { productId, quantity } = request.body;
    const wanted: NewOrder = { id: randomUUID(), productId, quantity, idempotencyKey: request.headers["idempotency-key"] };
    const placed = await store.placeOrder(wanted);
    if (placed === undefined) return reply.code(422).send({ error: `there is no product ${productId}` });
    const { order, created } = placed;
    if (!created && !sameOrder(order, wanted)) {
      return reply.code(422).send({ error: "this Idempotency-Key was used for a different order: use a new key" });
    }
    if (created) await dispatch(order.id);
    else void reply.header("idempotency-replayed", "true");
    const statusUrl = `/api/orders/${order.id}`;
    return reply.code(202).header("location", statusUrl).send({ id: order.id, status: order.status, statusUrl });
  });

  app.get<{ Params: { id: string } }>("/api/orders/:id", { schema: orderIdSchema }, async (request, reply) => {
    const order = await store.findOrder(request.params.id);
    return order ?? reply.code(404).send({ error: "no such order" });
  });
}

function sameOrder(order: Order, wanted: NewOrder): boolean {
  return order.productId === wanted.productId && order.quantity === wanted.quantity;
}
