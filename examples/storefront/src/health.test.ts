import { describe, expect, test, vi } from "vitest";
import { buildFakeApp, quiet } from "../testing/app-fakes.ts";
import { createDatabaseCheck } from "./health.ts";
import type { PartState } from "./health.ts";

const databaseDown = { databaseUp: async () => false, cache: (): PartState => "up", queue: (): PartState => "up" };

async function codes(overrides: Parameters<typeof buildFakeApp>[0]): Promise<number[]> {
  const { app } = buildFakeApp(overrides);
  const paths = ["/api/health", "/api/health/live", "/api/health/ready"];
  return Promise.all(paths.map(async (path) => (await app.inject(path)).statusCode));
}

describe("health, live, ready", () => {
  test("all up", async () => {
    expect(await codes({})).toEqual([200, 200, 200]);
  });

  test("database down: unhealthy and unready, yet alive", async () => {
    expect(await codes({ health: databaseDown })).toEqual([503, 200, 503]);
  });

  test.each(["cache", "queue"] as const)("redis of the %s down: degraded, still ready", async (part) => {
    const health = {
      databaseUp: async () => true,
      cache: (): PartState => "up",
      queue: (): PartState => "up",
      [part]: (): PartState => "down",
    };
    expect(await codes({ health })).toEqual([200, 200, 200]);
    expect((await buildFakeApp({ health }).app.inject("/api/health")).json()).toMatchObject({
      status: "degraded",
      checks: { [part]: "down" },
    });
  });

  test("FAULT_NEVER_READY: unready only", async () => {
    expect(await codes({ faults: { ...quiet.faults, neverReady: true } })).toEqual([200, 200, 503]);
  });
});

function setUp() {
  const db = { ping: vi.fn<(timeoutMs: number) => Promise<void>>(async () => {}), lastAnswerAt: () => Number.NEGATIVE_INFINITY };
  return { db, check: createDatabaseCheck(db) };
}

describe("the database check", () => {
  test("concurrent probes share one round trip and its result holds", async () => {
    const { db, check } = setUp();
    expect(await Promise.all([check(), check(), check()])).toEqual([true, true, true]);
    expect(await check()).toBe(true);
    expect(db.ping).toHaveBeenCalledTimes(1);
    expect(db.ping).toHaveBeenCalledWith(1_500);
  });

  test("after a second the next probe looks again, and an outage and its end are seen", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { db, check } = setUp();
      expect(await check()).toBe(true);
      db.ping.mockRejectedValueOnce(new Error("connection refused"));
      vi.advanceTimersByTime(999);
      expect(await check()).toBe(true);
      vi.advanceTimersByTime(1);
      expect(await check()).toBe(false);
      vi.advanceTimersByTime(1_000);
      expect(await check()).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a check that times out behind working queries is no outage", async () => {
    const { db, check } = setUp();
    db.ping.mockRejectedValueOnce(new Error("Query read timeout"));
    db.lastAnswerAt = () => Number.POSITIVE_INFINITY;
    expect(await check()).toBe(true);
  });
});
