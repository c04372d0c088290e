import { POOLER_PARAMETERS } from "./postgres.ts";

/** The name of a setting that users may set. */
export type PoolerParameter = (typeof POOLER_PARAMETERS)[number];

interface Kind {
  readonly pattern: RegExp;
  readonly remedy: string;
}

const count: Kind = { pattern: /^[0-9]{1,9}$/u, remedy: "must be a whole number" };
const seconds: Kind = { pattern: /^[0-9]{1,9}(\.[0-9]{1,6})?$/u, remedy: "must be a number of seconds" };
const flag: Kind = { pattern: /^[01]$/u, remedy: "must be 0 or 1" };
const names: Kind = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*(,[A-Za-z_][A-Za-z0-9_]*)*$/u,
  remedy: "must be names with commas and no spaces between",
};
const sql: Kind = { pattern: /^[A-Za-z][A-Za-z0-9_ ,.=()*]*$/u, remedy: "must be one SQL command of letters, digits and spaces" };

/** What each setting holds; typed, so that no text of a user's becomes a line of its own in pgbouncer.ini. */
const kinds: Readonly<Record<PoolerParameter, Kind>> = {
  autodb_idle_timeout: seconds,
  client_idle_timeout: seconds,
  client_login_timeout: seconds,
  default_pool_size: count,
  disable_pqexec: flag,
  ignore_startup_parameters: names,
  idle_transaction_timeout: seconds,
  log_connections: flag,
  log_disconnections: flag,
  log_pooler_errors: flag,
  log_stats: flag,
  max_packet_size: count,
  max_prepared_statements: count,
  min_pool_size: count,
  query_timeout: seconds,
  query_wait_timeout: seconds,
  reserve_pool_size: count,
  reserve_pool_timeout: seconds,
  server_check_delay: seconds,
  server_check_query: sql,
  server_connect_timeout: seconds,
  server_fast_close: flag,
  server_idle_timeout: seconds,
  server_lifetime: seconds,
  server_login_retry: seconds,
  server_reset_query: sql,
  server_reset_query_always: flag,
  server_round_robin: flag,
  stats_period: count,
  tcp_keepalive: flag,
  tcp_keepcnt: count,
  tcp_keepidle: count,
  tcp_keepintvl: count,
  tcp_user_timeout: count,
  track_extra_parameters: names,
  transaction_timeout: seconds,
  verbose: count,
};

/** What a user must change in `postgres.pooler.parameters`; empty where every setting may be written as it is. */
export function parameterProblems(parameters: Readonly<Record<string, string>>): { readonly path: string; readonly message: string }[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const path = `spec.postgres.pooler.parameters.${name}`;
    if (!isParameter(name)) return [{ path, message: "is not a setting that may be changed: remove it" }];
    const kind = kinds[name];
    return kind.pattern.test(value) ? [] : [{ path, message: kind.remedy }];
  });
}

function isParameter(name: string): name is PoolerParameter {
  return Object.hasOwn(kinds, name);
}
