import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateQuantile } from "./quantile.ts";

const buckets = [
  { le: 0.1, count: 50 },
  { le: 0.5, count: 90 },
  { le: 1, count: 98 },
  { le: Infinity, count: 100 },
];

describe("estimates as histogram_quantile does", () => {
  test.each([
    [0.25, 0.05, false],
    [0.5, 0.1, false],
    [0.7, 0.3, false],
    [0.9, 0.5, false],
    [0.94, 0.75, false],
    [0.98, 1, false],
    [0.99, 1, true],
    [1, 1, true],
  ])("quantile %d is %d", (quantile, seconds, isFloor) => {
    const estimate = estimateQuantile(quantile, buckets);
    expect(estimate?.seconds).toBeCloseTo(seconds, 10);
    expect(estimate?.isFloor).toBe(isFloor);
  });
});

test.each([
  ["no buckets", []],
  [
    "no observation",
    [
      { le: 1, count: 0 },
      { le: Infinity, count: 0 },
    ],
  ],
  ["no finite bound", [{ le: Infinity, count: 5 }]],
  [
    "no +Inf bucket",
    [
      { le: 1, count: 5 },
      { le: 2, count: 6 },
    ],
  ],
])("tells nothing from %s", (_, given) => {
  expect(estimateQuantile(0.99, given)).toBeUndefined();
});

test("answers a lowest bound of 0 or less as it is", () => {
  expect(
    estimateQuantile(0.5, [
      { le: 0, count: 9 },
      { le: 1, count: 10 },
      { le: Infinity, count: 10 },
    ]),
  ).toEqual({ seconds: 0, isFloor: false });
});

test("is within the bucket of the real quantile, for any observations", () => {
  const bounds = [0.01, 0.1, 0.5, 1, 2, Infinity];
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 300 }), (durations) => {
      const histogram = bounds.map((le) => ({ le, count: durations.filter((duration) => duration <= le).length }));
      const real = durations.toSorted((a, b) => a - b)[Math.ceil(0.99 * durations.length) - 1] ?? NaN;
      const upper = bounds.find((le) => real <= le) ?? Infinity;
      const lower = bounds[bounds.indexOf(upper) - 1] ?? 0;
      const estimate = estimateQuantile(0.99, histogram);
      expect(estimate?.isFloor).toBe(upper === Infinity);
      expect(estimate?.seconds).toBeGreaterThanOrEqual(lower);
      expect(estimate?.seconds).toBeLessThanOrEqual(upper);
    }),
  );
});
