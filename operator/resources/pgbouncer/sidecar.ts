import type { V1Container } from "@kubernetes/client-node";
import type { Postgres } from "../../api/postgres.ts";
import type { Identity } from "../metadata.ts";
import { lockedSecurityContext } from "../pod/security.ts";
import { poolerPort, primaryAlias, replicaAlias } from "./pooler.ts";
import { configDirectory, poolerMounts, runDirectory, urlFile } from "./volumes.ts";

/** The user of the upstream image, by number: the image names it in letters, which "must not be root" does not accept. */
const user = 70;
/** Memory of a pooler without clients, in mebibytes. */
const baseMemory = 64;
/** Memory for one client connection and its prepared statements, in kibibytes. */
const memoryPerClient = 32;

/**
 * PgBouncer as a native sidecar: it starts before the app and stops after it.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function poolerSidecar(identity: Identity, postgres: Postgres): V1Container {
  const { context } = identity;
  return {
    name: "pgbouncer",
    image: context.images.pgbouncer,
    imagePullPolicy: "IfNotPresent",
    restartPolicy: "Always",
    command: ["sh", `${configDirectory}/start.sh`],
    args: aliases(postgres).map((alias) => `${alias}=${urlFile(alias)}`),
    // The kubelet probes the pod's address, and the pooler listens on loopback only; hence the socket.
    startupProbe: {
      exec: { command: ["sh", "-c", `test -S ${runDirectory}/.s.PGSQL.${poolerPort}`] },
      periodSeconds: 1,
      failureThreshold: 60,
      timeoutSeconds: 3,
    },
    resources: {
      requests: { cpu: "20m", memory: "32Mi" },
      limits: { memory: `${baseMemory + Math.ceil((postgres.pooler.maxClientConnections * memoryPerClient) / 1024)}Mi` },
    },
    securityContext: { ...lockedSecurityContext(), runAsUser: user, runAsGroup: user },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: poolerMounts(postgres),
  };
}

function aliases(postgres: Postgres): string[] {
  return [primaryAlias, ...postgres.replicas.map((_, index) => replicaAlias(index))];
}
