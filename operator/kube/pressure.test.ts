import { describe, expect, test } from "vitest";
import { createBackoff } from "../base/backoff.ts";
import { startDeadline } from "./deadline.ts";
import { KubeError } from "./errors.ts";
import { createInFlightLimit } from "./in-flight-limit.ts";
import { createRetryBudget, retryDelay } from "./retry.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { createTokens } from "./tokens.ts";

function failure(status: number, reason = "X", retryAfterSeconds?: number): KubeError {
  return new KubeError({
    verb: "get",
    resource: "pods",
    status,
    reason,
    message: "m",
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

describe("backoff", () => {
  test("grows from 0.8 s to 30 s, is spread over its whole range, and starts anew after 2 min of health", () => {
    const upper = createBackoff(() => 1);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((now) => upper.next(now))).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
    expect(upper.next(120_007)).toBe(30_000);
    expect(upper.next(240_008)).toBe(800);
    expect(createBackoff(() => 0).next(0)).toBe(0);
  });
});

describe("in-flight limit", () => {
  test("admits in order, halves on slowDown, and grows back slowly", async () => {
    const limit = createInFlightLimit(4);
    limit.slowDown();
    expect(limit.cap).toBe(2);
    const signal = new AbortController().signal;
    const entered: number[] = [];
    const places = [0, 1, 2, 3].map(async (index) => {
      const release = await limit.acquire(signal);
      entered.push(index);
      return release;
    });
    (await places[0])?.();
    await places[2];
    expect(entered).toEqual([0, 1, 2]);
    for (let success = 0; success < 20; success += 1) limit.speedUp();
    expect(limit.cap).toBe(4);
    await Promise.all(places);
  });

  test("never falls below one, and a waiter that gives up takes no place", async () => {
    const limit = createInFlightLimit(1);
    limit.slowDown();
    const release = await limit.acquire(new AbortController().signal);
    const impatient = new AbortController();
    const waiting = limit.acquire(impatient.signal);
    impatient.abort(new Error("gave up"));
    await expect(waiting).rejects.toThrow("gave up");
    release();
    release();
    await limit.acquire(new AbortController().signal);
    expect(limit.cap).toBe(1);
  });
});

describe("retries", () => {
  test.each([
    ["a 500 of an idempotent call", failure(500), true, true],
    ["a 500 of a create", failure(500), false, false],
    ["a 429 of a create", failure(429), false, true],
    ["a lost connection of an apply", failure(0, "ConnectionFailed"), true, true],
    ["a timeout", failure(0, "Timeout"), true, false],
    ["an abort", failure(0, "Aborted"), true, false],
    ["a conflict", failure(409), true, false],
    ["a refusal", failure(403), true, false],
    ["something that is no KubeError", new Error("x"), true, false],
  ])("%s", (_what, error, idempotent, retried) => {
    expect(retryDelay(error, 1, idempotent, () => 0.5) !== undefined).toBe(retried);
  });

  test("there are at most two, later ones wait longer, and Retry-After is the least", () => {
    expect([1, 2, 3].map((attempt) => retryDelay(failure(500), attempt, true, () => 0.5))).toEqual([100, 200, undefined]);
    expect(retryDelay(failure(429, "TooManyRequests", 3), 1, true, () => 0.5)).toBe(3000);
    expect(retryDelay(failure(429, "TooManyRequests", 30), 1, true, () => 0.5)).toBeUndefined();
  });

  test("the budget is spent after its capacity and earned back by calls", () => {
    const budget = createRetryBudget(2, 0.5);
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
    budget.earn();
    budget.earn();
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  });
});

describe("tokens", () => {
  test("each key has its own, refilled with time", async () => {
    const clock = createFakeClock();
    const tokens = createTokens({ burst: 2, refillMs: 1000, clock });
    expect(["a", "a", "a", "b"].map((key) => tokens.take(key))).toEqual([true, true, false, true]);
    await clock.advance(1000);
    expect(["a", "a"].map((key) => tokens.take(key))).toEqual([true, false]);
  });
});

describe("deadline", () => {
  test("follows its parent, and leaves nothing behind when cleared", () => {
    const parent = new AbortController();
    const followed = startDeadline(60_000, parent.signal);
    const cleared = startDeadline(60_000, parent.signal);
    cleared.clear();
    parent.abort(new Error("stop"));
    expect([followed.signal.aborted, followed.timedOut(), cleared.signal.aborted]).toEqual([true, false, false]);
    expect(startDeadline(60_000, parent.signal).signal.aborted).toBe(true);
  });
});
