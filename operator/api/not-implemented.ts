import { withStageDefaults } from "./stage.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import { DEFAULT_JOBS_PER_REPLICA } from "./worker.ts";

interface Feature {
  /** The field, below spec; "[]" stands for every entry of a list. */
  readonly path: string;
  /** Whether a value asks for something, beside the other fields of its list's entry; without it every value does. */
  readonly asks?: (value: unknown, entry: unknown) => boolean;
}

const isTrue = (value: unknown): boolean => value === true;
const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : isTree(value) ? Object.keys(value).length > 0 : true;

/** The fields of the schema that this version does not act on. A default of the CRD asks for nothing. Remove an entry in the change that implements it. */
export const FEATURES: readonly Feature[] = [
  { path: "web.autoscaling.predictive.enabled", asks: isTrue },
  { path: "web.autoscaling.databaseGuard.enabled", asks: isTrue },
  { path: "web.autoscaling.triggers", asks: isFilled },
  // Without an autoscaler nobody expects the queue to scale the worker. In a stored spec the default looks as if it were written.
  {
    path: "workers[].queue.jobsPerReplica",
    asks: (jobs, worker) => jobs !== DEFAULT_JOBS_PER_REPLICA && read(worker, "autoscaling") !== undefined,
  },
  // Nothing wakes a worker by its queue, so that one replica stays.
  { path: "workers[].autoscaling.minReplicas", asks: (floor) => floor === 0 },
  { path: "workers[].autoscaling.triggers", asks: isFilled },
  { path: "postgres.pooler.mode", asks: (mode) => mode === "shared" },
  { path: "routing.ingress" },
  { path: "routing.tls" },
  { path: "routing.rateLimits", asks: isFilled },
  { path: "routing.static", asks: isFilled },
  { path: "rollout.freeze.whenErrorBudgetBelowPercent" },
  { path: "slos", asks: isFilled },
  { path: "networkPolicy", asks: (policy) => read(policy, "enabled") !== false },
  { path: "monitoring.serviceMonitor" },
  { path: "monitoring.prometheusRule" },
];

/** The fields of a spec that this version does not act on, such as "spec.routing.tls"; no stage asks for one. */
export function notImplementedFields(rawSpec: unknown): readonly string[] {
  if (!isTree(rawSpec)) return [];
  const spec = withStageDefaults(rawSpec);
  return FEATURES.flatMap(({ path, asks = () => true }) =>
    valuesAt(spec, path)
      .filter(({ value, entry }) => value !== undefined && asks(value, entry))
      .map((found) => `spec.${found.path}`),
  );
}

interface Found {
  readonly path: string;
  readonly value: unknown;
  readonly entry?: unknown;
}

function valuesAt(spec: Tree, path: string): readonly Found[] {
  const [head = "", tail] = path.split("[].");
  const value = read(spec, ...head.split("."));
  if (tail === undefined) {
    return [{ path: head, value }];
  }
  return Array.isArray(value)
    ? value.map((entry, index) => ({ path: `${head}[${index}].${tail}`, entry, value: read(entry, ...tail.split(".")) }))
    : [];
}
