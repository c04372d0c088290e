import type { V1Container, V1ResourceRequirements } from "@kubernetes/client-node";
import type { Postgres } from "../../api/postgres.ts";
import type { Identity } from "../metadata.ts";
import type { DatabaseRoute } from "../pod/component.ts";
import { requestsOver } from "../pod/own-requests.ts";
import { lockedSecurityContext, ownIds } from "../pod/security.ts";
import { databaseAlias, poolerPort, primaryFile, replicaAlias } from "./pooler.ts";
import { configDirectory, poolerMounts, runDirectory, urlFile } from "./volumes.ts";

/** The user of the upstream image, by number: the image names it in letters, which "must not be root" does not accept. */
const user = 70;
/** Memory of a pooler without clients, in mebibytes. */
const baseMemory = 64;
/** Memory for one client connection and its prepared statements, in kibibytes. */
const memoryPerClient = 32;

/**
 * PgBouncer as a native sidecar: it starts before the app and stops after it.
 * Beside a command that goes straight to the server (`route` direct) it serves those that read the parts instead of the URL: each client
 * has a session of its own, and every database of the server is offered, so that a migration may create the one that is missing.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function poolerSidecar(identity: Identity, postgres: Postgres, route: DatabaseRoute): V1Container {
  const { context } = identity;
  return {
    name: "pgbouncer",
    image: context.images.pgbouncer,
    imagePullPolicy: "IfNotPresent",
    restartPolicy: "Always",
    command: ["sh", `${configDirectory}/start.sh`],
    args: startArguments(postgres, route),
    // The kubelet probes the pod's address, and the pooler listens on loopback only; hence the socket.
    startupProbe: {
      exec: { command: ["sh", "-c", `test -S ${runDirectory}/.s.PGSQL.${poolerPort}`] },
      periodSeconds: 1,
      failureThreshold: 60,
      timeoutSeconds: 3,
    },
    resources: resources(postgres.pooler),
    securityContext: { ...lockedSecurityContext(), ...ownIds(identity.app.spec.podSecurity, { runAsUser: user, runAsGroup: user }) },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: poolerMounts(postgres),
  };
}

/** The options of the start script, then each database with the file that holds its URL. */
function startArguments(postgres: Postgres, route: DatabaseRoute): string[] {
  const isSession = route === "direct" || postgres.pooler.poolMode === "session";
  const replicas = postgres.replicas.map((_, index) => replicaAlias(index));
  return [
    ...(isSession ? ["--session"] : []),
    ...(route === "direct" ? ["--any-database"] : []),
    ...(postgres.database === undefined ? [] : [`--database=${postgres.database}`]),
    ...(route === "direct" ? [] : settings(postgres.timeouts)),
    ...Object.entries(postgres.urlParameters).map(([name, value]) => `--parameter=${name}=${value}`),
    `${databaseAlias(postgres)}=${urlFile(primaryFile)}`,
    ...replicas.map((alias) => `${alias}=${urlFile(alias)}`),
  ];
}

/** The limits of what the app does on the server; 0 is none. A migration has none. */
function settings({ statementSeconds, lockSeconds, idleTransactionSeconds }: Postgres["timeouts"]): string[] {
  const limits = {
    statement_timeout: statementSeconds,
    lock_timeout: lockSeconds,
    idle_in_transaction_session_timeout: idleTransactionSeconds,
  };
  return Object.entries(limits).flatMap(([name, seconds]) => (seconds === undefined ? [] : [`--setting=${name}=${seconds}s`]));
}

/** The user's requests and limits over ours, resource by resource. */
function resources({ maxClientConnections, resources: given }: Postgres["pooler"]): V1ResourceRequirements {
  const memory = `${baseMemory + Math.ceil((maxClientConnections * memoryPerClient) / 1024)}Mi`;
  return { requests: requestsOver({ cpu: "20m", memory: "32Mi" }, given), limits: { memory, ...given.limits } };
}
