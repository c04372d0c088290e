import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STAGES } from "../api/scalable-app.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { Tree } from "../base/tree.ts";
import { appOf, database } from "../testing/rendered.ts";
import { fitConnections, type LiveConnections } from "./connection-fit.ts";
import { countConnections } from "./rollout/connection-budget.ts";

const autoscaled = (minReplicas: number, maxReplicas: number) => ({ web: { autoscaling: { minReplicas, maxReplicas } } });
/** 87 connections are left to the app. */
const pooled = { postgres: { ...database, pooler: { mode: "sidecar" } } };

function fitOf(spec: Tree, live?: LiveConnections) {
  const { app, perPod, pool, ceiling } = fitConnections(appOf({ ...pooled, ...spec }), live);
  const { used } = countConnections(app, { perPod }) ?? { used: 0 };
  return { pool: pool?.given, ceiling: ceiling?.given, used };
}

describe("each pod gets the largest pool that fits", () => {
  test.each([
    ["the one of the spec: 9 pods x 5", autoscaled(2, 4), { pool: 5, used: 45 }],
    ["a smaller one: 21 pods x 4", autoscaled(2, 10), { pool: 4, used: 84 }],
    ["the smallest: 41 pods x 2", autoscaled(2, 20), { pool: 2, used: 82 }],
    [
      "never more than the spec asks for: 9 pods x 3",
      { ...autoscaled(2, 4), postgres: { ...database, pooler: { mode: "sidecar", poolSize: 3 } } },
      { pool: 3, used: 27 },
    ],
    [
      "with its reserve: 15 pods x (3 + 2)",
      { ...autoscaled(2, 7), postgres: { ...database, pooler: { mode: "sidecar", parameters: { reserve_pool_size: "2" } } } },
      { pool: 3, used: 75 },
    ],
    [
      "on the smallest of its servers: 9 pods x 3",
      { ...autoscaled(2, 4), postgres: { ...pooled.postgres, replicas: [{ ...database, maxConnections: 40 }] } },
      { pool: 3, used: 27 },
    ],
  ])("%s", (_story, spec, expected) => {
    expect(fitOf(spec)).toEqual({ ceiling: undefined, ...expected });
  });

  test("a stored release keeps its own, for its pods run as they were rendered: 9 pods x 7", () => {
    expect(fitOf(autoscaled(2, 4), { poolSize: 7 })).toEqual({ pool: 7, ceiling: undefined, used: 63 });
  });
});

describe("where the smallest pool does not fit, the ceiling of web is lowered", () => {
  test.each([
    ["to what fits: 43 pods x 2", autoscaled(2, 100), {}, { pool: 2, ceiling: 21, used: 86 }],
    ["to what fits with the pools that run: 17 pods x 5", autoscaled(2, 100), { perPod: 5 }, { pool: 2, ceiling: 8, used: 85 }],
    ["not to its floor: 103 pods x 2 do not fit", autoscaled(50, 100), {}, { pool: 2, ceiling: 51, used: 206 }],
    ["not below the pods that run: 61 pods x 2 do not fit", autoscaled(2, 100), { replicas: 30 }, { pool: 2, ceiling: 30, used: 122 }],
  ])("%s", (_story, spec, live, expected) => {
    expect(fitOf(spec, live)).toEqual(expected);
  });

  test("while it goes back, it stays at the pods that it has, which is no lower ceiling to report: 9 pods x 2", () => {
    expect(fitOf(autoscaled(2, 20), { goesBack: true, replicas: 4, poolSize: 2 })).toEqual({ pool: 2, ceiling: undefined, used: 18 });
  });

  test("a fixed number is the user's: 101 pods x 2 do not fit", () => {
    expect(fitOf({ web: { replicas: 50 } })).toEqual({ pool: 2, ceiling: undefined, used: 202 });
  });
});

test.each(STAGES.flatMap((stage) => ["rolling", "canary", "blueGreen"].map((strategy) => [stage, strategy] as const)))(
  "by its defaults, stage %s fits into a database of 100 connections with %s releases",
  (stage, strategy) => {
    const migration = { command: ["migrate"] };
    const { app, perPod } = fitConnections(appOf({ stage, postgres: database, rollout: { strategy }, migration }));
    const { used, limit } = countConnections(app, { perPod }) ?? { used: Infinity, limit: 0 };
    if (stage === "hyperscale") {
      // Its floor of 20 pods alone needs more: it is no stage for such a database, and the condition says so.
      expect(app.spec.web.autoscaling?.maxReplicas).toBe(21);
      return;
    }
    expect(used).toBeLessThanOrEqual(limit);
  },
);

function isWithin(app: ScalableApp, perPod: number | undefined): boolean {
  const { used, limit } = countConnections(app, { perPod }) ?? { used: Infinity, limit: 0 };
  return used <= limit;
}

test("whatever an app asks for, it fits, or stands at its floor with the smallest pool", () => {
  const count = (max: number) => fc.integer({ min: 1, max });
  const spec = fc.record({
    floor: count(10),
    more: fc.integer({ min: 1, max: 200 }),
    poolSize: count(20),
    minPoolSize: count(5),
    maxConnections: fc.integer({ min: 40, max: 500 }),
    strategy: fc.constantFrom("rolling", "canary", "blueGreen"),
    batch: fc.constantFrom(1, 3, "10%", "50%"),
    workers: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(spec, ({ floor, more, poolSize, minPoolSize, maxConnections, strategy, batch, workers }) => {
      const app = appOf({
        ...autoscaled(floor, floor + more),
        postgres: { ...database, maxConnections, pooler: { mode: "sidecar", poolSize, minPoolSize } },
        rollout: { strategy, rolling: { batch } },
        workers: Array.from({ length: workers }, (_, index) => ({ name: `w${index}`, command: ["work"], replicas: 1 })),
      });
      const fit = fitConnections(app);
      const isLeast = fit.pool?.given === Math.min(minPoolSize, poolSize) && fit.app.spec.web.autoscaling?.maxReplicas === floor + 1;
      expect(isWithin(fit.app, fit.perPod) || isLeast).toBe(true);
      // It is the largest pool: one more connection a pod would not fit.
      const larger = (fit.pool?.given ?? 0) + 1;
      if (larger <= poolSize) expect(isWithin(app, larger)).toBe(false);
    }),
  );
});

test("an app without a pooler, or without a database, is left as it is", () => {
  for (const spec of [{}, { postgres: { ...database, pooler: { mode: "none" } } }]) {
    const app = appOf({ ...autoscaled(2, 400), ...spec });
    expect(fitConnections(app)).toEqual({ app, perPod: undefined });
  }
});
