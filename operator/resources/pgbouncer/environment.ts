import type { V1EnvVar } from "@kubernetes/client-node";
import type { Postgres } from "../../api/postgres.ts";
import { databaseAlias, poolerPort, poolerUser, replicaAlias } from "./pooler.ts";

const host = "127.0.0.1";

/** The parts of the connection to the pooler beside the app: on loopback, and without a password to lose. */
export function pooledParts(postgres: Postgres): V1EnvVar[] {
  return [
    { name: "DATABASE_HOST", value: host },
    { name: "DATABASE_PORT", value: String(poolerPort) },
    { name: "DATABASE_NAME", value: databaseAlias(postgres) },
    { name: "DATABASE_USER", value: poolerUser },
    { name: "DATABASE_PASSWORD", value: "" },
  ];
}

/** The URLs of the databases as the app sees them through the pooler beside it. */
export function pooledUrls(postgres: Postgres): V1EnvVar[] {
  const query = queryOf(postgres.urlParameters);
  const replicas = postgres.replicas.map((_, index) => urlOf(replicaAlias(index)) + query);
  return [
    { name: "DATABASE_URL", value: urlOf(databaseAlias(postgres)) + query },
    ...(replicas.length === 0 ? [] : [{ name: "DATABASE_REPLICA_URLS", value: replicas.join(",") }]),
  ];
}

/** In alphabetical order, as they do not say in which order they were written. A comma would end a URL in DATABASE_REPLICA_URLS, so it is encoded like all else. */
function queryOf(parameters: Postgres["urlParameters"]): string {
  const pairs = Object.entries(parameters)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function urlOf(alias: string): string {
  return `postgres://${poolerUser}@${host}:${poolerPort}/${alias}`;
}
