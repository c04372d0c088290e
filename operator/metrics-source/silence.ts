import type { ScrapeFailure } from "./pod-scraper.ts";
import type { MetricsEndpoint } from "../measurement/sampling-job.ts";

/** What was asked of a web pod, what came back, and which field usually mends it. */
export function describeSilence({ port, path }: Pick<MetricsEndpoint, "port" | "path">, { reason, status }: ScrapeFailure): string {
  return `GET ${path} at port ${port}: ${reason}${hintOf(status)}`;
}

function hintOf(status: number | undefined): string {
  if (status === 400 || status === 421) return "; the app may expect another Host header (web.metrics.host)";
  if (status === 401 || status === 403) return "; serve the metrics without authentication, on a port of their own (web.metrics.port)";
  return status === 404 ? "; the page may be elsewhere (web.metrics.path, web.metrics.port)" : "";
}
