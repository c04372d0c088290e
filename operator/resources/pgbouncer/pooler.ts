import type { Postgres } from "../../api/postgres.ts";
import type { EffectiveSpec } from "../../api/scalable-app.ts";

/** The port on loopback where the pooler listens. */
export const poolerPort = 6432;
/** The user that every client is to the pooler, which knows the one of the server itself. */
export const poolerUser = "app";
/** The name of the file with the URL of the primary. */
export const primaryFile = "app";

/** The name by which the pooler knows the primary: the database's own, where the user says it. */
export function databaseAlias({ database = "app" }: Pick<Postgres, "database">): string {
  return database;
}

/** The name by which the pooler knows a read replica. */
export function replicaAlias(index: number): string {
  return `replica_${index}`;
}

/**
 * Whether PgBouncer runs beside the app. With "auto" it does, because a pooler beside each app is the one kind there is so far;
 * with "shared" too: it bounds the connections all the same, and a condition reports that pods of its own are not implemented.
 */
export function usesPooler(spec: EffectiveSpec): boolean {
  return spec.postgres !== undefined && spec.postgres.pooler.mode !== "none";
}
