import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drain } from "./drain.ts";

test.each([
  [{ drainSeconds: 30, graceSeconds: 60 }, 10, 60],
  [{ drainSeconds: 5, graceSeconds: 35 }, 5, 35],
  [{ drainSeconds: 30, graceSeconds: 31 }, 10, 45],
  [{ drainSeconds: 600, graceSeconds: 601 }, 10, 615],
])("%j: sleeps %i s, ends within %i s", (shutdown, sleep, grace) => {
  expect(drain(shutdown)).toEqual({ lifecycle: { preStop: { sleep: { seconds: sleep } } }, terminationGracePeriodSeconds: grace });
});

test("an app that needs no drain is stopped at once", () => {
  expect(drain({ drainSeconds: 0, graceSeconds: 30 })).toEqual({ terminationGracePeriodSeconds: 30 });
});

test("sleep and drain always fit into the grace period", () => {
  fc.assert(
    fc.property(fc.nat(3600), fc.integer({ min: 1, max: 7200 }), (drainSeconds, graceSeconds) => {
      const { lifecycle, terminationGracePeriodSeconds } = drain({ drainSeconds, graceSeconds });
      const sleep = lifecycle?.preStop?.sleep?.seconds ?? 0;
      expect(terminationGracePeriodSeconds).toBeGreaterThan(sleep + drainSeconds);
    }),
  );
});
