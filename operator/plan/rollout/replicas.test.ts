import fc from "fast-check";
import { expect, test } from "vitest";
import { observe, track } from "../../testing/rollout-observations.ts";
import { canaryReplicas, mostPods, podsAfterPromotion } from "./replicas.ts";

test.each([
  [4, 0, 0],
  [4, 5, 1],
  [4, 25, 2],
  [4, 50, 4],
  [20, 5, 2],
  [100, 25, 34],
  [0, 25, 0],
  [4, 100, 4],
])("beside %i stable pods, %i %% of the requests need %i canary pods", (stable, weight, pods) => {
  expect(canaryReplicas(stable, weight)).toBe(pods);
});

test("a canary never gets less than its weight, and one pod fewer would be too few", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 99 }), (stable, weight) => {
      const pods = canaryReplicas(stable, weight);
      expect((100 * pods) / (stable + pods)).toBeGreaterThanOrEqual(weight - 1e-9);
      if (pods > 1) expect((100 * (pods - 1)) / (stable + pods - 1)).toBeLessThan(weight + 1e-9);
    }),
  );
});

test("the budget counts both tracks, each with its surge", () => {
  expect(mostPods(4, 50, 1)).toBe(10);
  expect(mostPods(4, 0, 1)).toBe(5);
});

test.each([
  ["canary", { stable: 4, candidate: 4, max: 6 }, 6],
  ["canary", { stable: 4, candidate: 4, max: 4 }, 4],
  ["canary", { stable: 4, candidate: 1, max: 12 }, 5],
  ["blueGreen", { stable: 3, candidate: 4, max: 12 }, 4],
] as const)("after a %s promotion of %o, stable needs %i pods", (strategy, { stable, candidate, max }, pods) => {
  const seen = observe({
    scale: { min: 2, max },
    stableWeb: track({ release: "a", desired: stable }),
    candidateWeb: track({ release: "b", desired: candidate }),
  });
  expect(podsAfterPromotion({ phase: "Canary", strategy }, seen)).toBe(pods);
});
