import type { SideBySide } from "./measurement.ts";

/** Which requests are not users' requests. */
export interface RouteFilter {
  /** The label that holds the route. Default: the first of ROUTE_LABELS that a series has. */
  readonly routeLabel?: string | undefined;
  /** Routes that do not count; one that ends in * stands for all that begin so. A slash at either end makes no difference. */
  readonly excludeRoutes: readonly string[];
}

/** Which metrics count requests. */
export interface RequestMetrics extends RouteFilter {
  /** Name of the histogram of durations, in seconds. */
  readonly requestDuration: string;
  /** Its label that holds the HTTP status, such as 200, 404 or 5xx. */
  readonly statusLabel: string;
  /** A counter of requests with their status, for histograms that have none; requests and errors are then read from it alone. */
  readonly requests?: { readonly name: string; readonly statusLabel: string } | undefined;
}

/** Where a Prometheus answers. */
export interface PrometheusSource {
  /** Base URL, with the path prefix where it has one. */
  readonly url: string;
  /** A file that holds a bearer token, read at each query. Only for a URL that the operator's own options name: a user's URL must never get it. */
  readonly bearerTokenFile?: string;
}

/** One web pod of a release on trial. */
export interface SampledPod {
  readonly pod: string;
  /** The pod's IP address. */
  readonly address: string;
  /** Only ready pods get probes, and only they are expected to report; the counts of others are taken where they answer. */
  readonly ready: boolean;
  /** Restarts of the app's container. */
  readonly restarts: number;
  /** When the pod was created, in milliseconds since 1970. */
  readonly createdMs: number;
}

/** Where the pods of one release report their metrics, and which of them count. */
export interface MetricsEndpoint extends RequestMetrics {
  /** Port of the metrics; web.port, or one of their own. */
  readonly port: number;
  readonly path: string;
  /** Host header of the requests. Default: the pod's address and port. */
  readonly host?: string | undefined;
}

/** Where probes ask the pods of one release. */
export interface ProbedPort {
  readonly port: number;
  /** Host header of the requests. Default: the pod's address and port. */
  readonly host?: string | undefined;
}

/** The pods of one release, and where that release itself says that they answer. */
export interface SampledRelease {
  readonly pods: readonly SampledPod[];
  readonly metrics: MetricsEndpoint;
  readonly web: ProbedPort;
}

/** A path that is asked for on pods of both releases. */
export interface Probe {
  readonly path: string;
  /** Status codes of a good answer. */
  readonly expectStatus: readonly number[];
  /** Requests per interval, shared among the pods of a release. */
  readonly perInterval: number;
  readonly timeoutSeconds: number;
}

/** What to sample for one app. */
export interface SamplingJob {
  /** What is on trial, such as the candidate's release; another id begins with an empty history. */
  readonly id: string;
  /** When the trial began, in milliseconds since 1970: candidate pods created since then are counted from their first request on. */
  readonly trialStartedMs: number;
  /** Seconds between two rounds. */
  readonly intervalSeconds: number;
  readonly placements: SideBySide<SampledRelease>;
  readonly probes: readonly Probe[];
  /** A Prometheus that is asked for the pods' counters and for the queries, instead of the pods themselves. */
  readonly prometheus?: (PrometheusSource & { readonly namespace: string }) | undefined;
  readonly queries: readonly { readonly name: string; readonly promql: string }[];
}
