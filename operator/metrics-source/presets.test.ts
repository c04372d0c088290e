import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { metricsEndpoint } from "../api/metrics.ts";
import { METRICS_PRESETS } from "../api/metrics-presets.ts";
import type { MetricsPreset } from "../api/metrics-presets.ts";
import { parseScalableApp } from "../api/parse.ts";
import { readTotals } from "./totals.ts";
import type { Totals } from "./totals.ts";

/** What an app with these metrics is counted for, by a page of its library. */
function countPage(preset: MetricsPreset, more: object = {}): Totals {
  const manifest = { metadata: { name: "shop" }, spec: { image: "shop:1", web: { metrics: { preset, ...more } } } };
  const parsed = parseScalableApp(manifest);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const page = readFileSync(join(import.meta.dirname, "testdata", `${preset}.txt`), "utf8");
  const result = readTotals(page, metricsEndpoint(parsed.app.spec));
  if (!result.ok) throw new Error(result.reason);
  return result.totals;
}

describe("a page of a real library, by its preset alone", () => {
  test.each(METRICS_PRESETS.filter((preset) => preset !== "django-prometheus"))("%s: users' requests and errors", (preset) => {
    const totals = countPage(preset);
    expect(totals).toMatchObject({ requests: 6, errors: 2, withoutStatus: 0, declared: true, malformed: 0, routesUnknown: false });
    expect(totals.buckets.at(-1)).toEqual({ le: Infinity, count: 6 });
    expect(totals.buckets.length).toBeGreaterThan(2);
    expect(totals.seconds).toBeGreaterThan(0);
    expect(totals.startedSeconds).toBeCloseTo(1_795_633_535, -3);
  });

  test("django-prometheus: the names of views do not separate probes from users", () => {
    const totals = countPage("django-prometheus");
    expect(totals).toMatchObject({ requests: 8, errors: 2, withoutStatus: 0, declared: true, malformed: 0, routesUnknown: true });
  });

  test("django-prometheus: the user names the view of the probes", () => {
    const totals = countPage("django-prometheus", { routeLabel: "view", excludeRoutes: ["health-live"] });
    expect(totals).toMatchObject({ requests: 6, errors: 2, withoutStatus: 0, routesUnknown: false });
    // The library observes the two requests that raised twice.
    expect(totals.buckets.at(-1)).toEqual({ le: Infinity, count: 8 });
  });
});

test("a preset does not read another library's page as fine", () => {
  const page = readFileSync(join(import.meta.dirname, "testdata", "micrometer.txt"), "utf8");
  const metrics = { requestDuration: "http_request_duration_seconds", statusLabel: "status_code", excludeRoutes: [] };
  const result = readTotals(page, metrics);
  expect(result.ok && result.totals).toMatchObject({ requests: 0, declared: false });
});
