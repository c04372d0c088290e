import { withStageDefaults } from "./stage.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";

interface Feature {
  /** The field, below spec; "[]" stands for every entry of a list. */
  readonly path: string;
  /** Whether a value asks for something; without it every value does. */
  readonly asks?: (value: unknown) => boolean;
  /** Of a field of a list's entries: whether the entry asks for it, given or not. */
  readonly entryAsks?: (entry: unknown) => boolean;
}

const isTrue = (value: unknown): boolean => value === true;
const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : isTree(value) ? Object.keys(value).length > 0 : true;

/** The fields of the schema that this version does not act on. A default of the CRD asks for nothing. Remove an entry in the change that implements it. */
export const FEATURES: readonly Feature[] = [
  { path: "web.autoscaling.schedules", asks: isFilled },
  { path: "web.autoscaling.predictive.enabled", asks: isTrue },
  { path: "web.autoscaling.databaseGuard.enabled", asks: isTrue },
  { path: "web.autoscaling.triggers", asks: isFilled },
  // Without an autoscaler nobody expects the queue to scale the worker. That releases end idle workers first works.
  {
    path: "workers[].queue.jobsPerReplica",
    entryAsks: (worker) => read(worker, "queue") !== undefined && read(worker, "autoscaling") !== undefined,
  },
  { path: "workers[].autoscaling.triggers", asks: isFilled },
  { path: "postgres.pooler.mode", asks: (mode) => mode === "shared" },
  { path: "postgres.partitions", asks: isFilled },
  { path: "postgres.materializedViews", asks: isFilled },
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

/** A field that has no effect in this version. */
export interface NotImplementedField {
  /** Such as "spec.routing" or "spec.workers[0].queue". */
  readonly path: string;
  /** Whether the stage asks for it, not the user. */
  readonly byStage: boolean;
}

/** The fields of a spec, as the user or its stage gives them, that this version does not act on. */
export function notImplementedFields(rawSpec: unknown): readonly NotImplementedField[] {
  if (!isTree(rawSpec)) {
    return [];
  }
  const given = new Set(askedFor(rawSpec));
  return askedFor(withStageDefaults(rawSpec)).map((path) => ({ path, byStage: !given.has(path) }));
}

function askedFor(spec: Tree): readonly string[] {
  return FEATURES.flatMap(({ path, asks = () => true, entryAsks }) =>
    valuesAt(spec, path)
      .filter(({ value, entry }) => (entryAsks ? entryAsks(entry) : value !== undefined && asks(value)))
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
