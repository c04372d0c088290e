import type { V1EnvVar } from "@kubernetes/client-node";
import type { Postgres } from "../../api/postgres.ts";
import { poolerPort, primaryAlias, replicaAlias } from "./pooler.ts";

const host = "127.0.0.1";

/** The database as the app sees it through the pooler beside it: on loopback, and without a password to lose. */
export function pooledDatabaseEnvironment(postgres: Postgres): V1EnvVar[] {
  const replicas = postgres.replicas.map((_, index) => urlOf(replicaAlias(index)));
  return [
    { name: "DATABASE_HOST", value: host },
    { name: "DATABASE_PORT", value: String(poolerPort) },
    { name: "DATABASE_NAME", value: primaryAlias },
    { name: "DATABASE_USER", value: primaryAlias },
    { name: "DATABASE_PASSWORD", value: "" },
    { name: "DATABASE_URL", value: urlOf(primaryAlias) },
    ...(replicas.length === 0 ? [] : [{ name: "DATABASE_REPLICA_URLS", value: replicas.join(",") }]),
  ];
}

function urlOf(alias: string): string {
  return `postgres://${primaryAlias}@${host}:${poolerPort}/${alias}`;
}
