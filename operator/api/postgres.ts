import { z } from "zod";
import { postgresPartsSchema } from "./connection-parts.ts";
import { cronExpression } from "./duration.ts";
import { interval } from "./interval.ts";
import { secretKeyReferenceSchema, urlFromSchema } from "./reference.ts";
import { resourcesSchema } from "./container.ts";
import { celList, celValue, exactlyOne, withRules } from "./rule.ts";
import { integer, list, listByKeys, listByName, matching } from "./text.ts";

/** The settings of pgbouncer.ini that users may set; the operator owns all others. */
export const POOLER_PARAMETERS = [
  "autodb_idle_timeout",
  "client_idle_timeout",
  "client_login_timeout",
  "default_pool_size",
  "disable_pqexec",
  "ignore_startup_parameters",
  "idle_transaction_timeout",
  "log_connections",
  "log_disconnections",
  "log_pooler_errors",
  "log_stats",
  "max_packet_size",
  "max_prepared_statements",
  "min_pool_size",
  "query_timeout",
  "query_wait_timeout",
  "reserve_pool_size",
  "reserve_pool_timeout",
  "server_check_delay",
  "server_check_query",
  "server_connect_timeout",
  "server_fast_close",
  "server_idle_timeout",
  "server_lifetime",
  "server_login_retry",
  "server_reset_query",
  "server_reset_query_always",
  "server_round_robin",
  "stats_period",
  "tcp_keepalive",
  "tcp_keepcnt",
  "tcp_keepidle",
  "tcp_keepintvl",
  "tcp_user_timeout",
  "track_extra_parameters",
  "transaction_timeout",
  "verbose",
] as const;

const identifier = () =>
  matching(
    127,
    /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/,
    "must be the name of a table, with its schema or without, such as events or app.events",
  );

const poolerSchema = z.strictObject({
  mode: z
    .enum(["sidecar", "shared", "none", "auto"])
    .default("none")
    .describe(
      "Where PgBouncer runs: beside each app container, in pods of its own, nowhere, or as the connection budget asks. Default: by stage (mvp none, growth and steady sidecar, scale and hyperscale auto).",
    ),
  poolMode: z.enum(["transaction", "session"]).default("transaction").describe("When a server connection goes back to the pool."),
  poolSize: integer(1, 1000)
    .default(5)
    .describe(
      "Server connections of one pooler, at most. Each pod gets fewer where all that can exist at once would not fit into the database.",
    ),
  minPoolSize: integer(1, 1000)
    .default(2)
    .describe("The fewest server connections of one pooler. Where not even they fit, the ceiling of web is lowered."),
  maxClientConnections: integer(1, 100_000).default(1000).describe("Client connections of one pooler, at most."),
  resources: resourcesSchema
    .prefault({})
    .describe(
      "Requests and limits of the pooler's container, over the operator's own: 20m CPU and 32Mi memory requested, and a memory limit by maxClientConnections.",
    ),
  parameters: withRules(
    z
      .record(
        z.string().max(64),
        z
          .string()
          .max(256)
          .regex(/^[^\n\r]*$/, "must be a single line"),
      )
      .meta({ maxProperties: 40 }),
    [
      {
        cel: `self.all(key, key in ${JSON.stringify(POOLER_PARAMETERS).replaceAll('"', "'")})`,
        holds: (parameters) => Object.keys(parameters).every((key) => POOLER_PARAMETERS.some((allowed) => allowed === key)),
        message: `may hold only settings that are safe to change: ${POOLER_PARAMETERS.join(", ")}`,
      },
    ],
  )
    .default({})
    .describe("Further settings of pgbouncer.ini, of those that are safe to change; values are text."),
});

function databaseName() {
  return matching(63, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "must be the name of a database: letters, digits, '_', '.' and '-'");
}

/** Parameters of a URL that name the server, which the pooler alone decides. */
const SERVER_PARAMETERS = ["host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "ssl", "options"];

const MAX_URL_PARAMETERS = 20;

function urlParameters() {
  return withRules(
    z
      .record(z.string().max(63), z.string().max(256, "must be at most 256 characters long"))
      .refine((map) => Object.keys(map).every((key) => /^[A-Za-z_][A-Za-z0-9_.]*$/u.test(key)), {
        message: "must have names of letters, digits, '_' and '.'",
      })
      .refine((map) => Object.keys(map).length <= MAX_URL_PARAMETERS, `must have at most ${MAX_URL_PARAMETERS} entries`)
      .meta({ maxProperties: MAX_URL_PARAMETERS }),
    [
      {
        cel: `self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_.]*$') && !(key in ${celList(SERVER_PARAMETERS)}))`,
        holds: (map) => Object.keys(map).every((key) => !SERVER_PARAMETERS.includes(key)),
        message: `must have names of letters, digits, '_' and '.', and none of ${SERVER_PARAMETERS.join(", ")}, which stand in the Secret's URL`,
      },
    ],
  ).default({});
}

/** The practice: a query of a request takes milliseconds, so one of 10 s is a fault, and whoever waits 5 s for a connection is gone. */
const timeoutsSchema = z.strictObject({
  statementSeconds: integer(0, 86_400)
    .default(10)
    .describe(
      "Seconds after which the server ends a statement of web, workers and schedules (statement_timeout); 0: never. A longer one asks for it in its own transaction: SET LOCAL statement_timeout = '5min'.",
    ),
  lockSeconds: integer(0, 86_400)
    .optional()
    .describe("Seconds after which the server ends a statement that waits for a lock (lock_timeout); 0: never. Default: the server's."),
  idleTransactionSeconds: integer(0, 86_400)
    .default(60)
    .describe(
      "Seconds after which the server ends a transaction in which nothing happens, and its connection (idle_in_transaction_session_timeout); 0: never.",
    ),
  queryWaitSeconds: integer(0, 3600)
    .default(5)
    .describe(
      "Seconds that a client waits for a free connection of the pool at most, then gets an error (query_wait_timeout); 0: for ever.",
    ),
});

const replicaSchema = z.strictObject({
  urlFrom: urlFromSchema.describe("Where the URL of the replica comes from."),
  maxConnections: integer(1, 100_000).default(100).describe("The limit of the replica (its max_connections)."),
});

const partitionSchema = z.strictObject({
  table: identifier().describe("A table that is partitioned by range."),
  column: matching(63, /^[a-z_][a-z0-9_$]*$/, "must be the name of a column").describe(
    "The column of the partition key, of a date or timestamp type; days, weeks and months are those of UTC.",
  ),
  every: z.enum(["day", "week", "month", "year"]).default("month").describe("The range of one partition."),
  ahead: integer(1, 24).default(3).describe("How many partitions are created ahead, beside that of today."),
  keep: integer(1, 1000).optional().describe("How many past partitions are kept; older ones are dropped with their rows. Default: all."),
});

const materializedViewSchema = withRules(
  z.strictObject({
    name: identifier().describe("Name of the view."),
    every: interval().optional().describe("How often to refresh it, such as 5m: an interval that divides an hour, a day or a week evenly."),
    cron: cronExpression().optional().describe("When to refresh it, instead of `every`."),
  }),
  [exactlyOne(["every", "cron"])],
);

const MAX_CONNECTIONS = 100;
const RESERVED_CONNECTIONS = 13;
const MAX_CEL = celValue("maxConnections", MAX_CONNECTIONS);
const RESERVED_CEL = celValue("reservedConnections", RESERVED_CONNECTIONS);

/** The database of the app. */
export const postgresSchema = withRules(
  z.strictObject({
    urlFrom: urlFromSchema.describe(
      "Where the URL of the primary comes from, such as postgres://user:password@host:5432/shop?sslmode=verify-full.",
    ),
    maxConnections: integer(1, 100_000).default(MAX_CONNECTIONS).describe("The limit of the server (its max_connections)."),
    reservedConnections: integer(0, 10_000)
      .default(RESERVED_CONNECTIONS)
      .describe("Connections that are left to superusers, backups and people."),
    partsFrom: postgresPartsSchema
      .optional()
      .describe(
        "A Secret with the parts of the URL of the primary, for DATABASE_HOST and its like where no pooler is in the pod. Default: none; with a pooler the parts are known without it.",
      ),
    database: databaseName()
      .optional()
      .describe(
        "The name of the database on the server, by which the pooler offers it: DATABASE_NAME, and the end of DATABASE_URL. The pooler does not start where the URL names another. Default: app, whatever the database's own name is.",
      ),
    urlParameters: urlParameters().describe(
      "Parameters that the app's client library reads at the end of the pooled DATABASE_URL, such as schema: shop. Values are text.",
    ),
    timeouts: timeoutsSchema
      .prefault({})
      .describe(
        "How long the app may hold the database, through the pooler; migrations are exempt. A setting of the same name in the Secret's URL, or in pooler.parameters, counts instead.",
      ),
    pooler: poolerSchema.prefault({}).describe("PgBouncer between the app and the server."),
    tls: z
      .strictObject({
        caSecretRef: secretKeyReferenceSchema.describe("The Secret and the key in it that hold the certificate of the authority, as PEM."),
      })
      .optional()
      .describe("How the server is verified; sslmode of the URL is honoured. Default: the authorities of the system."),
    replicas: list(replicaSchema, 16).default([]).describe("Read replicas; their URLs are passed as DATABASE_REPLICA_URLS."),
    partitions: listByKeys(partitionSchema, 50, ["table"])
      .default([])
      .describe("Tables whose partitions are created ahead and dropped in time."),
    materializedViews: listByName(materializedViewSchema, 50).default([]).describe("Materialized views that are refreshed."),
  }),
  [
    {
      cel: "!has(self.database) || (self.database != 'pgbouncer' && !self.database.matches('^replica_[0-9]+$'))",
      holds: ({ database }) => database === undefined || !/^(?:pgbouncer|replica_[0-9]+)$/u.test(database),
      message: "must not be pgbouncer or replica_<number>, names that the pooler itself uses",
      field: "database",
    },
    {
      cel: `${RESERVED_CEL} < ${MAX_CEL}`,
      holds: (postgres) => postgres.reservedConnections < postgres.maxConnections,
      message: "must be less than maxConnections, or no connection is left to the app",
      field: "reservedConnections",
    },
    {
      cel: `!has(self.pooler) || !has(self.pooler.poolSize) || ${RESERVED_CEL} >= ${MAX_CEL} || self.pooler.poolSize <= ${MAX_CEL} - ${RESERVED_CEL}`,
      holds: ({ pooler, maxConnections, reservedConnections }) =>
        reservedConnections >= maxConnections || pooler.poolSize <= maxConnections - reservedConnections,
      message: "must fit into maxConnections - reservedConnections: lower it, or raise maxConnections",
      field: "pooler.poolSize",
    },
  ],
);

/** The database of the app. */
export type Postgres = z.output<typeof postgresSchema>;
