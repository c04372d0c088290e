import type { FastifyInstance } from "fastify";
import type { Cache } from "./cache.ts";
import type { Store } from "./store.ts";

const listSchema = {
  querystring: {
    type: "object",
    properties: {
      after: { type: "integer", minimum: 0, maximum: 2_147_483_647, default: 0 },
      limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
    },
  },
};

const productIdSchema = {
  params: { type: "object", required: ["id"], properties: { id: { type: "integer", minimum: 1, maximum: 2_147_483_647 } } },
};

/** Adds GET /api/products (pages by `after` and `limit`) and GET /api/products/:id, both cache-aside. */
export function addProductRoutes(app: FastifyInstance, store: Pick<Store, "listProducts" | "findProduct">, cache: Cache): void {
  const readPage = cache("products", store.listProducts);
  // A product that is not there is cached too (as null), so that guessing ids does not reach the database.
  const readProduct = cache("product", async (id: number) => (await store.findProduct(id)) ?? null);

  app.get<{ Querystring: { after: number; limit: number } }>("/api/products", { schema: listSchema }, async (request) => {
    const { after, limit } = request.query;
    const products = await readPage(after, limit);
    return { products, next: products.length === limit ? products.at(-1)?.id : undefined };
  });

  app.get<{ Params: { id: number } }>("/api/products/:id", { schema: productIdSchema }, async (request, reply) => {
    const { id } = request.params;
    const product = await readProduct(id);
    return product ?? reply.code(404).send({ error: "no such product" });
  });
}
