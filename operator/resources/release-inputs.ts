import { withoutFrozenDefaults } from "../api/frozen-defaults.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { withoutMootNulls } from "./unions.ts";
import { withoutUnknownFields } from "../api/unknown-fields.ts";
import { readTree } from "../base/read.ts";

/** The fields of the spec that pods are made of; all others change without a release. */
const fields = [
  "image",
  "imagePullPolicy",
  "imagePullSecrets",
  "stage",
  "env",
  "envFrom",
  "files",
  "scratch",
  "scratchSize",
  "volumes",
  "serviceAccount",
  "podSecurity",
  "podMetadata",
  "scheduling",
  "initContainers",
  "sidecars",
  "web",
  "workers",
  "schedules",
  "migration",
  "postgres",
  "redis",
  "overlays",
] as const;

/** What of some fields is no part of the pods: bounds, limits, pauses, and work that is done outside of pods. */
const narrowed: Readonly<Record<string, (value: unknown) => unknown>> = {
  serviceAccount: (account) => pick(account, ["name"]),
  volumes: each(narrowVolume),
  web: (web) => omit(web, ["autoscaling", "replicas", "metrics"]),
  workers: each((worker) => {
    const kept = omit(worker, ["autoscaling", "replicas", "busy", "singleton"]);
    return isTree(kept) ? { ...kept, queue: omit(kept["queue"], ["jobsPerReplica"]) } : kept;
  }),
  schedules: each((schedule) => omit(schedule, ["suspend"])),
  migration: narrowMigration,
  postgres: narrowPostgres,
  redis: (redis) =>
    isTree(redis) ? Object.fromEntries(Object.entries(redis).map(([name, server]) => [name, kindOfRedis(server)])) : redis,
  overlays: narrowOverlays,
};

/**
 * What decides which release a spec is: the user's own words about its pods, not what an operator makes of them. So no newer
 * operator, newer default or changed image of a sidecar starts a release by itself.
 */
export function releaseInputs(rawSpec: unknown): Tree {
  // A field that only a newer version knows may be the default of a newer CRD, so it is nothing that the user said.
  const known = withoutUnknownFields(rawSpec).spec;
  const spec = readTree(known);
  const kept = fields.flatMap((field) => {
    const value = spec[field];
    return value === undefined ? [] : [[field, (narrowed[field] ?? ((same) => same))(value)] as const];
  });
  return withoutFrozenDefaults(Object.fromEntries(kept));
}

function omit(value: unknown, names: readonly string[]): unknown {
  return isTree(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : value;
}

function pick(value: unknown, names: readonly string[]): unknown {
  return isTree(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name))) : value;
}

function each(narrow: (entry: unknown) => unknown): (list: unknown) => unknown {
  return (list) => (Array.isArray(list) ? list.map(narrow) : list);
}

/** Pods know of a volume that the operator provides only that there is one; its size, class and access modes are the claim's. */
function narrowVolume(volume: unknown): unknown {
  const kept = omit(volume, ["storageClassName", "accessModes"]);
  return isTree(kept) && kept["storage"] !== undefined && kept["storage"] !== null ? { ...kept, storage: "provided" } : kept;
}

function narrowMigration(migration: unknown): unknown {
  const kept = omit(migration, ["quiesce"]);
  return isTree(kept) && isTree(kept["contract"]) ? { ...kept, contract: omit(kept["contract"], ["afterSeconds"]) } : kept;
}

function narrowPostgres(postgres: unknown): unknown {
  const kept = omit(postgres, ["maxConnections", "reservedConnections", "partitions", "materializedViews"]);
  return isTree(kept) ? { ...kept, replicas: each((replica) => omit(replica, ["maxConnections"]))(kept["replicas"]) } : kept;
}

/** Pods know of a Redis only where it is; how large a managed one is does not concern them. One without parts is as it ever was. */
function kindOfRedis(server: unknown): unknown {
  if (!isTree(server)) return server;
  if (server["enabled"] === false) return "none";
  const { urlFrom, partsFrom } = server;
  return urlFrom === undefined ? "managed" : partsFrom === undefined ? urlFrom : { urlFrom, partsFrom };
}

/** An overlay of a Deployment reaches its pods by the template alone; schedules and the migration are kept whole. */
function narrowOverlays(overlays: unknown): unknown {
  if (!isTree(overlays)) return overlays;
  const entries = Object.entries(overlays).flatMap(([component, given]): [string, unknown][] => {
    const patch = withoutMootNulls(given);
    if (component === "migration" || component === "contract" || component.startsWith("schedule-")) return [[component, patch]];
    if (component !== "web" && !component.startsWith("worker-")) return [];
    const template = isTree(patch) && isTree(patch["spec"]) ? patch["spec"]["template"] : undefined;
    return template === undefined ? [] : [[component, { template }]];
  });
  return Object.fromEntries(entries);
}
