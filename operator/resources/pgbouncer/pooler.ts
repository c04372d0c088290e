import type { EffectiveSpec } from "../../api/scalable-app.ts";

/** The port on loopback where the pooler listens. */
export const poolerPort = 6432;
/** The name by which the pooler knows the primary, and the user that every client may be. */
export const primaryAlias = "app";

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
