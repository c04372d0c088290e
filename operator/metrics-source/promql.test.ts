import { expect, test } from "vitest";
import { counterQueries } from "./promql.ts";

const metrics = { requestDuration: "http_seconds", statusLabel: "code", excludeRoutes: [] };

// The answers to these queries, with two jobs that scrape one pod and with routes to leave out, were checked once by Prometheus 3.4's own engine.
test("the counters of some pods are asked for as they stand, each source once", () => {
  expect(counterQueries("shop", ["c-1", "c.2"], metrics)).toEqual({
    counts: String.raw`sum by (pod, code) (max without (job, service, prometheus, prometheus_replica) (http_seconds_count{namespace="shop",pod=~"c-1|c\\.2"}))`,
    durations:
      String.raw`sum by (pod, le) (max without (job, service, prometheus, prometheus_replica) (http_seconds_bucket{namespace="shop",pod=~"c-1|c\\.2"}))` +
      String.raw` or label_replace(sum by (pod) (max without (job, service, prometheus, prometheus_replica) (http_seconds_sum{namespace="shop",pod=~"c-1|c\\.2"})), "le", "sum", "", "")`,
    routes: undefined,
    scrapes: String.raw`max by (pod) (count_over_time(up{namespace="shop",pod=~"c-1|c\\.2"}[300s]) * up{namespace="shop",pod=~"c-1|c\\.2"})`,
  });
});

test("routes that do not count are left out by every label that may hold them", () => {
  const { counts, durations, routes } = counterQueries("shop", ["c-1"], { ...metrics, excludeRoutes: ["/up", "/internal/*", "/"] });
  for (const label of ["route", "path", "uri", "handler", "endpoint", "view"]) {
    expect(counts).toContain(`${label}!~"/*up/*|/*internal.*|/+"`);
    expect(durations).toContain(`${label}!~"/*up/*|/*internal.*|/+"`);
    expect(routes).toContain(`http_seconds_count{namespace="shop",pod=~"c-1",${label}=~".*/.*"}`);
  }
});

test("the user's counter and route label are asked for instead", () => {
  const requests = { name: "reqs_total", statusLabel: "status" };
  const queries = counterQueries("shop", ["c-1"], { ...metrics, requests, routeLabel: "view", excludeRoutes: ["home"] });
  expect(queries.counts).toBe(
    'sum by (pod, status) (max without (job, service, prometheus, prometheus_replica) (reqs_total{namespace="shop",pod=~"c-1",view!~"/*home/*"}))',
  );
  expect(queries.durations).toContain('http_seconds_bucket{namespace="shop",pod=~"c-1",view!~"/*home/*"}');
  expect(queries.routes).toBe('count(reqs_total{namespace="shop",pod=~"c-1",view=~".+"})');
});

test("quotes and backslashes of routes stay within the text", () => {
  const { counts } = counterQueries("shop", ["c-1"], { ...metrics, routeLabel: "path", excludeRoutes: [String.raw`/a"b\c(d)`] });
  expect(counts).toContain(String.raw`path!~"/*a\"b\\\\c\\(d\\)/*"`);
});
