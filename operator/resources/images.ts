/** Images of the parts that the operator adds around the user's own; the chart may replace each. */
export interface Images {
  readonly pgbouncer: string;
  readonly redis: string;
  /** Brings psql, for the upkeep of data. */
  readonly postgres: string;
}

/** The images used where the operator's settings name no other. */
export const defaultImages: Images = {
  pgbouncer: "docker.io/edoburu/pgbouncer:v1.25.2-p0",
  redis: "docker.io/library/redis:8",
  postgres: "docker.io/library/postgres:17",
};
