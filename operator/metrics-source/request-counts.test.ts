import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasFallen, mergeCounts, NO_REQUESTS, subtractCounts } from "./request-counts.ts";
import type { RequestCounts } from "../measurement/measurement.ts";

function totals(requests: number, errors: number): RequestCounts {
  const buckets = [
    { le: 1, count: requests - errors },
    { le: Infinity, count: requests },
  ];
  return { requests, errors, withoutStatus: 0, buckets };
}

test("the difference is what was added", () => {
  expect(subtractCounts(totals(100, 10), totals(150, 20))).toEqual(totals(50, 10));
});

test("a bound that was read before a lower one does not fall below it", () => {
  const after = { ...totals(10, 0), buckets: [0.1, 1, Infinity].map((le, index) => ({ le, count: [4, 3, 4][index] ?? 0 })) };
  expect(subtractCounts(NO_REQUESTS, after).buckets.map(({ count }) => count)).toEqual([4, 4, 4]);
});

test.each<[string, RequestCounts, boolean]>([
  ["nothing", totals(100, 10), false],
  ["more", totals(120, 10), false],
  ["fewer requests", totals(99, 10), true],
  ["fewer errors", totals(150, 9), true],
  ["more errors and fewer good requests", totals(110, 60), true],
  ["fewer without status", { ...totals(100, 10), withoutStatus: -1 }, true],
  ["a bound less", { ...totals(120, 10), buckets: [{ le: Infinity, count: 120 }] }, true],
])("counting began anew: %s", (_, after, fallen) => {
  expect(hasFallen(totals(100, 10), after)).toBe(fallen);
});

describe("the sum over pods", () => {
  test("of none is no request", () => {
    expect(mergeCounts([])).toEqual(NO_REQUESTS);
  });

  test("adds everything", () => {
    expect(mergeCounts([totals(10, 1), { ...totals(20, 2), withoutStatus: 3 }, NO_REQUESTS])).toEqual({
      requests: 30,
      errors: 3,
      withoutStatus: 3,
      buckets: [
        { le: 1, count: 27 },
        { le: Infinity, count: 30 },
      ],
    });
  });

  test("of different bounds is rather too slow than too fast", () => {
    const coarse = {
      ...NO_REQUESTS,
      requests: 10,
      buckets: [
        { le: 1, count: 8 },
        { le: Infinity, count: 10 },
      ],
    };
    const fine = {
      ...NO_REQUESTS,
      requests: 10,
      buckets: [
        { le: 0.5, count: 5 },
        { le: 2, count: 9 },
        { le: Infinity, count: 10 },
      ],
    };
    expect(mergeCounts([coarse, fine]).buckets).toEqual([
      { le: 0.5, count: 5 },
      { le: 1, count: 13 },
      { le: 2, count: 17 },
      { le: Infinity, count: 20 },
    ]);
  });

  test("does not depend on the order, and keeps buckets cumulative", () => {
    const layout = fc.uniqueArray(fc.constantFrom(0.1, 0.5, 1, 2), { minLength: 1 });
    const pod = fc.tuple(layout, fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { maxLength: 20 })).map(([bounds, durations]) => ({
      ...NO_REQUESTS,
      requests: durations.length,
      buckets: [...bounds.toSorted((a, b) => a - b), Infinity].map((le) => ({
        le,
        count: durations.filter((value) => value <= le).length,
      })),
    }));
    fc.assert(
      fc.property(fc.array(pod, { minLength: 1, maxLength: 5 }), (pods) => {
        const merged = mergeCounts(pods);
        expect(mergeCounts(pods.toReversed())).toEqual(merged);
        expect(merged.buckets.at(-1)?.count).toBe(merged.requests);
        const counts = merged.buckets.map(({ count }) => count);
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      }),
    );
  });
});
