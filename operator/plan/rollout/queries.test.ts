import { describe, expect, test } from "vitest";
import { analyze } from "./analysis.ts";
import type { QueryOutcome } from "./measure.ts";
import { fillQuery, matchPods, measureQueries, queryWindowSeconds, quote, trackQueries } from "./queries.ts";

const metrics = { requestDuration: "http_request_duration_seconds", statusLabel: "status_code" };
const matchers = matchPods("retail", { stable: [], candidate: ["shop-web-1", "shop.web-2"] });
const queries = trackQueries({ matchers, metrics, windowSeconds: 60 });

function promqlOf(name: string, from = queries): string {
  const found = from.find((query) => query.name === name);
  if (found === undefined) throw new Error(`no query ${name}`);
  return found.promql;
}

test("asks both tracks the same, apart from the track", () => {
  const names = ["requests", "errors", "without-status", "p99", "beyond"];
  expect(queries.map(({ name }) => name)).toEqual([...names.map((name) => `stable/${name}`), ...names.map((name) => `candidate/${name}`)]);
  for (const name of names) {
    expect(promqlOf(`candidate/${name}`).replaceAll(/pod=~"[^"]*"/g, 'pod=~"-"')).toBe(promqlOf(`stable/${name}`));
  }
});

test("asks for requests, errors and p99 latency by the names of its pods", () => {
  const selector = 'namespace="retail",pod=~"shop-web-1|shop\\\\.web-2"';
  expect(promqlOf("candidate/requests")).toBe(`sum(increase(http_request_duration_seconds_count{${selector}}[60s]))`);
  expect(promqlOf("candidate/errors")).toMatch(
    /^sum\(increase\(http_request_duration_seconds_count\{.*,status_code=~"\(\?i\)5.*"\}\[60s\]\)\) or vector\(0\)$/,
  );
  expect(promqlOf("candidate/p99")).toBe(
    `histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{${selector}}[60s])))`,
  );
});

test("asks for nothing where a track has no pods", () => {
  expect(promqlOf("stable/requests")).toContain('pod=~"-"');
});

test("quotes whatever a text holds", () => {
  expect(quote('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
});

test("fills the places of a user's expression", () => {
  const values = { app: 'sh"op', candidate: "r2" };
  expect(fillQuery('up{app="{{app}}",release="{{ candidate }}",x="{{other}}",y="{{constructor}}"}', values)).toBe(
    'up{app="sh\\"op",release="r2",x="{{other}}",y="{{constructor}}"}',
  );
});

test.each([
  [10, 60],
  [60, 60],
  [300, 300],
])("looks back over the interval %d s by %d s", (interval, window) => {
  expect(queryWindowSeconds(interval)).toBe(window);
});

function value(number: number): QueryOutcome {
  return { state: "value", value: number };
}

const healthy: Record<string, QueryOutcome> = {
  "candidate/requests": value(312.4),
  "candidate/errors": value(0),
  "candidate/without-status": value(0),
  "candidate/p99": value(0.25),
  "candidate/beyond": value(0),
  "stable/requests": { state: "no-data" },
};

describe("the measure of a track", () => {
  test("is what Prometheus told", () => {
    expect(measureQueries(healthy).candidate).toEqual({
      requests: 312.4,
      errors: 0,
      withoutStatus: 0,
      p99: { seconds: 0.25, isFloor: false },
      tellingPods: 1,
      silent: [],
      undeclared: false,
      problem: undefined,
    });
  });

  test("knows a p99 latency that lies above the highest bucket", () => {
    const beyond = { ...healthy, "candidate/beyond": value(0.02) };
    expect(measureQueries(beyond).candidate.p99).toEqual({ seconds: 0.25, isFloor: true });
  });

  test.each<[string, Record<string, QueryOutcome>, string]>([
    ["nothing was asked", {}, "has not been asked yet"],
    ["Prometheus is dead", { ...healthy, "candidate/requests": { state: "error", reason: "refused" } }, "refused"],
    ["one query fails", { ...healthy, "candidate/errors": { state: "error", reason: "refused" } }, "refused"],
    ["no series is found", { ...healthy, "candidate/requests": { state: "no-data" } }, "no requests of the candidate track"],
  ])("has a problem where %s, and no candidate passes on it", (_, outcomes, reason) => {
    const window = measureQueries(outcomes);
    expect(window.candidate.problem).toContain(reason);
    const config = { minRequests: 100, errorRatePercent: 1, latencyP99Milliseconds: 2000, queries: [] };
    const analysis = analyze({ config, window, restarts: { restarts: 0, oomKills: 0 } });
    expect(analysis).toMatchObject({ result: "inconclusive", reasons: [expect.stringContaining(reason)] });
  });

  test("lets a healthy candidate pass though stable has no requests any more", () => {
    const config = { minRequests: 100, errorRatePercent: 1, latencyP99Milliseconds: 2000, maxIncreasePercent: 10, queries: [] };
    const analysis = analyze({ config, window: measureQueries(healthy), restarts: { restarts: 0, oomKills: 0 } });
    expect(analysis.result).toBe("pass");
    expect(analysis.verdicts[0]?.message).toContain("not compared with stable");
  });
});
