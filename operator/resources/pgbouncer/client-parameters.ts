/** Parameters of a URL that concern the client library or its connection alone: the pooler has settings of its own for them, or needs none. */
const clientOnly = [
  "application_name fallback_application_name ApplicationName client_encoding encoding charset adapter serverVersion",
  "connect_timeout connection_timeout loginTimeout socket_timeout socketTimeout timeout checkout_timeout idle_timeout max_lifetime",
  "keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout tcpKeepAlive reconnect",
  "target_session_attrs load_balance_hosts channel_binding gssencmode sslcompression sslnegotiation sslsni sslaccept uselibpqcompat",
  "pgbouncer connection_limit pool pool_size pool_timeout max_idle_connection_lifetime min_pool max_pool",
  "pool_max_conns pool_min_conns pool_max_conn_lifetime pool_max_conn_lifetime_jitter pool_max_conn_idle_time pool_health_check_period",
  "conn_max_age conn_health_checks statement_cache_size statement_cache_capacity description_cache_capacity default_query_exec_mode",
  "prepared_statements prepareThreshold preparedStatementCacheQueries reWriteBatchedInserts binaryTransfer binary_parameters",
];

/** Those parameters as the pattern of a `case` in sh. */
export function clientParameters(): string {
  return `      ${clientOnly
    .flatMap((line) => line.split(" "))
    .map((name) => `${name}=*`)
    .join("|")}`;
}
