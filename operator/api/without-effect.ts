import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";

/** A field that is given and does nothing beside the others that are given. */
export interface IdleField {
  /** Such as "spec.rollout.blueGreen". */
  readonly path: string;
  /** What it would need. */
  readonly reason: string;
}

interface IdleRule {
  readonly paths: readonly string[];
  readonly reason: string;
  readonly isIdle: (spec: Tree) => boolean;
}

/** Expects the spec with the defaults of its stage filled in. */
const RULES: readonly IdleRule[] = [
  {
    paths: ["rollout.canary.steps", "rollout.canary.match"],
    reason: "needs rollout.strategy: canary",
    isIdle: (spec) => read(spec, "rollout", "strategy") !== "canary",
  },
  {
    paths: ["rollout.blueGreen"],
    reason: "needs rollout.strategy: blueGreen",
    isIdle: (spec) => read(spec, "rollout", "strategy") !== "blueGreen",
  },
  {
    paths: [
      "postgres.database",
      "postgres.urlParameters",
      ...["poolMode", "poolSize", "minPoolSize", "maxClientConnections", "parameters", "resources"].map(
        (field) => `postgres.pooler.${field}`,
      ),
    ],
    reason: "needs a pooler: set postgres.pooler.mode to sidecar",
    isIdle: (spec) => (read(spec, "postgres", "pooler", "mode") ?? "none") === "none",
  },
  {
    paths: ["postgres.partsFrom"],
    reason: "needs postgres.pooler.mode: none; with a pooler the parts are those of the pooler",
    isIdle: (spec) => (read(spec, "postgres", "pooler", "mode") ?? "none") !== "none",
  },
  ...(["cache", "queue"] as const).map((server) => ({
    paths: ["memory", "storage", "storageClassName", "urlFrom", "partsFrom", "resources"].map((field) => `redis.${server}.${field}`),
    reason: `is switched off by redis.${server}.enabled: false`,
    isIdle: (spec: Tree) => read(spec, "redis", server, "enabled") === false,
  })),
  {
    paths: ["deletionPolicy.queueVolume"],
    reason: "needs a managed redis.queue",
    isIdle: (spec) => read(spec, "redis", "queue") === undefined || read(spec, "redis", "queue", "urlFrom") !== undefined,
  },
  { paths: ["rollout.canary.analysis"], reason: "is switched off by rollout.canary.analysis.enabled: false", isIdle: hasIdleAnalysis },
];

function hasIdleAnalysis(spec: Tree): boolean {
  const analysis = read(spec, "rollout", "canary", "analysis");
  return isTree(analysis) && analysis["enabled"] === false && Object.keys(analysis).length > 1;
}

/** The fields of a spec that the user gave and that do nothing, because another field is missing or switches them off. */
export function idleFields(rawSpec: unknown, effectiveSpec: Tree): readonly IdleField[] {
  return RULES.filter(({ isIdle }) => isIdle(effectiveSpec)).flatMap(({ paths, reason }) =>
    paths.filter((path) => isGiven(read(rawSpec, ...path.split(".")))).map((path) => ({ path: `spec.${path}`, reason })),
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(isTree(value) && Object.keys(value).length === 0);
}
