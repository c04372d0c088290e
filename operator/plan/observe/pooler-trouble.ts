import type { Postgres } from "../../api/postgres.ts";
import { replicaAlias } from "../../resources/pgbouncer/pooler.ts";

/** Characters of an error that are shown at most. */
const longest = 300;

type Remedy = (url: string) => string;

/** What the pooler says where it cannot reach a server, and what to change; the first that fits. */
const errors: readonly (readonly [pattern: RegExp, remedy: Remedy])[] = [
  [/pooler cannot start/iu, (url) => `correct ${url}`],
  [
    /password authentication failed|no password supplied|SASL|SCRAM|wrong password/iu,
    (url) => `correct the user and the password in ${url}`,
  ],
  [/role "[^"]*" (?:does not exist|is not permitted)/iu, (url) => `correct the user in ${url}, or create it`],
  [/database "[^"]*" does not exist|no such database/iu, (url) => `correct the database in ${url}, or create it`],
  [/no pg_hba\.conf entry/iu, (url) => `let the server accept the pods (its pg_hba.conf), or set sslmode=require in ${url}`],
  [/\b(?:TLS|SSL|certificate)\b/iu, (url) => `correct sslmode in ${url}, or postgres.tls.caSecretRef`],
  [/DNS lookup failed|lookup failed|cannot resolve|name or service not known/iu, (url) => `correct the host in ${url}`],
  [/too many (?:clients|connections)|remaining connection slots/iu, () => "lower postgres.pooler.poolSize, or raise the server's limit"],
  [
    /connect failed|connect timeout|connection refused|server_login_retry|server login has been failing/iu,
    (url) => `check that the server runs, that the host and port in ${url} are right, and that no NetworkPolicy keeps the pods from it`,
  ],
];

/** The last line of a pooler's log that says why it cannot reach a server; undefined where none does. */
export function findPoolerError(log: string): string | undefined {
  return log
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => errors.some(([pattern]) => pattern.test(line)))
    ?.slice(-2000);
}

/** What a line of the pooler's log means, and which field and Secret to change. */
export function describePoolerError(line: string, postgres: Postgres | undefined): string {
  const text = withoutPrefix(line).slice(0, longest);
  const [, remedy] = errors.find(([pattern]) => pattern.test(line)) ?? [];
  return remedy === undefined ? text : `${text}: ${remedy(urlOf(line, postgres))}`;
}

/** Time, process, and which user at which address; none of it helps. */
function withoutPrefix(line: string): string {
  return line
    .replace(/^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] \w+ /u, "")
    .replace(/^[CS]-0x[0-9a-f]+: \S+ /u, "")
    .replace(/^(?:pooler error|closing because): /u, "")
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/giu, "$1:***@")
    .replaceAll(/password=\S+/giu, "password=***");
}

function urlOf(line: string, postgres: Postgres | undefined): string {
  const index = postgres?.replicas.findIndex((_, each) => new RegExp(`\\b${replicaAlias(each)}\\b`, "u").test(line)) ?? -1;
  const source = index < 0 ? postgres?.urlFrom : postgres?.replicas[index]?.urlFrom;
  const field = index < 0 ? "postgres.urlFrom" : `postgres.replicas[${index}].urlFrom`;
  const reference = source?.secretKeyRef;
  return reference === undefined ? `the URL of ${field}` : `key ${reference.key} of Secret ${reference.name} (${field})`;
}
