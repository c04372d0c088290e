import { Counter, Histogram } from "prom-client";
import type { Registry } from "prom-client";

import type { RequestObservation } from "../kube/operations.ts";

/** Seconds; the upper bounds follow client-go's, so that dashboards made for it fit. */
const buckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Counts requests to the API server under client-go's metric names. */
export function createRequestMetrics(registry: Registry): (observation: RequestObservation) => void {
  const registers = [registry];
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server by verb, resource and status code; code 0 means no answer.",
    labelNames: ["verb", "resource", "code"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Time until the API server answered.",
    labelNames: ["verb"],
    buckets,
    registers,
  });
  return ({ verb, resource, status, milliseconds }) => {
    total.inc({ verb, resource, code: String(status) });
    duration.observe({ verb }, milliseconds / 1000);
  };
}
