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
 * Whether PgBouncer runs beside the app. "auto" and "shared" do so too: pods of its own are not implemented yet, which a
 * condition reports, and a pooler beside each app bounds the connections all the same.
 */
export function usesPooler(spec: EffectiveSpec): boolean {
  return spec.postgres !== undefined && spec.postgres.pooler.mode !== "none";
}
