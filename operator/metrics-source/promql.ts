import { normalizeRoute, ROUTE_LABELS } from "./routes.ts";
import type { RequestMetrics } from "../measurement/sampling-job.ts";

/** The queries for the counters of some pods; each yields a vector with the label `pod`. */
export interface CounterQueries {
  /** Requests by status. */
  readonly counts: string;
  /** Requests by bucket, with the label `le`; one with le="sum" is the sum of the durations. */
  readonly durations: string;
  /** One number where any series has a label with the route; undefined where no route is left out. */
  readonly routes: string | undefined;
  /** Scrapes within 5 minutes; 0 where the newest one failed. */
  readonly scrapes: string;
}

/** Seconds within which `scrapes` counts. */
export const SCRAPES_WINDOW_SECONDS = 300;

// Labels that differ where two jobs or two replicas of Prometheus scrape the same port: such series count once.
const SAME_SOURCE = "job, service, prometheus, prometheus_replica";

/** Writes the queries; `pods` must not be empty. */
export function counterQueries(namespace: string, pods: readonly string[], metrics: RequestMetrics): CounterQueries {
  const { requestDuration } = metrics;
  const selector = `namespace=${quote(namespace)},pod=~${quote(pods.map(escapeRegex).join("|"))}`;
  const users = [selector, ...exclusions(metrics)].join(",");
  const counter = counterName(metrics);
  const sum = (by: string, name: string): string => `sum by (${by}) (max without (${SAME_SOURCE}) (${name}{${users}}))`;
  return {
    counts: sum(`pod, ${countStatusLabel(metrics)}`, counter),
    durations: `${sum("pod, le", `${requestDuration}_bucket`)} or label_replace(${sum("pod", `${requestDuration}_sum`)}, "le", "sum", "", "")`,
    routes: routesQuery(counter, selector, metrics),
    scrapes: `max by (pod) (count_over_time(up{${selector}}[${SCRAPES_WINDOW_SECONDS}s]) * up{${selector}})`,
  };
}

/** The name of the series that count requests. */
export function counterName({ requestDuration, requests }: RequestMetrics): string {
  return requests?.name ?? `${requestDuration}_count`;
}

/** The label of the counted series that holds the status. */
export function countStatusLabel({ statusLabel, requests }: RequestMetrics): string {
  return requests?.statusLabel ?? statusLabel;
}

function routeLabels({ routeLabel }: RequestMetrics): readonly string[] {
  return routeLabel === undefined ? ROUTE_LABELS : [routeLabel];
}

/** A series without a label has it empty, and no route is empty. */
function exclusions(metrics: RequestMetrics): readonly string[] {
  const routes = routesPattern(metrics.excludeRoutes);
  return routes === "" ? [] : routeLabels(metrics).map((label) => `${label}!~${quote(routes)}`);
}

function routesQuery(counter: string, selector: string, metrics: RequestMetrics): string | undefined {
  if (metrics.excludeRoutes.length === 0) return undefined;
  const known = metrics.routeLabel === undefined ? ".*/.*" : ".+";
  const series = routeLabels(metrics).map((label) => `${counter}{${selector},${label}=~${quote(known)}}`);
  return `count(${series.join(" or ")})`;
}

function routesPattern(routes: readonly string[]): string {
  return routes
    .map((route) => {
      if (!route.endsWith("*")) return normalizeRoute(route) === "/" ? "/+" : `/*${escapeRegex(normalizeRoute(route))}/*`;
      const prefix = normalizeRoute(route.slice(0, -1));
      return prefix === "/" ? ".+" : `/*${escapeRegex(prefix)}.*`;
    })
    .join("|");
}

function quote(text: string): string {
  return `"${text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`)}"`;
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
