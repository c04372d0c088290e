import { describe, expect, test } from "vitest";
import { createWorkerLimit } from "./worker-limit.ts";

const fine = { verb: "apply", resource: "deployments", status: 200, milliseconds: 20 };

function createWorld(least = 4) {
  let now = 0;
  const limit = createWorkerLimit({ least, now: () => now });
  return {
    limit,
    wait: (ms: number) => (now += ms),
    reconcile(times: number, waiting = 100) {
      for (let index = 0; index < times; index += 1) limit.reconciled(waiting);
    },
  };
}

describe("the number of workers", () => {
  test("begins at the least, grows by one per round while apps wait, and ends at 32", () => {
    const { limit, reconcile } = createWorld();
    expect(limit.cap).toBe(4);
    reconcile(5);
    expect(limit.cap).toBe(5);
    reconcile(2000);
    expect(limit.cap).toBe(32);
  });

  test("does not grow while nothing waits", () => {
    const { limit, reconcile } = createWorld();
    reconcile(2000, 0);
    expect(limit.cap).toBe(4);
  });

  test.each([
    ["429", { ...fine, status: 429 }, 16],
    ["503", { ...fine, status: 503 }, 16],
    ["504", { ...fine, status: 504 }, 16],
    ["no answer", { ...fine, status: 0 }, 16],
    ["an answer after a second", { ...fine, milliseconds: 1000 }, 16],
    ["an answer before", { ...fine, milliseconds: 999 }, 32],
    ["a conflict", { ...fine, status: 409 }, 32],
    ["a slow list", { ...fine, verb: "list", milliseconds: 9000 }, 32],
    ["a watch that ends", { ...fine, verb: "watch", status: 0, milliseconds: 300_000 }, 32],
    ["a slow renewal of the Lease", { ...fine, verb: "update", resource: "leases", milliseconds: 9000 }, 32],
  ])("after %j", (_what, observation, expected) => {
    const { limit, reconcile } = createWorld();
    reconcile(2000);
    limit.observe(observation);
    expect(limit.cap).toBe(expected);
  });

  test("halves once a second at most, never below the least, does not grow within that second, and comes back", () => {
    const { limit, reconcile, wait } = createWorld();
    reconcile(2000);
    const busy = { ...fine, status: 429 };
    for (let request = 0; request < 3; request += 1) limit.observe(busy);
    reconcile(100);
    expect(limit.cap).toBe(16);
    for (const expected of [8, 4, 4]) {
      wait(1000);
      limit.observe(busy);
      expect(limit.cap).toBe(expected);
    }
    wait(1000);
    reconcile(2000);
    expect(limit.cap).toBe(32);
  });

  test("of a user who asks for more than 32 stays there", () => {
    const { limit, reconcile } = createWorld(64);
    reconcile(2000);
    expect(limit.cap).toBe(64);
  });
});
