import type { Postgres } from "../../api/postgres.ts";
import { parameterProblems } from "../../api/pooler-parameters.ts";
import { poolerPort } from "./pooler.ts";
import { poolSizeOf } from "./pool-size.ts";
import { runDirectory, usersFile } from "./volumes.ts";

/** Thrown where a setting of the pooler could not be written without becoming another setting. */
export class PoolerParameterError extends Error {
  override readonly name = "PoolerParameterError";
  readonly problems: ReturnType<typeof parameterProblems>;

  constructor(problems: ReturnType<typeof parameterProblems>) {
    super(problems.map(({ path, message }) => `${path} ${message}`).join("; "));
    this.problems = problems;
  }
}

/** Drivers send these at login; session settings cannot be kept by transaction pooling, and refusing them would refuse the app. */
const ignored = ["extra_float_digits", "options", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];

/** Settings that a user may replace by `parameters`. Times in seconds. */
const changeable: Readonly<Record<string, string>> = {
  max_prepared_statements: "200",
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
  const { pooler, timeouts } = postgres;
  const problems = parameterProblems(pooler.parameters);
  if (problems.length > 0) throw new PoolerParameterError(problems);
  const settings = {
    ...changeable,
    query_wait_timeout: String(timeouts.queryWaitSeconds),
    default_pool_size: String(pooler.poolSize),
    ...pooler.parameters,
    ignore_startup_parameters: [...new Set([...ignored, ...namesIn(pooler.parameters["ignore_startup_parameters"])])].join(","),
    // Whatever the user sets above, one pod never holds more connections than the budget counts for it.
    max_db_connections: String(poolSizeOf(pooler)),
    pool_mode: pooler.poolMode,
    max_client_conn: String(pooler.maxClientConnections),
    listen_addr: "127.0.0.1",
    listen_port: String(poolerPort),
    unix_socket_dir: runDirectory,
    // The app has no password to show, and is nobody but itself: with "any" each of its containers would be an administrator, who can read
    // all URLs and stop the pooler.
    auth_type: "trust",
    auth_file: usersFile,
  };
  const lines = Object.entries(settings)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} = ${value}`);
  return ["[pgbouncer]", ...lines, `%include ${runDirectory}/databases.ini`, ""].join("\n");
}

function namesIn(list = ""): readonly string[] {
  return list.split(",").filter((name) => name !== "");
}
