import type { V1Probe } from "@kubernetes/client-node";
import type { WebHealth } from "../../api/health.ts";
import { requestHost } from "../../api/host-header.ts";
import type { Routing } from "../../api/routing.ts";
import type { Web } from "../../api/web.ts";
import type { Worker } from "../../api/worker.ts";

/** The name of the port that a component listens on. */
export const portName = "http";

/** Seconds between two probes of a process that started. */
const livenessPeriodSeconds = 10;
/** Seconds between two questions whether a pod may get requests: the sooner a sick one leaves the Service, the fewer fail. */
const readinessPeriodSeconds = 5;
/** Failures in a row before a pod leaves the Service, or is restarted. */
const failureThreshold = 3;
/** Seconds between two looks at a process that is starting: short, because each delays the release by half of it. */
const startupPeriodSeconds = 2;
/** Seconds that an answer may take where no health is described; a busy process must not be taken for a dead one. */
const defaultTimeoutSeconds = 3;

/** The three probes of a component's container. */
export interface Probes {
  readonly startupProbe: V1Probe;
  readonly readinessProbe: V1Probe;
  readonly livenessProbe: V1Probe;
}

type Question = Pick<V1Probe, "grpc" | "httpGet" | "tcpSocket" | "exec">;

/**
 * Probes by HTTP, by a connection, by a command, or by the gRPC health service (of no name, so that every implementation answers). The
 * kubelet asks the pod's address; many frameworks answer only to their own host names, hence the Host header.
 */
export function webProbes(web: Web, routing: Routing | undefined): Probes {
  const { health } = web;
  if (health.type === undefined && web.protocol === "grpc") {
    const question = { grpc: { port: web.port } };
    return probes({ live: question, ready: question }, health);
  }
  const ask = asking(health, requestHost(health, routing));
  return probes({ live: ask(health.live), ready: ask(health.ready) }, health);
}

/** The probes of a worker; undefined where it neither listens nor says how to ask it. */
export function workerProbes({ port, health }: Worker, routing: Routing | undefined): Probes | undefined {
  if (health === undefined) {
    const question = { tcpSocket: { port: portName } };
    return port === undefined ? undefined : probes({ live: question, ready: question }, defaults);
  }
  const ask = asking(health, requestHost(health, routing));
  const { live = "/", ready = live } = { live: health.live ?? health.ready, ready: health.ready };
  return probes({ live: ask(live), ready: ask(ready) }, health);
}

const defaults = { startupSeconds: 60, timeoutSeconds: defaultTimeoutSeconds };

function asking({ type, command }: Pick<WebHealth, "type" | "command">, host: string | undefined): (path: string) => Question {
  switch (type) {
    case "tcp":
      return () => ({ tcpSocket: { port: portName } });
    case "exec":
      return () => ({ exec: { command } });
    default:
      return (path) => ({
        httpGet: { path, port: portName, ...(host === undefined ? {} : { httpHeaders: [{ name: "Host", value: host }] }) },
      });
  }
}

type Timing = Pick<WebHealth, "startupSeconds" | "timeoutSeconds" | "periodSeconds">;

function probes(questions: { readonly live: Question; readonly ready: Question }, timing: Timing): Probes {
  const { startupSeconds, timeoutSeconds, periodSeconds } = timing;
  return {
    startupProbe: {
      ...questions.live,
      periodSeconds: startupPeriodSeconds,
      failureThreshold: Math.ceil(startupSeconds / startupPeriodSeconds),
      timeoutSeconds,
    },
    readinessProbe: {
      ...questions.ready,
      periodSeconds: periodSeconds ?? readinessPeriodSeconds,
      failureThreshold,
      successThreshold: 1,
      timeoutSeconds,
    },
    livenessProbe: { ...questions.live, periodSeconds: periodSeconds ?? livenessPeriodSeconds, failureThreshold, timeoutSeconds },
  };
}
