import { describe, expect, test } from "vitest";
import { createHistory } from "./history.ts";
import type { History, QueryOutcomes } from "./history.ts";
import type { PodTarget, ScrapeResult } from "./pod-scraper.ts";
import type { Totals } from "./red.ts";

function target(pod: string, restarts = 0): PodTarget {
  return { pod, address: "10.0.0.1", port: 8080, restarts };
}

function told(pod: string, requests: number, errors = 0, more: Partial<Totals> & { restarts?: number } = {}): ScrapeResult<Totals> {
  const { restarts, ...totals } = more;
  const buckets = [
    { le: 1, count: requests },
    { le: Infinity, count: requests },
  ];
  return {
    target: target(pod, restarts),
    ok: true,
    value: { requests, errors, withoutStatus: 0, buckets, declared: true, malformed: 0, ...totals },
  };
}

function failed(pod: string, reason = "the connection is refused"): ScrapeResult<Totals> {
  return { target: target(pod), ok: false, reason };
}

interface Given {
  readonly stable?: readonly ScrapeResult<Totals>[];
  readonly candidate?: readonly ScrapeResult<Totals>[];
  readonly queries?: QueryOutcomes;
}

function record(history: History, atMs: number, { stable = [], candidate = [], queries = {} }: Given): void {
  history.retain({ stable: stable.map((result) => result.target), candidate: candidate.map((result) => result.target) });
  history.record({ atMs, results: { stable, candidate }, queries });
}

function emptyHistory(rounds = 60): History {
  return createHistory({ rounds, maxAgeMs: () => 35_000 });
}

test("tells of no requests after one round, and of both tracks after two", () => {
  const given = emptyHistory();
  record(given, 0, { stable: [told("s1", 1000, 10), told("s2", 500)], candidate: [told("c1", 40)] });
  expect(given.window(0)).toMatchObject({
    samples: 1,
    stable: { requests: 0, p99: undefined },
    candidate: { requests: 0, tellingPods: 1 },
  });
  record(given, 10_000, { stable: [told("s1", 1100, 11), told("s2", 600)], candidate: [told("c1", 60, 4)] });
  expect(given.window(0)).toMatchObject({
    fromMs: 0,
    toMs: 10_000,
    samples: 2,
    stable: { requests: 200, errors: 1, tellingPods: 2 },
    candidate: { requests: 20, errors: 4, p99: { seconds: 0.99, isFloor: false } },
    failures: [],
  });
});

test("tells nothing of a time before any round began", () => {
  const given = emptyHistory();
  expect(given.window(0)).toBeUndefined();
  record(given, 10, { candidate: [told("c1", 1)] });
  expect(given.window(11)).toBeUndefined();
});

test("leaves out the rounds that began before the moment", () => {
  const given = emptyHistory();
  record(given, 0, { candidate: [told("c1", 0)] });
  record(given, 10_000, { candidate: [told("c1", 100)] });
  record(given, 20_000, { candidate: [told("c1", 101)] });
  expect(given.window(10_000)?.candidate.requests).toBe(1);
  expect(given.window(9999)?.candidate.requests).toBe(1);
  expect(given.window(0)?.candidate.requests).toBe(101);
});

test("goes back no further than enough requests need, so that a late fault is not diluted", () => {
  const given = emptyHistory();
  record(given, 0, { candidate: [told("c1", 0)] });
  record(given, 10_000, { candidate: [told("c1", 10_000)] });
  record(given, 20_000, { candidate: [told("c1", 10_060, 30)] });
  record(given, 30_000, { candidate: [told("c1", 10_120, 60)] });
  expect(given.window(0, 100)?.candidate).toMatchObject({ requests: 120, errors: 60 });
  expect(given.window(0, 50)?.candidate).toMatchObject({ requests: 60, errors: 30 });
  expect(given.window(0, 20_000)?.candidate).toMatchObject({ requests: 10_120 });
});

test("stays bounded, and still adds up little traffic", () => {
  const given = emptyHistory(5);
  for (let round = 0; round <= 100; round += 1) record(given, round * 1000, { candidate: [told("c1", round)] });
  expect(given.window(0)).toMatchObject({ samples: 101, fromMs: 0, toMs: 100_000, candidate: { requests: 100 } });
  expect(given.window(1)?.samples).toBe(4);
});

describe("pods", () => {
  test("that restart count from zero, also when that happens while they cannot be reached", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50)] });
    record(given, 10_000, { candidate: [{ ...failed("c1"), target: target("c1", 1) }] });
    record(given, 20_000, { candidate: [told("c1", 70, 0, { restarts: 1 })] });
    expect(given.window(0)?.candidate.requests).toBe(70);
  });

  test("that were missed once lose no request", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50)] });
    record(given, 10_000, { candidate: [failed("c1")] });
    expect(given.window(0)).toMatchObject({ candidate: { silent: [] }, failures: ["pod c1: the connection is refused"] });
    record(given, 20_000, { candidate: [told("c1", 90)] });
    expect(given.window(0)?.candidate.requests).toBe(40);
  });

  test("that were gone for long begin anew", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50)] });
    record(given, 40_000, { candidate: [told("c1", 5000)] });
    record(given, 50_000, { candidate: [told("c1", 5001)] });
    expect(given.window(0)?.candidate.requests).toBe(1);
  });

  test("are silent when they never told anything, or failed twice in a row", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50), failed("c2")] });
    record(given, 10_000, { candidate: [failed("c1"), failed("c2", "no answer within 2000 ms")] });
    expect(given.window(0)?.candidate.silent).toEqual([{ pod: "c2", reason: "no answer within 2000 ms" }]);
    record(given, 20_000, { candidate: [failed("c1"), told("c2", 0)] });
    expect(given.window(0)?.candidate).toMatchObject({ tellingPods: 2, silent: [{ pod: "c1", reason: "the connection is refused" }] });
  });

  test("that are no longer asked are forgotten, with their silence", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50), failed("c2")] });
    record(given, 10_000, { candidate: [told("c1", 60)] });
    expect(given.window(0)?.candidate.silent).toEqual([]);
    expect(given.isNew(target("c2"))).toBe(true);
    expect(given.isNew(target("c1"))).toBe(false);
  });

  test("that came between two rounds have a difference in the next", () => {
    const given = emptyHistory();
    record(given, 0, { candidate: [told("c1", 50)] });
    given.retain({ stable: [], candidate: [target("c1"), target("c2")] });
    given.begin([told("c2", 5), told("c1", 0), told("gone", 5)], 3000);
    expect(given.isNew(target("gone"))).toBe(true);
    record(given, 10_000, { candidate: [told("c1", 60), told("c2", 25)] });
    expect(given.window(0)?.candidate.requests).toBe(30);
  });

  test("that name no histogram are told apart from pods without requests", () => {
    const given = emptyHistory();
    record(given, 0, { stable: [told("s1", 0)], candidate: [told("c1", 0, 0, { declared: false })] });
    expect(given.window(0)).toMatchObject({ stable: { undeclared: false }, candidate: { undeclared: true } });
    record(given, 10_000, { candidate: [told("c1", 3)] });
    expect(given.window(0)).toMatchObject({ stable: { undeclared: false }, candidate: { undeclared: false, requests: 3 } });
  });
});

test("tells what went wrong once, and not more than ten things", () => {
  const given = emptyHistory();
  const error = { state: "error", reason: "timed out" } as const;
  record(given, 0, { stable: [told("s1", 1, 0, { malformed: 3 })], candidate: [failed("c1")], queries: { checkout: error } });
  record(given, 10_000, { stable: [told("s1", 1)], candidate: [failed("c1")], queries: { checkout: { state: "value", value: 1 } } });
  expect(given.window(0)).toMatchObject({
    failures: ["pod s1: 3 lines of the histogram cannot be read", "pod c1: the connection is refused", "query checkout: timed out"],
    queries: { checkout: { state: "value", value: 1 } },
  });
  record(given, 20_000, { candidate: Array.from({ length: 40 }, (_, index) => failed(`c${index}`)) });
  expect(given.window(0)?.failures).toHaveLength(10);
});
