import { EventEmitter } from "node:events";

import { describe, expect, test, vi } from "vitest";

import { createLogger } from "./logger.ts";
import { createShutdown, listenForSignals } from "./shutdown.ts";
import type { ShutdownStep } from "./shutdown.ts";

function setUp() {
  const lines: string[] = [];
  const exits: number[] = [];
  const events: string[] = [];
  const logger = createLogger({ logLevel: "info", logFormat: "json" }, { write: (line: string) => void lines.push(line) });
  const shutdown = createShutdown({ logger, exit: (code) => void exits.push(code) });
  const source = new EventEmitter();
  listenForSignals(source, shutdown);
  const step = (name: string, more: Partial<ShutdownStep> = {}): void =>
    shutdown.addStep({
      name,
      limitMilliseconds: 1000,
      run: async () => {
        await Promise.resolve();
        events.push(name);
      },
      ...more,
    });
  return { shutdown, source, step, exits, events, log: () => lines.join("") };
}

describe("shutdown", () => {
  test.each(["SIGTERM", "SIGINT"])("%s stops new work at once, then runs the steps in their order and exits with 0", async (signal) => {
    const { shutdown, source, step, exits, events } = setUp();
    shutdown.signal.addEventListener("abort", () => events.push("no new work"));
    step("drain");
    step("release");
    step("flush");
    source.emit(signal);
    expect(events).toEqual(["no new work"]);
    expect(exits).toEqual([]);
    await shutdown.ended;
    expect(events).toEqual(["no new work", "drain", "release", "flush"]);
    expect(exits).toEqual([0]);
  });

  test("a second signal exits at once, as failed", async () => {
    const { shutdown, source, step, exits } = setUp();
    step("hangs", { run: () => new Promise(() => {}) });
    source.emit("SIGTERM");
    source.emit("SIGINT");
    await shutdown.ended;
    expect(exits).toEqual([1]);
  });

  test("a step that runs out of time is aborted, and the others still run", async () => {
    vi.useFakeTimers();
    try {
      const { shutdown, source, step, exits, events, log } = setUp();
      let aborted = false;
      step("drain", {
        limitMilliseconds: 30_000,
        run: (signal) =>
          new Promise(() => {
            signal.addEventListener("abort", () => {
              aborted = true;
            });
          }),
      });
      step("flush");
      source.emit("SIGTERM");
      await vi.advanceTimersByTimeAsync(29_999);
      expect(exits).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await shutdown.ended;
      expect(aborted).toBe(true);
      expect(events).toEqual(["flush"]);
      expect(exits).toEqual([1]);
      expect(log()).toContain("shutdown step ran out of time");
    } finally {
      vi.useRealTimers();
    }
  });

  test("a step that fails is reported, and the others still run", async () => {
    const { shutdown, source, step, exits, events, log } = setUp();
    step("release", { run: () => Promise.reject(new Error("the API server is away")) });
    step("flush");
    source.emit("SIGTERM");
    await shutdown.ended;
    expect(events).toEqual(["flush"]);
    expect(exits).toEqual([1]);
    expect(log()).toContain("the API server is away");
  });

  test.each(["unhandledRejection", "uncaughtException"])(
    "%s is logged and ends the process as failed, without the orderly steps",
    async (event) => {
      const { shutdown, source, step, exits, events, log } = setUp();
      step("drain");
      step("flush", { afterFailure: true });
      source.emit(event, new Error("nobody caught me"));
      await shutdown.ended;
      expect(events).toEqual(["flush"]);
      expect(exits).toEqual([1]);
      expect(log()).toContain("nobody caught me");
    },
  );
});
