/** Which metrics count the requests of an app, as its library names them. */
export interface MetricNames {
  readonly path: string;
  readonly requestDuration: string;
  readonly statusLabel: string;
  readonly requests?: { readonly name: string; readonly statusLabel: string };
  /** Routes of the library itself, as it labels them. */
  readonly ownRoutes: readonly string[];
}

/** The libraries whose names are known. */
export const METRICS_PRESETS = ["micrometer", "django-prometheus", "prometheus-net", "promhttp", "prom-client"] as const;
/** A library whose names are known. */
export type MetricsPreset = (typeof METRICS_PRESETS)[number];

/** The names where no preset is given; those that the CRD of earlier versions filled in. */
export const DEFAULT_NAMES: MetricNames = {
  path: "/metrics",
  requestDuration: "http_request_duration_seconds",
  statusLabel: "status_code",
  ownRoutes: [],
};

/** Each library with its defaults; operator/metrics-source/testdata/ holds a page of each. */
export const PRESET_NAMES: Readonly<Record<MetricsPreset, MetricNames>> = {
  // Spring Boot 2 and 3 with the actuator.
  micrometer: {
    path: "/actuator/prometheus",
    requestDuration: "http_server_requests_seconds",
    statusLabel: "status",
    ownRoutes: ["/actuator/*"],
  },
  // Its histogram has no status, and counts a request that raised twice.
  "django-prometheus": {
    path: "/metrics",
    requestDuration: "django_http_requests_latency_seconds_by_view_method",
    statusLabel: "status",
    requests: { name: "django_http_responses_total_by_status_view_method_total", statusLabel: "status" },
    ownRoutes: ["prometheus-django-metrics"],
  },
  "prometheus-net": { ...DEFAULT_NAMES, statusLabel: "code" },
  // The library has no names of its own; these are those of its example of a middleware.
  promhttp: { ...DEFAULT_NAMES, statusLabel: "code" },
  // With express-prom-bundle, or as its README names a histogram.
  "prom-client": DEFAULT_NAMES,
};
