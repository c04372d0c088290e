import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScalableApp } from "../../api/parse.ts";
import { analyze } from "./analysis.ts";
import type { AnalysisConfig } from "./analysis-config.ts";
import type { Analysis, AnalysisInput } from "./analysis.ts";
import type { AnalysisWindow, TrackMeasure } from "./measure.ts";

const config: AnalysisConfig = { minRequests: 100, errorRatePercent: 1, latencyP99Milliseconds: 2000, queries: [] };

function measure(more: Partial<TrackMeasure> = {}): TrackMeasure {
  const seen = { requests: 312, errors: 0, withoutStatus: 0, p99: { seconds: 0.2, isFloor: false } };
  return { ...seen, tellingPods: 1, silent: [], undeclared: false, ...more };
}

interface Given {
  readonly candidate?: Partial<TrackMeasure>;
  readonly stable?: Partial<TrackMeasure>;
  readonly queries?: AnalysisWindow["queries"];
  readonly config?: Partial<AnalysisConfig>;
  readonly input?: Partial<AnalysisInput>;
}

function judge({ candidate, stable, queries = {}, config: limits, input }: Given = {}): Analysis {
  return analyze({
    config: { ...config, ...limits },
    window: { candidate: measure(candidate), stable: measure({ requests: 6000, ...stable }), queries },
    restarts: { restarts: 0, oomKills: 0 },
    ...input,
  });
}

function messageOf(analysis: Analysis, name: string): string | undefined {
  return analysis.verdicts.find((one) => one.name === name)?.message;
}

test("passes a candidate within every limit", () => {
  const analysis = judge({ candidate: { errors: 1 } });
  expect(analysis).toEqual({
    result: "pass",
    reasons: [],
    verdicts: [
      { name: "errorRate", result: "pass", value: 100 / 312, limit: 1, message: "error rate 0.321 % of 312 requests is within 1 %" },
      { name: "latencyP99", result: "pass", value: 200, limit: 2000, message: "p99 latency 200 ms of 312 requests is within 2000 ms" },
      { name: "restarts", result: "pass", value: 0, limit: 0, message: "no restarts, at most 0 forgiven" },
      { name: "oomKills", result: "pass", value: 0, limit: 0, message: "no container ran out of memory" },
    ],
  });
});

test("accepts the configuration as the API has it", () => {
  const parsed = parseScalableApp({
    apiVersion: "scalableapp.dev/v1alpha1",
    kind: "ScalableApp",
    metadata: { name: "shop", namespace: "retail", uid: "uid-1", generation: 1 },
    spec: { image: "ghcr.io/acme/shop:1", stage: "mvp", rollout: { strategy: "canary", canary: {} } },
  });
  const analysis = parsed.ok ? parsed.app.spec.rollout.canary?.analysis : undefined;
  if (analysis === undefined) throw new Error(JSON.stringify(parsed));
  expect(judge({ config: analysis }).result).toBe("pass");
  expect(judge({ config: analysis, candidate: { errors: 4 } }).result).toBe("fail");
});

describe("fails", () => {
  test.each<[string, Given, string]>([
    ["too many errors", { candidate: { errors: 64 } }, "error rate 20.5 % of 312 requests is above 1 %"],
    [
      "an error rate that rounds to its limit",
      { candidate: { requests: 100_000, errors: 1001 } },
      "error rate 1.001 % of 100000 requests is above 1 %",
    ],
    ["a slow candidate", { candidate: { p99: { seconds: 2.35, isFloor: false } } }, "p99 latency 2350 ms of 312 requests is above 2000 ms"],
    [
      "a candidate slower than the histogram can tell",
      { candidate: { p99: { seconds: 2, isFloor: true } } },
      "p99 latency of 312 requests is above 2000 ms, limit 2000 ms",
    ],
    [
      "an error rate far above stable's",
      { candidate: { requests: 2000, errors: 16 }, stable: { errors: 12 }, config: { maxIncreasePercent: 50 } },
      "error rate 0.8 % of 2000 requests is more than 50 % above stable's 0.2 %",
    ],
    [
      "errors where stable has none",
      { candidate: { requests: 2000, errors: 5 }, config: { maxIncreasePercent: 50 } },
      "error rate 0.25 % of 2000 requests is more than 50 % above stable's 0 %",
    ],
    [
      "a latency far above stable's",
      { candidate: { p99: { seconds: 0.31, isFloor: false } }, config: { maxIncreasePercent: 50 } },
      "p99 latency 310 ms of 312 requests is more than 50 % above stable's 200 ms",
    ],
    [
      "a restart",
      { input: { restarts: { restarts: 1, oomKills: 0, worst: "container app of pod shop-web-1 restarted once (Error, exit code 1)" } } },
      "container app of pod shop-web-1 restarted once (Error, exit code 1)",
    ],
    [
      "a container without memory",
      { input: { restarts: { restarts: 0, oomKills: 1, oomKilled: "container app of pod shop-web-1 ran out of memory" } } },
      "container app of pod shop-web-1 ran out of memory: raise its memory limit, or find the leak",
    ],
    [
      "a query above its maximum",
      { queries: { checkout: { state: "value", value: 0.7 } }, config: { queries: [{ name: "checkout", max: 0.5 }] } },
      "query checkout yields 0.7, above the maximum 0.5",
    ],
    [
      "a query below its minimum",
      { queries: { checkout: { state: "value", value: 0.7 } }, config: { queries: [{ name: "checkout", min: 0.9, max: 1 }] } },
      "query checkout yields 0.7, below the minimum 0.9",
    ],
  ])("%s", (_, given, reason) => {
    expect(judge(given)).toMatchObject({ result: "fail", reasons: [reason] });
  });

  test("on what is seen, though not everything is seen and requests are few", () => {
    const silent = [{ pod: "c2", reason: "the connection is refused" }];
    expect(judge({ candidate: { errors: 60, silent } })).toMatchObject({
      result: "fail",
      reasons: ["error rate 19.2 % of 312 requests is above 1 %"],
      verdicts: [{ result: "fail" }, { name: "latencyP99", result: "inconclusive" }, {}, {}],
    });
    expect(judge({ candidate: { requests: 3 }, input: { restarts: { restarts: 1, oomKills: 0 } } })).toMatchObject({
      result: "fail",
      reasons: ["1 restart"],
    });
  });
});

describe("is inconclusive about", () => {
  const query = { config: { queries: [{ name: "checkout", max: 0.5 }] } };
  test.each<[string, Given, string]>([
    [
      "too few requests, however bad they are",
      { candidate: { requests: 99, errors: 99, p99: { seconds: 60, isFloor: false } } },
      "the candidate has answered 99 of the 100 requests that a judgement needs",
    ],
    ["nothing sampled yet", { input: { window: undefined } }, "no metrics have been sampled yet"],
    [
      "a dead source",
      { candidate: { requests: 0, problem: "Prometheus at p:9090: the connection is refused" } },
      "Prometheus at p:9090: the connection is refused",
    ],
    [
      "a silent pod",
      { candidate: { silent: [{ pod: "c2", reason: "the answer has status 404" }] } },
      "pod c2 does not tell its metrics: the answer has status 404",
    ],
    [
      "silent pods",
      { candidate: { silent: [1, 2, 3].map((n) => ({ pod: `c${n}`, reason: "no answer within 2000 ms" })) } },
      "pod c1 does not tell its metrics, nor do 2 more: no answer within 2000 ms",
    ],
    ["no pod at all", { candidate: { requests: 0, tellingPods: 0 } }, "no pod has told its metrics yet"],
    [
      "a wrong name of the histogram",
      { candidate: { requests: 0, undeclared: true } },
      "no pod tells the histogram that web.metrics.requestDuration names: correct the name, or send requests",
    ],
    [
      "a wrong name of the label",
      { candidate: { withoutStatus: 312 } },
      "312 of 312 requests have no status that can be read: correct web.metrics.statusLabel",
    ],
    [
      "a histogram without buckets",
      { candidate: { p99: undefined } },
      "the histogram of request durations has no buckets: p99 latency cannot be told",
    ],
    [
      "a histogram that ends below the limit",
      { candidate: { p99: { seconds: 1, isFloor: true } } },
      "p99 latency is above 1000 ms, the highest bucket: add a bucket at 2 s, or lower latencyP99Milliseconds",
    ],
    ["a query that was not asked", query, "query checkout has not been asked yet"],
    ["a query without data", { ...query, queries: { checkout: { state: "no-data" } } }, "query checkout yields no data"],
    [
      "a query that failed",
      { ...query, queries: { checkout: { state: "error", reason: "bad_data: x" } } },
      "query checkout failed: bad_data: x",
    ],
    [
      "a query over too few requests",
      { ...query, candidate: { requests: 7 }, queries: { checkout: { state: "value", value: 9 } } },
      "the candidate has answered 7 of the 100 requests that a judgement needs",
    ],
  ])("%s", (_, given, reason) => {
    expect(judge(given)).toMatchObject({ result: "inconclusive", reasons: [reason] });
  });
});

describe("compared with stable", () => {
  const compared = { maxIncreasePercent: 50 };

  test("is fine within the increase, and says what stable has", () => {
    const analysis = judge({ config: compared, candidate: { requests: 2000, errors: 5 }, stable: { errors: 12 } });
    expect(analysis.result).toBe("pass");
    expect(messageOf(analysis, "errorRate")).toBe("error rate 0.25 % of 2000 requests is within 1 % (stable: 0.2 %)");
  });

  test("takes a handful of errors, and a few milliseconds, for noise", () => {
    expect(judge({ config: compared, candidate: { requests: 2000, errors: 4 } }).result).toBe("pass");
    const fast = { p99: { seconds: 0.004, isFloor: false } };
    expect(judge({ config: compared, candidate: { p99: { seconds: 0.0139, isFloor: false } }, stable: fast }).result).toBe("pass");
    expect(judge({ config: compared, candidate: { p99: { seconds: 0.0141, isFloor: false } }, stable: fast }).result).toBe("fail");
  });

  test.each<[string, Partial<TrackMeasure>, string]>([
    ["few requests", { requests: 99 }, "not compared with stable: it has answered 99 of 100 requests"],
    ["no requests", { requests: 0, p99: undefined }, "not compared with stable: it has answered 0 of 100 requests"],
    ["a dead source", { requests: 0, problem: "gone" }, "not compared with stable: gone"],
    ["no status", { withoutStatus: 6000, p99: { seconds: 1, isFloor: true } }, "not compared with stable: its value cannot be told"],
  ])("holds the absolute limits alone where stable has %s", (_, stable, note) => {
    const analysis = judge({ config: compared, candidate: { requests: 2000, errors: 19 }, stable });
    expect(analysis.result).toBe("pass");
    expect(messageOf(analysis, "errorRate")).toContain(note);
    expect(messageOf(analysis, "latencyP99")).toContain(note);
  });
});

test("forgives as many restarts as it is told to", () => {
  const restarts = { restarts: 2, oomKills: 0, worst: "container app restarted twice" };
  expect(judge({ config: { maxRestarts: 2 }, input: { restarts } }).result).toBe("pass");
  expect(judge({ config: { maxRestarts: 1 }, input: { restarts } })).toMatchObject({ result: "fail", reasons: [restarts.worst] });
});

test("only tells what is on a dry run", () => {
  const analysis = judge({
    candidate: { errors: 312, p99: undefined },
    queries: { checkout: { state: "value", value: 1 } },
    config: { dryRun: ["errorRate", "latencyP99"], queries: [{ name: "checkout", max: 0.5, dryRun: true }] },
  });
  expect(analysis).toMatchObject({ result: "pass", reasons: [] });
  expect(analysis.verdicts.filter(({ result }) => result === "dry-run").map(({ message }) => message)).toEqual([
    "dry run, would fail: error rate 100 % of 312 requests is above 1 %",
    "dry run, would be inconclusive: the histogram of request durations has no buckets: p99 latency cannot be told",
    "dry run, would fail: query checkout yields 1, above the maximum 0.5",
  ]);
});

test("does not judge the traffic of a candidate that has none yet, but its queries and restarts", () => {
  const given = { servesUsers: false, window: undefined };
  expect(judge({ input: given }).verdicts.map(({ name }) => name)).toEqual(["restarts", "oomKills"]);
  expect(judge({ input: given }).result).toBe("pass");
  const queries = { checkout: { state: "value", value: 1 } } as const;
  const limits = { queries: [{ name: "checkout", max: 0.5 }] };
  expect(judge({ candidate: { requests: 0 }, queries, config: limits, input: { servesUsers: false } }).result).toBe("fail");
});

const anyMeasure: fc.Arbitrary<TrackMeasure> = fc
  .record({
    requests: fc.nat(1000),
    errorShare: fc.double({ min: 0, max: 1, noNaN: true }),
    withoutStatus: fc.constantFrom(0, 0, 5),
    p99: fc.option(fc.record({ seconds: fc.double({ min: 0, max: 4, noNaN: true }), isFloor: fc.boolean() }), { nil: undefined }),
    tellingPods: fc.nat(2),
    silent: fc.constantFrom([], [], [{ pod: "c1", reason: "gone" }]),
    undeclared: fc.boolean(),
    problem: fc.constantFrom(undefined, undefined, "gone"),
  })
  .map(({ errorShare, ...rest }) => ({ ...rest, errors: Math.floor(rest.requests * errorShare * errorShare) }));

test("never passes what it cannot see, never judges too few requests, and always says why", () => {
  fc.assert(
    fc.property(anyMeasure, anyMeasure, fc.option(fc.nat(100), { nil: undefined }), (candidate, stable, maxIncreasePercent) => {
      const analysis = judge({ candidate, stable, config: { maxIncreasePercent } });
      const isBlind = candidate.silent.length > 0 || candidate.problem !== undefined || candidate.tellingPods === 0 || candidate.undeclared;
      if (isBlind || candidate.p99 === undefined) expect(analysis.result).not.toBe("pass");
      if (candidate.requests < config.minRequests) expect(analysis.result).toBe("inconclusive");
      else if (candidate.errors / candidate.requests > 0.01) expect(analysis.result).toBe("fail");
      expect(analysis.reasons.length > 0).toBe(analysis.result !== "pass");
    }),
    { numRuns: 500 },
  );
});
