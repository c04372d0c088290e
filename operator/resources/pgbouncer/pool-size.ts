import type { Postgres } from "../../api/postgres.ts";

/** The most server connections of one pooler to one server: its pool, and the reserve that opens where clients wait too long. 5 + 2: 7. */
export function poolSizeOf({ poolSize, parameters }: Pick<Postgres["pooler"], "poolSize" | "parameters">): number {
  return poolSize + Number(parameters["reserve_pool_size"] ?? 0);
}
