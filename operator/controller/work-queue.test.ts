import { expect, test } from "vitest";
import { keyBackoff, KeyedBackoff } from "../base/backoff.ts";
import { WorkQueue } from "./work-queue.ts";
import type { Timers } from "../base/clock.ts";

function fakeTimers(): Timers & { advance(ms: number): void } {
  let now = 0;
  let timers: { due: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const timer = { due: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.due <= now);
      timers = timers.filter((timer) => timer.due > now);
      for (const timer of due) timer.run();
    },
  };
}

test("a key that is added twice is worked on once", async () => {
  const queue = new WorkQueue(fakeTimers());
  queue.add("a");
  queue.add("a");
  queue.add("b");
  expect([(await queue.take())?.key, (await queue.take())?.key]).toEqual(["a", "b"]);
  expect(queue.depth).toBe(0);
});

test("a key is never handed to two workers at once, and comes again when it was added meanwhile", async () => {
  const queue = new WorkQueue(fakeTimers());
  queue.add("a");
  await queue.take();
  queue.add("a");
  expect(queue.depth).toBe(0);
  queue.done("a");
  expect((await queue.take())?.key).toBe("a");
});

test("of several delays the earliest wins, and an immediate add calls the delay off", async () => {
  const timers = fakeTimers();
  const queue = new WorkQueue(timers);
  queue.addAfter("a", 1000);
  queue.addAfter("a", 100);
  queue.addAfter("a", 5000);
  timers.advance(100);
  expect((await queue.take())?.key).toBe("a");
  queue.done("a");
  queue.addAfter("a", 500);
  queue.add("a");
  await queue.take();
  queue.done("a");
  timers.advance(10_000);
  expect(queue.depth).toBe(0);
});

async function takeAll(queue: WorkQueue): Promise<readonly string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) keys.push((await queue.take())?.key ?? "");
  return keys;
}

test("what users ask for comes before news of children, which get every fourth turn", async () => {
  const queue = new WorkQueue(fakeTimers());
  for (const key of ["child1", "child2", "child3"]) queue.add(key, "low");
  for (const key of ["a", "b", "c", "d", "e"]) queue.add(key);
  expect(await takeAll(queue)).toEqual(["a", "b", "c", "child1", "d", "e", "child2", "child3"]);
});

test("a low key moves up when it is asked for, keeps the time since when it waits, and a high one never moves down", async () => {
  const timers = fakeTimers();
  const queue = new WorkQueue(timers);
  for (const key of ["a", "b"]) queue.add(key, "low");
  timers.advance(100);
  queue.add("b");
  queue.add("b", "low");
  expect(queue.depth).toBe(2);
  expect(await queue.take()).toEqual({ key: "b", waitedMs: 100 });
  queue.add("b", "low");
  queue.add("b");
  queue.add("b", "low");
  queue.done("b");
  expect(await takeAll(queue)).toEqual(["b", "a"]);
});

test("a delay outlasts news that only waits, and moves its key up", async () => {
  const timers = fakeTimers();
  const queue = new WorkQueue(timers);
  queue.addAfter("b", 100);
  for (const key of ["a", "b"]) queue.add(key, "low");
  timers.advance(100);
  expect(await takeAll(queue)).toEqual(["b", "a"]);
});

test("closing lets waiting workers go and drops late keys", async () => {
  const queue = new WorkQueue(fakeTimers());
  const taken = queue.take();
  queue.close();
  expect(await taken).toBeUndefined();
  queue.add("a");
  expect(await queue.take()).toBeUndefined();
});

test("the queue says how long a key waited", async () => {
  const timers = fakeTimers();
  const queue = new WorkQueue(timers);
  queue.add("a");
  timers.advance(250);
  expect(await queue.take()).toEqual({ key: "a", waitedMs: 250 });
});

test("backoff doubles with jitter up to its bound and starts afresh after a success", () => {
  const backoff = new KeyedBackoff(() => 1, { ...keyBackoff, longestMs: 1000 });
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.next("a"))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(backoff.failures("a")).toBe(6);
  backoff.forget("a");
  expect(backoff.next("a")).toBe(100);
  expect(new KeyedBackoff(() => 0).next("b")).toBe(50);
});
