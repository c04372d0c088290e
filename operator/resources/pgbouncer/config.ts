import type { Postgres } from "../../api/postgres.ts";
import { parameterProblems } from "../../api/pooler-parameters.ts";
import { poolerPort } from "./pooler.ts";
import { runDirectory } from "./volumes.ts";

/** Thrown where a setting of the pooler could not be written without becoming another setting. */
export class PoolerParameterError extends Error {
  override readonly name = "PoolerParameterError";
  readonly problems: ReturnType<typeof parameterProblems>;

  constructor(problems: ReturnType<typeof parameterProblems>) {
    super(problems.map(({ path, message }) => `${path} ${message}`).join("; "));
    this.problems = problems;
  }
}

/** Settings that a user may replace by `parameters`. Times in seconds. */
const changeable: Readonly<Record<string, string>> = {
  max_prepared_statements: "200",
  // Drivers send these at login; session settings cannot be kept by transaction pooling, and refusing them would refuse the app.
  ignore_startup_parameters: "extra_float_digits,options,statement_timeout,lock_timeout,idle_in_transaction_session_timeout",
  query_wait_timeout: "30",
  server_connect_timeout: "5",
  server_login_retry: "1",
  server_idle_timeout: "30",
  server_lifetime: "3600",
  tcp_keepalive: "1",
  tcp_keepidle: "30",
  tcp_keepintvl: "10",
  tcp_keepcnt: "3",
  log_connections: "0",
  log_disconnections: "0",
  log_stats: "0",
};

/**
 * pgbouncer.ini: everything but the addresses, credentials and TLS mode of the databases, which the start script derives
 * from the URLs inside the pod and which the last line includes. The user's settings come before ours that bound them.
 */
export function poolerConfig(postgres: Postgres): string {
  const { pooler } = postgres;
  const problems = parameterProblems(pooler.parameters);
  if (problems.length > 0) throw new PoolerParameterError(problems);
  const settings = {
    ...changeable,
    default_pool_size: String(pooler.poolSize),
    ...pooler.parameters,
    // Whatever the user sets above, one pod never holds more connections than the budget counts for it.
    max_db_connections: String(pooler.poolSize),
    pool_mode: pooler.poolMode,
    max_client_conn: String(pooler.maxClientConnections),
    listen_addr: "127.0.0.1",
    listen_port: String(poolerPort),
    unix_socket_dir: runDirectory,
    auth_type: "any",
  };
  const lines = Object.entries(settings)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} = ${value}`);
  return ["[pgbouncer]", ...lines, `%include ${runDirectory}/databases.ini`, ""].join("\n");
}
