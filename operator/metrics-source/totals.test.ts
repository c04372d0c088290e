import { Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { readTotals } from "./totals.ts";
import type { Totals } from "./totals.ts";
import type { RequestMetrics } from "../measurement/sampling-job.ts";

const metric: RequestMetrics = { requestDuration: "http_request_duration_seconds", statusLabel: "status_code", excludeRoutes: [] };

function totalsOf(text: string, more: Partial<RequestMetrics> = {}): Totals {
  const result = readTotals(text, { ...metric, ...more });
  if (!result.ok) throw new Error(result.reason);
  return result.totals;
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
      seconds: 5.6,
      declared: true,
      routesUnknown: false,
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

describe("a counter of requests", () => {
  const requests = { name: "http_responses_total", statusLabel: "status" };
  const page = [
    'http_request_duration_seconds_bucket{le="1"} 7',
    'http_request_duration_seconds_bucket{le="+Inf"} 9',
    "http_request_duration_seconds_count 9",
    'http_responses_total{status="200"} 5',
    'http_responses_total{status="500"} 2',
    "http_responses_total 1",
    'http_responses_total{status="200"} NaN',
  ].join("\n");

  test("gives requests and errors, the histogram durations alone", () => {
    expect(totalsOf(page, { requests })).toMatchObject({ requests: 8, errors: 2, withoutStatus: 1, declared: true, malformed: 1 });
    expect(totalsOf(page, { requests }).buckets.at(-1)).toEqual({ le: Infinity, count: 9 });
  });

  test("that is not on the page is not replaced by the histogram", () => {
    expect(totalsOf(page, { requests: { name: "others_total", statusLabel: "status" } })).toMatchObject({ requests: 0, declared: false });
  });

  test("whose name begins like the histogram's is not taken for it", () => {
    const close = { requestDuration: "http_requests", requests: { name: "http_requests_total", statusLabel: "status" } };
    const text = 'http_requests_total{status="500"} 3\nhttp_requests_count{status="200"} 4\n';
    expect(totalsOf(text, close)).toMatchObject({ requests: 3, errors: 3 });
  });
});

describe("requests to health and metrics paths", () => {
  const excludeRoutes = ["/api/health/live", "metrics/", "/internal/*"];
  const count = (labels: string, value: number): string => `http_request_duration_seconds_count{status_code="200",${labels}} ${value}`;

  test.each([
    ["route", 'route="/api/health/live"'],
    ["path", 'path="/api/health/live/"'],
    ["uri", 'uri="/api/health/live?full=1"'],
    ["handler", 'handler="/metrics"'],
    ["endpoint, without slashes", 'endpoint="api/health/live"'],
    ["view", 'view="metrics"'],
    ["all below a path", 'path="/internal/queues"'],
  ])("do not count by the label %s", (_, labels) => {
    const page = [count(labels, 50), count('path="/"', 3)].join("\n");
    expect(totalsOf(page, { excludeRoutes })).toMatchObject({ requests: 3, routesUnknown: false });
  });

  test("leave no trace in buckets and seconds", () => {
    const of = (path: string, seconds: number): string[] => [
      `http_request_duration_seconds_bucket{path="${path}",le="1"} 1`,
      `http_request_duration_seconds_bucket{path="${path}",le="+Inf"} 1`,
      `http_request_duration_seconds_sum{path="${path}"} ${seconds}`,
    ];
    const totals = totalsOf([...of("/metrics", 50), ...of("/shop", 0.5)].join("\n"), { excludeRoutes });
    expect(totals).toMatchObject({ requests: 1, seconds: 0.5, buckets: [{ count: 1 }, { count: 1 }] });
  });

  test("the first label in order decides, and the user's own before all", () => {
    const page = count('handler="/metrics",route="/shop",where="/api/health/live"', 4);
    expect(totalsOf(page, { excludeRoutes })).toMatchObject({ requests: 4 });
    expect(totalsOf(page, { excludeRoutes, routeLabel: "where" })).toMatchObject({ requests: 0 });
  });

  test.each([
    ["no label at all", 'method="GET"', undefined, true],
    ["an empty label", 'path=""', undefined, true],
    ["the name of a port", 'endpoint="http"', undefined, true],
    ["names of views", 'view="home"', undefined, true],
    ["names of views that the user calls routes", 'view="home"', "view", false],
    ["paths", 'path="/home"', undefined, false],
  ])("cannot be recognized by %s: %s", (_, labels, routeLabel, routesUnknown) => {
    expect(totalsOf(count(labels, 4), { excludeRoutes, ...(routeLabel && { routeLabel }) })).toMatchObject({ requests: 4, routesUnknown });
  });

  test("are not looked for where none is left out, nor before there is a series", () => {
    expect(totalsOf(count('method="GET"', 4))).toMatchObject({ requests: 4, routesUnknown: false });
    expect(totalsOf("", { excludeRoutes })).toMatchObject({ routesUnknown: false });
  });
});
