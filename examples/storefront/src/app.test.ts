import { describe, expect, test } from "vitest";
import { buildFakeApp, createFakeStore, quiet } from "../testing/app-fakes.ts";

describe("products", () => {
  test("a page says where the next one starts, the last page does not", async () => {
    const { app } = buildFakeApp();
    expect((await app.inject("/api/products?limit=2")).json()).toMatchObject({ products: [{ id: 1 }, { id: 2 }], next: 2 });
    const last = (await app.inject("/api/products?after=2&limit=2")).json();
    expect(last.products).toHaveLength(1);
    expect(last).not.toHaveProperty("next");
  });

  test("a second read comes from the cache, also of a product that does not exist", async () => {
    const { app, store } = buildFakeApp();
    for (const path of ["/api/products/1", "/api/products/1", "/api/products/99", "/api/products/99"]) await app.inject(path);
    expect(store.calls.products).toBe(2);
    expect((await app.inject("/api/products/99")).statusCode).toBe(404);
  });

  test("with redis down every read still answers", async () => {
    const { app, redis, store } = buildFakeApp();
    redis.state.down = true;
    const answers = [await app.inject("/api/products/1"), await app.inject("/api/products/1")];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(store.calls.products).toBe(2);
  });

  test.each(["/api/products/x", "/api/products/0", "/api/products?limit=101", "/api/work?ms=2001", "/api/orders/1"])(
    "%s is refused as invalid",
    async (path) => {
      expect((await buildFakeApp().app.inject(path)).statusCode).toBe(400);
    },
  );
});

describe("orders", () => {
  const order = { method: "POST", url: "/api/orders", payload: { productId: 2, quantity: 3 } } as const;
  const headers = { "idempotency-key": "k1" };

  test("an order is stored, enqueued, and answered with 202 and its status url", async () => {
    const { app, enqueued } = buildFakeApp();
    const answer = await app.inject(order);
    const { id, statusUrl } = answer.json();
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.location).toBe(statusUrl);
    expect(enqueued).toEqual([id]);
    expect((await app.inject(statusUrl)).json()).toMatchObject({ id, productId: 2, quantity: 3, totalCents: 600, status: "accepted" });
  });

  test("the same Idempotency-Key gives the same order and enqueues nothing new", async () => {
    const { app, enqueued } = buildFakeApp();
    const first = await app.inject({ ...order, headers });
    const second = await app.inject({ ...order, headers });
    expect(second.statusCode).toBe(202);
    expect(second.json()).toEqual(first.json());
    expect(second.headers["idempotency-replayed"]).toBe("true");
    expect(first.headers).not.toHaveProperty("idempotency-replayed");
    expect(enqueued).toHaveLength(1);
  });

  test("without a key the same order twice is two orders", async () => {
    const { app, enqueued } = buildFakeApp();
    await app.inject(order);
    await app.inject(order);
    expect(new Set(enqueued).size).toBe(2);
  });

  test("a key used for another order, and an unknown product, are refused with 422", async () => {
    const { app, enqueued } = buildFakeApp();
    await app.inject({ ...order, headers });
    expect((await app.inject({ ...order, headers, payload: { productId: 1 } })).statusCode).toBe(422);
    expect((await app.inject({ ...order, payload: { productId: 99 } })).statusCode).toBe(422);
    expect(enqueued).toHaveLength(1);
  });

  test.each([{}, { productId: 0 }, { productId: 1, quantity: 101 }, { productId: 2 ** 31 }])(
    "the body %j is refused with 400",
    async (payload) => {
      expect((await buildFakeApp().app.inject({ ...order, payload })).statusCode).toBe(400);
    },
  );

  test("an unknown order is 404", async () => {
    const answer = await buildFakeApp().app.inject("/api/orders/554c3e54-a361-48c4-97fa-039c61aa31f2");
    expect(answer.statusCode).toBe(404);
  });
});

describe("errors and faults", () => {
  test.each([
    [Object.assign(new Error("terminating connection"), { code: "57P01" }), 503, "1"],
    [new Error("timeout exceeded when trying to connect"), 503, "1"],
    [new Error("secret detail"), 500, undefined],
  ])("%s while reading answers %i and hides the detail", async (error, statusCode, retryAfter) => {
    const store = {
      ...createFakeStore(),
      findProduct: async () => {
        throw error;
      },
    };
    const answer = await buildFakeApp({ store }).app.inject("/api/products/1");
    expect(answer.statusCode).toBe(statusCode);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect(answer.body).not.toContain(error.message);
  });

  test("injected errors strike the API and never a probe or a scrape", async () => {
    const { app } = buildFakeApp({ faults: { ...quiet.faults, errorPercent: 100 } });
    const paths = ["/api/release", "/api/health", "/api/health/live", "/api/health/ready", "/metrics"];
    const codes = await Promise.all(paths.map(async (path) => (await app.inject(path)).statusCode));
    expect(codes).toEqual([500, 200, 200, 200, 200]);
  });

  test("injected errors begin when they are asked to", async () => {
    const codeAfter = async (afterSeconds: number) => {
      const { app } = buildFakeApp({ faults: { ...quiet.faults, errorPercent: 100, afterSeconds } });
      return (await app.inject("/api/release")).statusCode;
    };
    expect(await codeAfter(process.uptime() + 3600)).toBe(200);
    expect(await codeAfter(process.uptime() / 2)).toBe(500);
  });
});

test("release says who answers", async () => {
  const answer = (await buildFakeApp().app.inject("/api/release")).json();
  expect(answer).toEqual({ release: "r1", track: "canary", component: "web", pod: quiet.identity.pod });
});

test("the histogram has one series per route, not per url, and leaves probes out", async () => {
  const { app } = buildFakeApp();
  for (const path of ["/api/products/1", "/api/products/2", "/api/products/99", "/nope", "/api/health/ready"]) await app.inject(path);
  const lines = (await app.inject("/metrics")).body.split("\n").filter((line) => line.startsWith("http_request_duration_seconds_count"));
  expect(lines).toEqual([
    'http_request_duration_seconds_count{method="GET",route="/api/products/:id",status_code="200"} 2',
    'http_request_duration_seconds_count{method="GET",route="/api/products/:id",status_code="404"} 1',
    'http_request_duration_seconds_count{method="GET",route="unmatched",status_code="404"} 1',
  ]);
});
