import { z } from "zod";
import { hostHeader, requestHost } from "./host-header.ts";
import { DEFAULT_NAMES, METRICS_PRESETS, PRESET_NAMES } from "./metrics-presets.ts";
import { withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { requestPath, integer, matching, passthrough, setOf, text } from "./text.ts";

const metricName = () => matching(200, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "must be the name of a Prometheus metric");
const labelName = () => matching(100, /^[a-zA-Z_][a-zA-Z0-9_]*$/, "must be the name of a Prometheus label");

const CREDENTIALS =
  "cannot be used, because the operator never reads Secrets: serve the metrics without authentication on a port of their own (web.metrics.port), or name a Prometheus that scrapes them (monitoring.prometheus), or judge releases by rollout.canary.analysis.probes";

const fields = z.strictObject({
  preset: z
    .enum(METRICS_PRESETS)
    .optional()
    .describe("The library that reports the metrics; it fills in the fields that are not given: path, names and labels. Default: none."),
  port: integer(1, 65_535).optional().describe("Port of the metrics, where they have one of their own. Default: web.port."),
  path: requestPath().optional().describe(`Path of the metrics. Default: ${DEFAULT_NAMES.path}, or that of the preset.`),
  host: hostHeader()
    .optional()
    .describe("Host header of the operator's requests. Default: web.health.host, or the first of routing.hosts without a wildcard."),
  requestDuration: metricName()
    .optional()
    .describe(`Name of the histogram of request durations, in seconds. Default: ${DEFAULT_NAMES.requestDuration}, or that of the preset.`),
  statusLabel: labelName()
    .optional()
    .describe(`Label of that histogram that holds the HTTP status. Default: ${DEFAULT_NAMES.statusLabel}, or that of the preset.`),
  requests: z
    .strictObject({
      name: metricName().describe("Name of the counter, as the page writes it, often with _total."),
      statusLabel: labelName().optional().describe("Label of the counter that holds the HTTP status. Default: web.metrics.statusLabel."),
    })
    .optional()
    .describe("A counter of requests with their status, for histograms without one: requests and errors are counted by it. Default: none."),
  routeLabel: labelName()
    .optional()
    .describe("Label that holds the route. Default: the first of route, path, uri, handler, endpoint and view that a series has."),
  excludeRoutes: setOf(text(1024), 50)
    .optional()
    .describe(
      "Routes whose requests are not users' requests, as the route label has them; one that ends in * stands for all that begin so. Default: the paths of web.health and of the metrics.",
    ),
  basicAuth: passthrough().optional().describe("Refused: the operator never reads Secrets. See web.metrics.port."),
  bearer: passthrough().optional().describe("Refused: the operator never reads Secrets. See web.metrics.port."),
});

type Fields = z.output<typeof fields>;

const RULES: readonly Rule<Fields>[] = (["basicAuth", "bearer"] as const).map((field) => ({
  cel: `!has(self.${field})`,
  holds: (metrics) => metrics[field] === undefined,
  message: CREDENTIALS,
  field,
}));

/** Where the app reports its metrics, and how they are named: `web.metrics`. */
export const metricsSchema = withRules(fields, RULES).transform(fillNames);

/** `web.metrics` with all names filled in. */
export type WebMetrics = z.output<typeof metricsSchema>;

function fillNames(given: Fields) {
  const { preset, port, host, routeLabel, excludeRoutes } = given;
  const names = preset === undefined ? DEFAULT_NAMES : PRESET_NAMES[preset];
  const own = preset === undefined ? given : withoutOldDefaults(given);
  const statusLabel = own.statusLabel ?? names.statusLabel;
  const requests = own.requests ?? names.requests;
  return {
    preset,
    port,
    host,
    path: own.path ?? names.path,
    requestDuration: own.requestDuration ?? names.requestDuration,
    statusLabel,
    requests: requests && { name: requests.name, statusLabel: requests.statusLabel ?? statusLabel },
    routeLabel,
    excludeRoutes,
  };
}

/** The CRD of earlier versions stored its defaults in every web.metrics; beside a preset they are not the user's words. */
function withoutOldDefaults(given: Fields): Pick<Fields, "path" | "requestDuration" | "statusLabel" | "requests"> {
  const { path, requestDuration, statusLabel, requests } = given;
  const isStored = requestDuration === DEFAULT_NAMES.requestDuration && statusLabel === DEFAULT_NAMES.statusLabel;
  return isStored ? { path: path === DEFAULT_NAMES.path ? undefined : path, requests } : given;
}

/** Where one pod of a release is asked for its metrics, and which of them count. */
export interface MetricsEndpoint {
  readonly port: number;
  readonly path: string;
  /** Host header; undefined where the pod's address will do. */
  readonly host: string | undefined;
  readonly requestDuration: string;
  readonly statusLabel: string;
  readonly requests: { readonly name: string; readonly statusLabel: string } | undefined;
  readonly routeLabel: string | undefined;
  readonly excludeRoutes: readonly string[];
}

interface MetricsOwner {
  readonly web: {
    readonly port: number;
    readonly health: { readonly live: string; readonly ready: string; readonly host?: string | undefined };
    readonly metrics: WebMetrics;
  };
  readonly routing?: { readonly hosts: readonly string[] } | undefined;
}

/** The endpoint that a spec describes. */
export function metricsEndpoint({ web, routing }: MetricsOwner): MetricsEndpoint {
  const {
    preset,
    port = web.port,
    path,
    host = requestHost(web.health, routing),
    requestDuration,
    statusLabel,
    requests,
    routeLabel,
  } = web.metrics;
  // Users ask for the root too, far more often than a probe does.
  const operational = [web.health.live, web.health.ready, path].filter((route) => route !== "/");
  const ownRoutes = preset === undefined ? [] : PRESET_NAMES[preset].ownRoutes;
  return {
    port,
    path,
    host,
    requestDuration,
    statusLabel,
    requests,
    routeLabel,
    excludeRoutes: [...new Set([...(web.metrics.excludeRoutes ?? operational), ...ownRoutes])],
  };
}
