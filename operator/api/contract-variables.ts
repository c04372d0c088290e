import type { EffectiveSpec } from "./scalable-app.ts";

const ALWAYS = ["PORT", "SCALABLEAPP_NAME", "SCALABLEAPP_COMPONENT", "SCALABLEAPP_RELEASE", "SCALABLEAPP_TRACK", "SCALABLEAPP_RUN_ID"];
const PARTS = ["URL", "HOST", "PORT", "USER", "PASSWORD"];

/** Every variable that the operator may set in some container of an app, so that `$(NAME)` in the user's own can mean it. */
export function contractVariables({ postgres, redis }: EffectiveSpec): readonly string[] {
  return [
    ...ALWAYS,
    ...(postgres === undefined ? [] : ["DATABASE_DIRECT_URL", "DATABASE_NAME", "PGSSLROOTCERT", ...partsOf("DATABASE")]),
    ...(postgres === undefined || postgres.replicas.length === 0
      ? []
      : ["DATABASE_REPLICA_URLS", ...postgres.replicas.map((_, index) => `DATABASE_REPLICA_${index}_URL`)]),
    ...(redis?.cache === undefined ? [] : partsOf("REDIS_CACHE")),
    ...(redis?.queue === undefined ? [] : partsOf("REDIS_QUEUE")),
  ];
}

function partsOf(prefix: string): readonly string[] {
  return PARTS.map((part) => `${prefix}_${part}`);
}
