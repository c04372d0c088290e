import { fieldOfComponent } from "./component-fields.ts";
import type { ProbeAnswer } from "./probe-answers.ts";

const words = { startupProbe: "startup", readinessProbe: "readiness", livenessProbe: "liveness" } as const;

/** What a pod of a component answered, and which field to change: "readiness answers 404 at /healthz: set web.health.ready". */
export function describeProbeAnswer(component: string, answer: ProbeAnswer): string {
  const { probe, port, path, outcome } = answer;
  const field = fieldOfComponent(component);
  if (outcome === "refused") {
    return `${words[probe]} finds that nothing listens on port ${port}: set ${field}.port, or let the app listen on the port in PORT, on all addresses (not on 127.0.0.1 alone)`;
  }
  const where = path === undefined ? `port ${port}` : path;
  const health = `${field}.health.${probe === "readinessProbe" ? "ready" : "live"}`;
  if (typeof outcome === "number") return `${words[probe]} answers ${outcome} at ${where}: ${remedy(answer, outcome, { field, health })}`;
  return `${words[probe]} gets no good answer at ${where}, port ${port} (${outcome.failure}): check ${health} and ${field}.port, and read the log of the app`;
}

interface Fields {
  readonly field: string;
  readonly health: string;
}

function remedy({ host, probe }: ProbeAnswer, status: number, { field, health }: Fields): string {
  const asked = host === undefined ? "the address of the pod" : host;
  if (status === 400 || status === 421) {
    return `the app may want another Host header than ${asked}: set ${field}.health.host or routing.hosts`;
  }
  if (status === 401 || status === 403) {
    return `the path must answer without a login, and the app may want another Host header than ${asked}: set ${health}, ${field}.health.host or routing.hosts`;
  }
  if (status < 500) return `set ${health} to a path that answers 200`;
  const ready = probe === "readinessProbe" ? "the app says that it is not ready" : "the app says that it does not work";
  return `${ready}; its log says why, or set ${health} to another path`;
}

/** Whether an answer is about the request, and not about what the app needs, such as its database. */
export function concernsRequest({ outcome }: ProbeAnswer): boolean {
  return typeof outcome === "number" && outcome >= 400 && outcome < 500;
}
