import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { buildFakeApp, createFakeStore } from "../testing/app-fakes.ts";
import { createDrain } from "./drain.ts";
import type { DrainTimes } from "./drain.ts";
import type { PartState } from "./health.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
});

/** A listening app whose product reads and database check wait until `open` is called. */
async function listen(times: DrainTimes) {
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const store = createFakeStore();
  const waitForGate = (): Promise<void> => {
    entered.resolve();
    return gate.promise;
  };
  const findProduct = (id: number) => waitForGate().then(() => store.findProduct(id));
  const databaseUp = () => waitForGate().then(() => true);
  const drain = createDrain(times);
  const health = { databaseUp, cache: (): PartState => "up", queue: (): PartState => "up" };
  const { app } = buildFakeApp({ drain, health, store: { ...store, findProduct } });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const agent = new Agent({ keepAlive: true });
  cleanUps.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const get = async (path: string): Promise<IncomingMessage> => {
    const outgoing = httpRequest({ host: "127.0.0.1", port, path, agent }).end();
    const [answer]: IncomingMessage[] = await once(outgoing, "response");
    if (answer === undefined) throw new Error("no answer");
    return answer.resume();
  };
  return { app, drain, get, open: gate.resolve, entered: entered.promise };
}

const patient: DrainTimes = { quietMs: 60_000, deadlineMs: 60_000, lastRequestsMs: 0 };

test("while serving, connections are kept", async () => {
  const { get } = await listen(patient);
  const answer = await get("/api/release");
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, "keep-alive"]);
});

test("while draining, late requests are answered and their connections closed; readiness is 503, liveness 200", async () => {
  const { drain, get } = await listen(patient);
  void drain.begin();
  const late = await get("/api/release");
  expect([late.statusCode, late.headers.connection]).toEqual([200, "close"]);
  expect((await get("/api/health/ready")).statusCode).toBe(503);
  expect((await get("/api/health/live")).statusCode).toBe(200);
});

test("a request in flight at SIGTERM is answered before the drain is over", async () => {
  const { drain, get, open, entered } = await listen({ quietMs: 1, deadlineMs: 60_000, lastRequestsMs: 0 });
  const slow = get("/api/products/1");
  await entered;
  let over = false;
  const drained = drain.begin().then(() => (over = true));
  await get("/api/release");
  expect(over).toBe(false);
  open();
  const answer = await slow;
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, "close"]);
  await drained;
  expect(drain.phase()).toBe("draining");
});

test("probes do not keep the drain open", async () => {
  const { drain, get, open, entered } = await listen({ quietMs: 1, deadlineMs: 60_000, lastRequestsMs: 0 });
  const probe = get("/api/health");
  await entered;
  await drain.begin();
  expect(drain.phase()).toBe("draining");
  open();
  expect((await probe).statusCode).toBe(200);
});

test("after the deadline new requests get 503 and Retry-After, the last ones in flight are still answered", async () => {
  const { drain, get, open, entered } = await listen({ quietMs: 60_000, deadlineMs: 1, lastRequestsMs: 60_000 });
  const slow = get("/api/products/1");
  await entered;
  const drained = drain.begin();
  while (drain.phase() !== "refusing") await get("/api/health/live");
  const refused = await get("/api/release");
  expect([refused.statusCode, refused.headers["retry-after"], refused.headers.connection]).toEqual([503, "1", "close"]);
  open();
  expect((await slow).statusCode).toBe(200);
  await drained;
});

test("a request that never ends can't hold the process beyond the drain", async () => {
  const { drain, get, entered, open } = await listen({ quietMs: 60_000, deadlineMs: 1, lastRequestsMs: 1 });
  const stuck = get("/api/products/1");
  await entered;
  await drain.begin();
  expect(drain.phase()).toBe("refusing");
  open();
  await stuck;
});
