import type { V1Probe } from "@kubernetes/client-node";
import type { Web } from "../../api/web.ts";

/** Seconds between two probes of a process that started. */
const periodSeconds = 10;
/** Seconds between two questions whether a pod may get requests: the sooner a sick one leaves the Service, the fewer fail. */
const readinessPeriodSeconds = 5;
/** Failures in a row before a pod leaves the Service, or is restarted. */
const failureThreshold = 3;
/** Seconds between two looks at a process that is starting: short, because each delays the release by half of it. */
const startupPeriodSeconds = 2;
/** Seconds that an answer may take; a busy process must not be taken for a dead one. */
const timeoutSeconds = 3;

/** The three probes of the web container. */
export interface Probes {
  readonly startupProbe: V1Probe;
  readonly readinessProbe: V1Probe;
  readonly livenessProbe: V1Probe;
}

/** Probes by HTTP, or by the gRPC health service (of no name, so that every implementation answers). */
export function webProbes(web: Web): Probes {
  const live = question(web, web.health.live);
  const ready = question(web, web.health.ready);
  return {
    startupProbe: {
      ...live,
      periodSeconds: startupPeriodSeconds,
      failureThreshold: Math.ceil(web.health.startupSeconds / startupPeriodSeconds),
      timeoutSeconds,
    },
    readinessProbe: { ...ready, periodSeconds: readinessPeriodSeconds, failureThreshold, successThreshold: 1, timeoutSeconds },
    livenessProbe: { ...live, periodSeconds, failureThreshold, timeoutSeconds },
  };
}

function question(web: Web, path: string): Pick<V1Probe, "grpc" | "httpGet"> {
  return web.protocol === "grpc" ? { grpc: { port: web.port } } : { httpGet: { path, port: "http" } };
}
