import type { V1PodTemplateSpec, V1Probe, V1Volume } from "@kubernetes/client-node";
import type { Resources } from "../../api/container.ts";
import { quantityValue } from "../../api/quantity.ts";
import { childLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { redisPort } from "../pod/environment.ts";
import { requestsOver } from "../pod/own-requests.ts";
import { lockedSecurityContext, ownIds, podSecurityContext } from "../pod/security.ts";

/** The user and group of the upstream image. */
const redisIds = { runAsUser: 999, runAsGroup: 999, fsGroup: 999 };
/**
 * The share of the container's memory that data may fill: the rest is for buffers of clients and fragments, and beside a file for the pages that are
 * written while a copy of the process writes it anew.
 */
const dataShare = { inMemory: 0.75, persistent: 0.6 };
const mebibyte = 1024 * 1024;
const dataDirectory = "/data";

/** What distinguishes one managed Redis from the other. */
export interface RedisServer {
  /** The component label: redis-cache or redis-queue. */
  readonly component: string;
  /** Memory limit of the container, as a quantity. */
  readonly memory: string;
  /** Further requests and limits. */
  readonly resources: Resources;
  readonly evictionPolicy: "allkeys-lru" | "noeviction";
  readonly persistent: boolean;
  /** The volume of the data directory; undefined where a volume claim brings it. */
  readonly dataVolume?: V1Volume;
}

/** The name of the volume that holds the data. */
export const dataVolumeName = "data";

/** The pod template of a managed Redis; it has neither the app's image nor its release. */
export function buildRedisPodTemplate(identity: Identity, server: RedisServer): V1PodTemplateSpec {
  const { spec, metadata } = identity.app;
  const { priorityClassName, nodeSelector, tolerations } = spec.scheduling;
  return {
    metadata: {
      labels: { ...spec.podMetadata.labels, ...childLabels(metadata.name, server.component) },
      annotations: spec.podMetadata.annotations,
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: podSecurityContext(ownIds(spec.podSecurity, redisIds)),
      imagePullSecrets: spec.imagePullSecrets,
      nodeSelector,
      tolerations,
      ...(priorityClassName === "" ? {} : { priorityClassName }),
      containers: [container(identity, server)],
      volumes: server.dataVolume === undefined ? [] : [server.dataVolume],
    },
  };
}

function container(identity: Identity, server: RedisServer) {
  return {
    name: "redis",
    image: identity.context.images.redis,
    imagePullPolicy: "IfNotPresent",
    command: ["redis-server"],
    args: redisArguments(server),
    ports: [{ name: "redis", containerPort: redisPort, protocol: "TCP" }],
    startupProbe: { ...ping("-e"), periodSeconds: 2, failureThreshold: 150 },
    // Each is a process that the node starts, which costs far more than its answer: as seldom as a minute of patience allows.
    readinessProbe: { ...ping("-e"), periodSeconds: 10, failureThreshold: 2 },
    livenessProbe: { ...ping(), periodSeconds: 20, failureThreshold: 3 },
    resources: {
      requests: { ...requestsOver({ cpu: "50m" }, server.resources), memory: server.memory },
      limits: { ...server.resources.limits, memory: server.memory },
    },
    securityContext: lockedSecurityContext(),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [{ name: dataVolumeName, mountPath: dataDirectory }],
  };
}

/** The arguments of redis-server; it has no password, so it must be configured to answer other machines than its own. */
function redisArguments(server: RedisServer): string[] {
  const settings = {
    port: [String(redisPort)],
    bind: ["*", "-::*"],
    "protected-mode": ["no"],
    dir: [dataDirectory],
    maxmemory: [`${dataMebibytes(server)}mb`],
    "maxmemory-policy": [server.evictionPolicy],
    save: [""],
    appendonly: [server.persistent ? "yes" : "no"],
    ...(server.persistent ? { appendfsync: ["everysec"] } : {}),
  };
  return Object.entries(settings).flatMap(([name, values]) => [`--${name}`, ...values]);
}

/** The mebibytes that data may fill: 75 % of the limit, or 60 % where it is written to a file. 256Mi: 192, or 153. */
export function dataMebibytes({ memory, persistent }: Pick<RedisServer, "memory" | "persistent">): number {
  return Math.max(1, Math.floor((quantityValue(memory) * dataShare[persistent ? "persistent" : "inMemory"]) / mebibyte));
}

/** Asks Redis for an answer; with "-e" an answer that is an error, such as "loading" or "busy", counts as none. */
function ping(...options: string[]): Pick<V1Probe, "exec" | "timeoutSeconds"> {
  return { exec: { command: ["redis-cli", ...options, "-p", String(redisPort), "ping"] }, timeoutSeconds: 5 };
}
