import { VARIABLES_OF_ONE_GROUP } from "./contract-variables.ts";
import type { ComponentGroup } from "./membership.ts";
import type { EffectiveSpec } from "./scalable-app.ts";

/** Why a component of a group has not the variable of ours that its text refers to, and what to change: a clause after "$(NAME)". */
export function whyMissing(spec: EffectiveSpec, name: string, group: ComponentGroup): string {
  if (name.startsWith("REDIS_")) return whyNoRedis(spec, name);
  if (name === "SCALABLEAPP_RUN_ID") return "is given to schedules alone: remove it here, or use $(SCALABLEAPP_RELEASE)";
  return whyNoDatabase(spec, name, group);
}

function whyNoDatabase({ postgres }: EffectiveSpec, name: string, group: ComponentGroup): string {
  if (postgres === undefined) return "needs spec.postgres, the database: add it, or give the variable in env or envFrom";
  const isPooled = postgres.pooler.mode !== "none" && group !== VARIABLES_OF_ONE_GROUP.DATABASE_DIRECT_URL;
  if (name === "DATABASE_DIRECT_URL") {
    return "is given to the migration and the contract migration alone: use $(DATABASE_URL) here, or move the variable to spec.migration.env";
  }
  if (name === "PGSSLROOTCERT") {
    return isPooled
      ? "is not given beside a pooler, which checks the server's certificate itself: remove it here"
      : "needs spec.postgres.tls, the certificate authority of the server: add it";
  }
  if (name.startsWith("DATABASE_REPLICA_")) {
    return postgres.replicas.length > 0 && isPooled
      ? "is not given beside a pooler: use $(DATABASE_REPLICA_URLS)"
      : `needs an entry in spec.postgres.replicas, which has ${postgres.replicas.length}: add it`;
  }
  return "is known only to the Secret while postgres.pooler.mode is none: set it to sidecar, or name the Secret's keys in spec.postgres.partsFrom";
}

function whyNoRedis({ redis }: EffectiveSpec, name: string): string {
  const field = name.startsWith("REDIS_CACHE_") ? "cache" : "queue";
  return redis?.[field] === undefined
    ? `needs spec.redis.${field}: add it, such as redis: {${field}: {}}, or give the variable in env or envFrom`
    : `is known only to the Secret of the external Redis: name its keys in spec.redis.${field}.partsFrom`;
}
