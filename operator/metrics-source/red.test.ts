import { Histogram, Registry } from "prom-client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateQuantile } from "./quantile.ts";
import { classifyStatus, mergeReds, NO_REQUESTS, readTotals, subtractTotals } from "./red.ts";
import type { Totals } from "./red.ts";

const metric = { requestDuration: "http_request_duration_seconds", statusLabel: "status_code" };

function totalsOf(text: string): Totals {
  const result = readTotals(text, metric);
  if (!result.ok) throw new Error(result.reason);
  return result.totals;
}

function totals(requests: number, errors: number, more: Partial<Totals> = {}): Totals {
  const buckets = [
    { le: 1, count: requests - errors },
    { le: Infinity, count: requests },
  ];
  return { requests, errors, withoutStatus: 0, buckets, declared: true, malformed: 0, ...more };
}

async function realPage(observations: readonly (readonly [string, number])[]): Promise<string> {
  const registry = new Registry();
  const histogram = new Histogram({
    name: metric.requestDuration,
    help: "Seconds.",
    labelNames: ["method", "status_code"],
    buckets: [0.1, 1],
    registers: [registry],
  });
  for (const [status, seconds] of observations) histogram.observe({ method: "GET", status_code: status }, seconds);
  return registry.metrics();
}

describe("the totals of a page", () => {
  test("are those of a real client library", async () => {
    const page = await realPage([
      ["200", 0.05],
      ["200", 0.5],
      ["404", 0.05],
      ["503", 5],
    ]);
    expect(totalsOf(page)).toEqual({
      requests: 4,
      errors: 1,
      withoutStatus: 0,
      buckets: [
        { le: 0.1, count: 2 },
        { le: 1, count: 3 },
        { le: Infinity, count: 4 },
      ],
      declared: true,
      malformed: 0,
    });
  });

  test("are zero for a histogram without observations", async () => {
    expect(totalsOf(await realPage([]))).toMatchObject({ requests: 0, declared: true });
  });

  test("say that the histogram is not on the page", () => {
    expect(totalsOf("<html>hello</html>")).toMatchObject({ requests: 0, declared: false });
  });

  test("come from the +Inf buckets where there is no count", () => {
    const page = 'http_request_duration_seconds_bucket{status_code="500",le="+Inf"} 3\nhttp_request_duration_seconds_bucket{le="+Inf"} 2\n';
    expect(totalsOf(page)).toMatchObject({ requests: 5, errors: 3, withoutStatus: 2 });
  });

  test("leave out what is no count or has no bound", () => {
    const page = [
      'http_request_duration_seconds_count{status_code="200"} NaN',
      'http_request_duration_seconds_count{status_code="200"} -1',
      'http_request_duration_seconds_bucket{status_code="200"} 4',
      'http_request_duration_seconds_bucket{status_code="200",le="wide"} 4',
      'http_request_duration_seconds_bucket{status_code="200",le="1" 4',
      'http_request_duration_seconds_sum{status_code="200"} NaN',
      'http_request_duration_seconds_count{status_code="200"} 7',
    ].join("\n");
    expect(totalsOf(page)).toMatchObject({ requests: 7, malformed: 5, buckets: [] });
  });

  test("carry the start of the process", () => {
    expect(totalsOf("process_start_time_seconds 1.7e9\n").startedSeconds).toBe(1.7e9);
  });

  test("are refused where the page was cut", () => {
    expect(readTotals("a 1\n".repeat(100_001), metric)).toMatchObject({ ok: false });
  });
});

describe("the difference of two scrapes", () => {
  test("cannot be told from one scrape", () => {
    expect(subtractTotals(undefined, totals(5, 1), false)).toBeUndefined();
  });

  test("is what was added", () => {
    expect(subtractTotals(totals(100, 10), totals(150, 20), false)).toEqual({
      requests: 50,
      errors: 10,
      withoutStatus: 0,
      buckets: [
        { le: 1, count: 40 },
        { le: Infinity, count: 50 },
      ],
    });
  });

  test("counts a series that is new on the page from zero", () => {
    const before = totals(0, 0, { buckets: [], declared: false });
    expect(subtractTotals(before, totals(5, 2), false)).toMatchObject({ requests: 5, errors: 2 });
  });

  test.each([
    ["counters fell", totals(100, 10), totals(7, 1), false],
    ["only the errors fell", totals(6, 3), totals(7, 1), false],
    ["the pod is known to have restarted though the counters are higher", totals(5, 0), totals(7, 1), true],
    ["the process started later", totals(5, 0, { startedSeconds: 100 }), totals(7, 1, { startedSeconds: 200 }), false],
    ["counters fell and only one page tells the start", totals(9, 9), totals(7, 1, { startedSeconds: 200 }), false],
  ])("is everything since the restart where %s", (_, before, after, restarted) => {
    expect(subtractTotals(before, after, restarted)).toMatchObject({ requests: 7, errors: 1 });
  });

  test("takes a start that jitters for the same process", () => {
    const difference = subtractTotals(totals(5, 0, { startedSeconds: 100 }), totals(7, 1, { startedSeconds: 100.4 }), false);
    expect(difference).toMatchObject({ requests: 2, errors: 1 });
  });

  test("cannot be told where series vanished without a restart", () => {
    expect(subtractTotals(totals(100, 10, { startedSeconds: 100 }), totals(50, 5, { startedSeconds: 100 }), false)).toBeUndefined();
  });

  test("has buckets that never fall", () => {
    const before = totals(0, 0, {
      buckets: [
        { le: 1, count: 0 },
        { le: 2, count: 3 },
        { le: Infinity, count: 3 },
      ],
    });
    const after = totals(4, 0, {
      buckets: [
        { le: 1, count: 4 },
        { le: 2, count: 4 },
        { le: Infinity, count: 7 },
      ],
    });
    expect(subtractTotals(before, after, false)?.buckets.map(({ count }) => count)).toEqual([4, 4, 4]);
  });
});

describe("the sum over pods", () => {
  test("of none is no request", () => {
    expect(mergeReds([])).toEqual(NO_REQUESTS);
  });

  test("adds everything", () => {
    expect(mergeReds([totals(10, 1), totals(20, 2, { withoutStatus: 3 }), NO_REQUESTS])).toEqual({
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
    expect(mergeReds([coarse, fine]).buckets).toEqual([
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
        const merged = mergeReds(pods);
        expect(mergeReds(pods.toReversed())).toEqual(merged);
        expect(merged.buckets.at(-1)?.count).toBe(merged.requests);
        const counts = merged.buckets.map(({ count }) => count);
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
        if (merged.requests > 0) expect(estimateQuantile(0.99, merged.buckets)).toBeDefined();
      }),
    );
  });
});

test.each([
  ["200", "other"],
  ["499", "other"],
  ["500", "error"],
  ["599", "error"],
  ["5xx", "error"],
  ["5XX", "error"],
  ["2xx", "other"],
  ["OK", "other"],
  ["Unavailable", "error"],
  ["DATA_LOSS", "error"],
  ["NotFound", "other"],
  ["", undefined],
  ["oops", undefined],
  [undefined, undefined],
])("the status %j is %j", (status, expected) => {
  expect(classifyStatus(status)).toBe(expected);
});
