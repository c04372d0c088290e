import { describe, expect, test } from "vitest";
import type { Activity } from "./activity.ts";
import { createQueueSampler } from "./queue-sampler.ts";

const key = "retail/shop";
const job = { server: { host: "redis", port: 6379 }, queues: { "worker-orders": { kind: "bullmq", name: "orders" } as const } };
const idle: Activity = { idle: ["10.0.0.1"], busy: [], unknown: [] };
const busy: Activity = { idle: [], busy: ["10.0.0.1"], unknown: [] };

function given() {
  const timers: (() => void)[] = [];
  const world = { changed: 0, errors: 0, asked: 0, answer: idle as Activity | Error, timers };
  const sampler = createQueueSampler({
    read: async () => {
      world.asked += 1;
      if (world.answer instanceof Error) throw world.answer;
      return [world.answer];
    },
    onChange: () => void (world.changed += 1),
    onError: () => void (world.errors += 1),
    after: (milliseconds, call) => {
      expect(milliseconds).toBe(5000);
      timers.push(call);
      return () => void timers.splice(timers.indexOf(call), 1);
    },
  });
  const flush = async () => new Promise((resolve) => setImmediate(resolve));
  const turn = async () => {
    timers.shift()?.();
    await flush();
  };
  return { world, sampler, flush, turn };
}

describe("sampling queues", () => {
  test("asks at once, then every 5 s, and reports only changes", async () => {
    const { world, sampler, flush, turn } = given();
    sampler.watch(key, job);
    sampler.watch(key, { ...job });
    await flush();
    expect(sampler.answer(key)).toEqual({ "worker-orders": idle });
    await turn();
    expect(world).toMatchObject({ asked: 2, changed: 1 });
    world.answer = busy;
    await turn();
    expect(world).toMatchObject({ asked: 3, changed: 2 });
    expect(sampler.answer(key)).toEqual({ "worker-orders": busy });
  });

  test("a Redis out of reach is reported once, forgets what was known, and is asked again", async () => {
    const { world, sampler, flush, turn } = given();
    sampler.watch(key, job);
    await flush();
    world.answer = new Error("the connection is refused");
    for (let round = 0; round < 3; round++) await turn();
    expect(world).toMatchObject({ asked: 4, errors: 1, changed: 1 });
    expect(sampler.answer(key)).toBeUndefined();
    world.answer = idle;
    await turn();
    expect(sampler.answer(key)).toEqual({ "worker-orders": idle });
    expect(world.changed).toBe(2);
  });

  test("once it is ended nothing is asked or reported any more", async () => {
    const { world, sampler, flush } = given();
    sampler.watch(key, job);
    sampler.unwatch(key);
    await flush();
    expect(world).toMatchObject({ changed: 0, timers: [] });
    expect(sampler.keys()).toEqual([]);
    expect(sampler.answer(key)).toBeUndefined();
  });
});
