import { describe, expect, test } from "vitest";
import { metricsEndpoint } from "./metrics.ts";
import type { MetricsEndpoint } from "./metrics.ts";
import { parseScalableApp } from "./parse.ts";

function endpointOf(metrics: object, more: { routing?: object; health?: object } = {}): MetricsEndpoint {
  const { routing, health } = more;
  const spec = { image: "shop:1", web: { port: 3000, metrics, ...(health && { health }) }, ...(routing && { routing }) };
  const parsed = parseScalableApp({ metadata: { name: "shop" }, spec });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return metricsEndpoint(parsed.app.spec);
}

test("without a word, metrics are where and as they always were", () => {
  expect(endpointOf({})).toEqual({
    port: 3000,
    path: "/metrics",
    host: undefined,
    requestDuration: "http_request_duration_seconds",
    statusLabel: "status_code",
    requests: undefined,
    routeLabel: undefined,
    excludeRoutes: ["/api/health/live", "/api/health/ready", "/metrics"],
  });
});

describe("a preset", () => {
  test("fills in what is not given", () => {
    expect(endpointOf({ preset: "micrometer" })).toMatchObject({
      path: "/actuator/prometheus",
      requestDuration: "http_server_requests_seconds",
      statusLabel: "status",
      excludeRoutes: expect.arrayContaining(["/actuator/*"]),
    });
  });

  test.each([
    ["path", { path: "/prometheus" }],
    ["path", { path: "/metrics" }],
    ["requestDuration", { requestDuration: "orders_seconds" }],
    ["requestDuration", { requestDuration: "http_request_duration_seconds" }],
    ["statusLabel", { statusLabel: "outcome" }],
  ])("leaves the user's own %s, %j", (_, own) => {
    expect(endpointOf({ preset: "micrometer", ...own })).toMatchObject(own);
  });

  test("is not hidden by the defaults that an earlier CRD stored", () => {
    const stored = { path: "/metrics", requestDuration: "http_request_duration_seconds", statusLabel: "status_code" };
    expect(endpointOf({ ...stored, preset: "micrometer" })).toEqual(endpointOf({ preset: "micrometer" }));
    expect(endpointOf({ ...stored, path: "/prom", preset: "micrometer" })).toMatchObject({ path: "/prom", statusLabel: "status" });
    expect(endpointOf(stored)).toEqual(endpointOf({}));
  });
});

test.each([
  ["the histogram's status label", { statusLabel: "code", requests: { name: "a_total" } }, { name: "a_total", statusLabel: "code" }],
  ["its own", { statusLabel: "code", requests: { name: "a_total", statusLabel: "status" } }, { name: "a_total", statusLabel: "status" }],
])("a counter of requests has %s", (_, metrics, requests) => {
  expect(endpointOf(metrics).requests).toEqual(requests);
});

test.each([
  ["its own", { host: "metrics.internal:81" }, ["shop.example.com"], "metrics.internal:81"],
  ["the first of routing", {}, ["shop.example.com", "www.example.com"], "shop.example.com"],
  ["the first of routing without a wildcard", {}, ["*.example.com", "www.example.com"], "www.example.com"],
  ["none where routing has wildcards only", {}, ["*.example.com"], undefined],
])("the Host header is %s", (_, metrics, hosts, host) => {
  expect(endpointOf(metrics, { routing: { hosts, gateway: { name: "public" } } }).host).toBe(host);
});

test.each([
  ["a port of its own", { port: 9090 }, { port: 9090 }],
  ["routes that the user names", { excludeRoutes: ["/up"] }, { excludeRoutes: ["/up"] }],
  ["no route left out", { excludeRoutes: [] }, { excludeRoutes: [] }],
])("%s", (_, metrics, expected) => {
  expect(endpointOf(metrics)).toMatchObject(expected);
});

test("users' requests for the root count, though a probe asks for it too", () => {
  expect(endpointOf({}, { health: { live: "/", ready: "/ready" } }).excludeRoutes).toEqual(["/ready", "/metrics"]);
});
