import { expect, test } from "vitest";
import { createFakeRedis, quiet } from "../testing/app-fakes.ts";
import { createCache } from "./cache.ts";
import type { CacheClient, CacheResult } from "./cache.ts";

function setUp(client: CacheClient | undefined) {
  const results: CacheResult[] = [];
  return { results, cache: createCache({ client, ttlMs: 10_000, log: quiet.log, count: (result) => results.push(result) }) };
}

test("a miss loads and keeps the value, a hit does not load", async () => {
  const { cache, results } = setUp(createFakeRedis());
  let loads = 0;
  const read = cache("square", async (n: number) => ({ load: ++loads, square: n * n }));
  expect([await read(3), await read(3), await read(4)]).toEqual([
    { load: 1, square: 9 },
    { load: 1, square: 9 },
    { load: 2, square: 16 },
  ]);
  expect(results).toEqual(["miss", "hit", "miss"]);
});

test("times to live are spread over 20 % to both sides", async () => {
  const redis = createFakeRedis();
  const read = setUp(redis).cache("n", async (n: number) => n);
  await Promise.all(Array.from({ length: 200 }, (_, n) => read(n)));
  const times = [...redis.entries.values()].map(({ milliseconds }) => milliseconds);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(8_000);
  expect(Math.max(...times)).toBeLessThanOrEqual(12_000);
  expect(new Set(times).size).toBeGreaterThan(50);
});

test("a stampede on one key loads once", async () => {
  const { cache, results } = setUp(createFakeRedis());
  const gate = Promise.withResolvers<string>();
  let loads = 0;
  const read = cache("hot", () => {
    loads += 1;
    return gate.promise;
  });
  const reads = Array.from({ length: 50 }, () => read());
  gate.resolve("value");
  expect(new Set(await Promise.all(reads))).toEqual(new Set(["value"]));
  expect(loads).toBe(1);
  expect(results.filter((result) => result === "shared")).toHaveLength(49);
});

test("a failed load reaches every waiter and is not remembered", async () => {
  const { cache } = setUp(createFakeRedis());
  let fails = true;
  const read = cache("flaky", async () => {
    if (fails) throw new Error("database down");
    return "ok";
  });
  expect((await Promise.allSettled([read(), read()])).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await read()).toBe("ok");
});

test("without redis, or with redis down, every read loads", async () => {
  const redis = createFakeRedis();
  redis.state.down = true;
  for (const [client, result] of [
    [redis, "error"],
    [undefined, "off"],
  ] as const) {
    const { cache, results } = setUp(client);
    let loads = 0;
    const read = cache("n", async () => ++loads);
    expect([await read(), await read()]).toEqual([1, 2]);
    expect(results).toEqual([result, result]);
  }
});
