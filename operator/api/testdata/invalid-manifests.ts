import type { Tree } from "../../base/tree.ts";
import { INVALID_CHILDREN } from "./invalid-children.ts";

/** A manifest that must be refused, as a change to the smallest valid one. */
export interface InvalidManifest {
  readonly title: string;
  readonly name?: string;
  /** Merged over the smallest valid spec; null removes a field. */
  readonly spec: Tree;
  /** The field to blame. */
  readonly path: string;
  /** A part of the parser's message that says what to change. */
  readonly remedy: string;
  /** Who refuses it first. */
  readonly refusedBy: "api server" | "parser";
  /** A part of the API server's message, where it differs from the parser's. */
  readonly apiRemedy?: string;
  /** The field that the API server blames, where it differs. */
  readonly apiPath?: string;
}

/** The smallest valid spec. */
export const VALID_SPEC: Tree = { image: "ghcr.io/acme/shop:1.4.2" };

const urlFrom = { secretKeyRef: { name: "shop-db", key: "url" } };
const api = "api server";
const parser = "parser";

const basics: readonly InvalidManifest[] = [
  { title: "no image", spec: { image: null }, path: "spec.image", remedy: "is required: add it", refusedBy: api, apiRemedy: "Required value" },
  { title: "an empty image", spec: { image: "" }, path: "spec.image", remedy: "such as ghcr.io/acme/shop:1.4.2", refusedBy: api },
  { title: "an image with a space", spec: { image: "acme shop" }, path: "spec.image", remedy: "such as ghcr.io/acme/shop:1.4.2", refusedBy: api },
  { title: "an image that is a number", spec: { image: 5 }, path: "spec.image", remedy: "must be text", refusedBy: api, apiRemedy: "must be of type string" },
  { title: "an image with an empty tag", spec: { image: "acme/shop:" }, path: "spec.image", remedy: "such as ghcr.io/acme/shop:1.4.2", refusedBy: api },
  { title: "an unknown stage", spec: { stage: "huge" }, path: "spec.stage", remedy: "mvp, growth, steady", refusedBy: api, apiRemedy: '"mvp", "growth", "steady"' },
  { title: "a misspelt field", spec: { wroker: [] }, path: "spec.wroker", remedy: "remove it or correct its name", refusedBy: api, apiRemedy: "unknown field" },
  { title: "a misspelt field within web", spec: { web: { prot: 80 } }, path: "spec.web.prot", remedy: "remove it or correct its name", refusedBy: api, apiRemedy: "unknown field" },
  { title: "an app name in capitals", name: "Shop", spec: {}, path: "metadata.name", remedy: "lower-case letters", refusedBy: api, apiRemedy: "lower case" },
  { title: "an app name with a dot", name: "shop.eu", spec: {}, path: "metadata.name", remedy: "letters, digits or '-'", refusedBy: api },
  { title: "an app name that begins with a digit", name: "9shop", spec: {}, path: "metadata.name", remedy: "a letter, then", refusedBy: api, apiRemedy: "must begin with a letter" },
  { title: "an app name that is too long", name: "s".repeat(41), spec: {}, path: "metadata.name", remedy: "at most 40 characters", refusedBy: api, apiRemedy: "40" },
  { title: "an unknown pull policy", spec: { imagePullPolicy: "Sometimes" }, path: "spec.imagePullPolicy", remedy: "must be one of Always", refusedBy: api, apiRemedy: "Unsupported value" },
  { title: "suspend in words", spec: { suspend: "yes" }, path: "spec.suspend", remedy: "true or false", refusedBy: api, apiRemedy: "boolean" },
  { title: "an unknown deletion policy", spec: { deletionPolicy: { queueVolume: "keep" } }, path: "spec.deletionPolicy.queueVolume", remedy: "retain, delete", refusedBy: api, apiRemedy: '"retain", "delete"' },
];

const pod: readonly InvalidManifest[] = [
  { title: "a variable that begins with a digit", spec: { env: [{ name: "1A", value: "x" }] }, path: "spec.env[0].name", remedy: "not beginning with a digit", refusedBy: api },
  { title: "a variable with two values", spec: { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }, path: "spec.env[0].value", remedy: "remove one of both", refusedBy: api },
  { title: "a variable given twice", spec: { env: [{ name: "A" }, { name: "A" }] }, path: "spec.env[1].name", remedy: "give every entry its own name", refusedBy: api, apiPath: "spec.env[1]", apiRemedy: "Duplicate value" },
  { title: "a variable with a number", spec: { env: [{ name: "A", value: 1 }] }, path: "spec.env[0].value", remedy: "put it in quotes", refusedBy: api, apiRemedy: "must be of type string" },
  { title: "a variable from two sources", spec: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "a", key: "b" }, secretKeyRef: { name: "a", key: "b" } } }] }, path: "spec.env[0].valueFrom", remedy: "exactly one of", refusedBy: api },
  { title: "envFrom without a source", spec: { envFrom: [{ prefix: "A_" }] }, path: "spec.envFrom[0]", remedy: "exactly one of configMapRef and secretRef", refusedBy: api },
  { title: "files without a source", spec: { files: [{ path: "/etc/shop" }] }, path: "spec.files[0]", remedy: "exactly one of configMapRef and secretRef", refusedBy: api },
  { title: "files on a relative path", spec: { files: [{ path: "etc", configMapRef: { name: "a" } }] }, path: "spec.files[0].path", remedy: "begin with '/'", refusedBy: api },
  { title: "files on a scratch path", spec: { files: [{ path: "/tmp", configMapRef: { name: "a" } }] }, path: "spec.files[0].path", remedy: "nor in spec.scratch", refusedBy: api, apiPath: "spec.files", apiRemedy: "nor in scratch" },
  { title: "files on the root", spec: { files: [{ path: "/", configMapRef: { name: "a" } }] }, path: "spec.files[0].path", remedy: 'neither "/"', refusedBy: api, apiPath: "spec.files" },
  { title: "scratch on the root", spec: { scratch: ["/"] }, path: "spec.scratch[0]", remedy: "other than '/'", refusedBy: api },
  { title: "scratch given twice", spec: { scratch: ["/a", "/a"] }, path: "spec.scratch", remedy: "holds a value twice", refusedBy: api, apiRemedy: "Duplicate value" },
  { title: "an existing ServiceAccount with annotations", spec: { serviceAccount: { name: "own", annotations: { a: "b" } } }, path: "spec.serviceAccount.annotations", remedy: "remove `name`", refusedBy: api },
  { title: "a negative user id", spec: { podSecurity: { runAsUser: -1 } }, path: "spec.podSecurity.runAsUser", remedy: "at least 0", refusedBy: api, apiRemedy: "greater than or equal to 0" },
  { title: "a label of the operator", spec: { podMetadata: { labels: { "scalableapp.dev/app": "other" } } }, path: "spec.podMetadata.labels", remedy: "choose another prefix", refusedBy: api },
  { title: "an unknown spread", spec: { scheduling: { spread: ["racks"] } }, path: "spec.scheduling.spread[0]", remedy: "hosts, zones", refusedBy: api, apiRemedy: '"hosts", "zones"' },
  { title: "a sidecar named like the app container", spec: { sidecars: [{ name: "app", image: "a" }] }, path: "spec.sidecars[0].name", remedy: "choose another name", refusedBy: api, apiPath: "spec.sidecars", apiRemedy: "must not be named app" },
  { title: "a sidecar with a securityContext", spec: { sidecars: [{ name: "a", image: "a", securityContext: { privileged: true } }] }, path: "spec.sidecars[0].securityContext", remedy: "remove it", refusedBy: api, apiRemedy: "unknown field" },
  { title: "a probe of two kinds", spec: { sidecars: [{ name: "a", image: "a", livenessProbe: { exec: { command: ["true"] }, tcpSocket: { port: 1 } } }] }, path: "spec.sidecars[0].livenessProbe", remedy: "exactly one of httpGet", refusedBy: api },
  { title: "a sidecar and an init container of one name", spec: { sidecars: [{ name: "a", image: "a" }], initContainers: [{ name: "a", image: "a" }] }, path: "spec.sidecars[0].name", remedy: "another container", refusedBy: parser },
  { title: "a mount that is not declared", spec: { sidecars: [{ name: "a", image: "a", volumeMounts: [{ mountPath: "/data" }] }] }, path: "spec.sidecars[0].volumeMounts[0].mountPath", remedy: "add it there", refusedBy: parser },
  { title: "a sidecar on the app's port", spec: { sidecars: [{ name: "a", image: "a", ports: [{ containerPort: 8080 }] }] }, path: "spec.sidecars[0].ports[0].containerPort", remedy: "choose another port", refusedBy: parser },
];

const components: readonly InvalidManifest[] = [
  { title: "a probe by a command that is not given", spec: { web: { health: { type: "exec" } } }, path: "spec.web.health.command", remedy: "give both or neither", refusedBy: api },
  { title: "a command that no probe runs", spec: { web: { health: { command: ["check"] } } }, path: "spec.web.health.command", remedy: "belongs to type exec", refusedBy: api },
  { title: "a Host header with a scheme", spec: { web: { health: { host: "https://shop" } } }, path: "spec.web.health.host", remedy: "must be a host name", refusedBy: api },
  { title: "health of a worker that does not listen", spec: { workers: [{ name: "a", command: ["work"], health: { live: "/live" } }] }, path: "spec.workers[0].health", remedy: "needs `port`", refusedBy: api },
  { title: "health of a worker without a path", spec: { workers: [{ name: "a", command: ["work"], port: 4000, health: { startupSeconds: 5 } }] }, path: "spec.workers[0].health", remedy: "must have the path", refusedBy: api },
  { title: "a worker on the pooler's port", spec: { workers: [{ name: "a", command: ["work"], port: 6432 }] }, path: "spec.workers[0].port", remedy: "where the pooler listens", refusedBy: api },
  { title: "a worker that listens and is named web", spec: { workers: [{ name: "web", command: ["work"], port: 4000 }] }, path: "spec.workers[0].name", remedy: "choose another name", refusedBy: parser },
  { title: "a singleton of two", spec: { workers: [{ name: "a", command: ["work"], singleton: true, replicas: 2 }] }, path: "spec.workers[0].singleton", remedy: "one pod at most", refusedBy: api },
  { title: "a singleton with an autoscaler", spec: { workers: [{ name: "a", command: ["work"], singleton: true, autoscaling: {} }] }, path: "spec.workers[0].singleton", remedy: "one pod at most", refusedBy: api },
  { title: "a queue of no list", spec: { workers: [{ name: "a", command: ["work"], queue: { redisLists: [] } }], redis: { queue: {} } }, path: "spec.workers[0].queue.redisLists", remedy: "at least one list", refusedBy: api, apiRemedy: "at least 1 items" },
  { title: "a sidecar for a component of another kind", spec: { sidecars: [{ name: "a", image: "a", components: ["redis"] }] }, path: "spec.sidecars[0].components[0]", remedy: "must be web, workers", refusedBy: api },
  { title: "a sidecar for a worker that is not there", spec: { sidecars: [{ name: "a", image: "a", components: ["worker-nope"] }] }, path: "spec.sidecars[0].components[0]", remedy: "no component of the app", refusedBy: parser },
  { title: "a volume on a scratch path", spec: { volumes: [{ name: "a", claimName: "a", path: "/tmp" }] }, path: "spec.volumes[0].path", remedy: "choose a directory", refusedBy: parser },
  { title: "a volume of no claim", spec: { volumes: [{ name: "a", path: "/a" }] }, path: "spec.volumes[0]", remedy: "exactly one of claimName and storage", refusedBy: api },
  { title: "a volume of two claims", spec: { volumes: [{ name: "a", claimName: "a", storage: "1Gi", path: "/a" }] }, path: "spec.volumes[0]", remedy: "exactly one of claimName and storage", refusedBy: api },
  { title: "a class of a claim that exists", spec: { volumes: [{ name: "a", claimName: "a", storageClassName: "nfs", path: "/a" }] }, path: "spec.volumes[0].storageClassName", remedy: "give storage instead of claimName", refusedBy: api },
  { title: "access modes of a claim that exists", spec: { volumes: [{ name: "a", claimName: "a", accessModes: ["ReadWriteOnce"], path: "/a" }] }, path: "spec.volumes[0].accessModes", remedy: "give storage instead of claimName", refusedBy: api },
  { title: "an access mode of one pod", spec: { volumes: [{ name: "a", storage: "1Gi", accessModes: ["ReadWriteOncePod"], path: "/a" }] }, path: "spec.volumes[0].accessModes[0]", remedy: "ReadWriteMany, ReadWriteOnce", refusedBy: api, apiRemedy: '"ReadWriteMany", "ReadWriteOnce"' },
  { title: "a volume of no size", spec: { volumes: [{ name: "a", storage: "0", path: "/a" }] }, path: "spec.volumes[0].storage", remedy: "at least 1Mi", refusedBy: api },
  { title: "two volumes on one path", spec: { workers: [{ name: "a", command: ["work"] }], volumes: [{ name: "a", claimName: "a", path: "/a" }, { name: "b", claimName: "b", path: "/a", components: ["worker-a"] }] }, path: "spec.volumes[1].path", remedy: "another volume", refusedBy: parser },
  { title: "a path to a worker without a port", spec: { workers: [{ name: "a", command: ["work"] }], routing: { hosts: ["a.b"], gateway: { name: "a" }, paths: [{ path: "/a", component: "a" }] } }, path: "spec.routing.paths[0].component", remedy: "add port to it", refusedBy: parser },
  { title: "a path to a worker by an ingress", spec: { workers: [{ name: "a", command: ["work"], port: 4000 }], routing: { hosts: ["a.b"], ingress: {}, paths: [{ path: "/a", component: "a" }] } }, path: "spec.routing.paths", remedy: "needs gateway", refusedBy: api },
  { title: "all paths to a worker", spec: { workers: [{ name: "a", command: ["work"], port: 4000 }], routing: { hosts: ["a.b"], gateway: { name: "a" }, paths: [{ path: "/", component: "a" }] } }, path: "spec.routing.paths[0].path", remedy: "belongs to the web component", refusedBy: parser },
  { title: "a database named like the pooler's own", spec: { postgres: { urlFrom, database: "pgbouncer" } }, path: "spec.postgres.database", remedy: "the pooler itself uses", refusedBy: api },
  { title: "a database named like a replica", spec: { postgres: { urlFrom, database: "replica_0" } }, path: "spec.postgres.database", remedy: "the pooler itself uses", refusedBy: api },
  { title: "the server as a parameter of the URL", spec: { postgres: { urlFrom, urlParameters: { host: "other" } } }, path: "spec.postgres.urlParameters", remedy: "stand in the Secret's URL", refusedBy: api },
  { title: "a parameter of the URL that would be two", spec: { postgres: { urlFrom, urlParameters: { "a&b": "c" } } }, path: "spec.postgres.urlParameters", remedy: "must have names of letters", refusedBy: api },
  { title: "the parts of a Redis that is managed", spec: { redis: { cache: { partsFrom: { secretName: "a" } } } }, path: "spec.redis.cache.partsFrom", remedy: "give urlFrom too", refusedBy: api },
  { title: "a part of a URL that only the Secret knows", spec: { postgres: { urlFrom }, env: [{ name: "DB_HOST", value: "$(DATABASE_HOST)" }] }, path: "spec.env[0].value", remedy: "set it to sidecar", refusedBy: parser },
  { title: "a part of a Redis that only the Secret knows", spec: { redis: { queue: { urlFrom } }, workers: [{ name: "a", args: ["--host=$(REDIS_QUEUE_HOST)"] }] }, path: "spec.workers[0].args[0]", remedy: "spec.redis.queue.partsFrom", refusedBy: parser },
  { title: "the direct URL in a variable of web", spec: { postgres: { urlFrom }, web: { env: [{ name: "A", value: "$(DATABASE_DIRECT_URL)?sslmode=require" }] } }, path: "spec.web.env[0].value", remedy: "use $(DATABASE_URL)", refusedBy: api, apiPath: "spec.web" },
  { title: "the direct URL in a variable of a worker", spec: { postgres: { urlFrom }, workers: [{ name: "a", command: ["work"], env: [{ name: "A", value: "$(DATABASE_DIRECT_URL)" }] }] }, path: "spec.workers[0].env[0].value", remedy: "use $(DATABASE_URL)", refusedBy: api, apiPath: "spec.workers" },
  { title: "the id of a run in a variable of the migration", spec: { migration: { command: ["a"], env: [{ name: "A", value: "$(SCALABLEAPP_RUN_ID)" }] } }, path: "spec.migration.env[0].value", remedy: "schedules alone", refusedBy: api, apiPath: "spec.migration" },
  { title: "the direct URL within a variable of a schedule", spec: { postgres: { urlFrom }, schedules: [{ name: "a", cron: "0 3 * * *", command: ["a"], env: [{ name: "A", value: "jdbc:$(DATABASE_DIRECT_URL)" }] }] }, path: "spec.schedules[0].env[0].value", remedy: "use $(DATABASE_URL)", refusedBy: parser },
  { title: "a variable of a Redis that the app has not", spec: { web: { args: ["--redis=$(REDIS_CACHE_URL)"] } }, path: "spec.web.args[0]", remedy: "needs spec.redis.cache", refusedBy: parser },
  { title: "a query that is no PromQL", spec: { monitoring: { prometheus: { url: "http://prometheus:9090" } }, rollout: { canary: { analysis: { queries: [{ name: "a", promql: "sum(rate(x[5m])", max: 1 }] } } } }, path: "spec.rollout.canary.analysis.queries[0].promql", remedy: "missing bracket", refusedBy: parser },
  { title: "a batch of no pods", spec: { rollout: { rolling: { batch: "0%" } } }, path: "spec.rollout.rolling.batch", remedy: "a number of pods such as 1", refusedBy: api },
];

const web: readonly InvalidManifest[] = [
  { title: "port 0", spec: { web: { port: 0 } }, path: "spec.web.port", remedy: "at least 1", refusedBy: api, apiRemedy: "greater than or equal to 1" },
  { title: "a port that is too high", spec: { web: { port: 70000 } }, path: "spec.web.port", remedy: "at most 65535", refusedBy: api, apiRemedy: "less than or equal to 65535" },
  { title: "a port in quotes", spec: { web: { port: "8080" } }, path: "spec.web.port", remedy: "whole number", refusedBy: api, apiRemedy: "must be of type integer" },
  { title: "the pooler's port", spec: { web: { port: 6432 } }, path: "spec.web.port", remedy: "where the pooler listens", refusedBy: api },
  { title: "one port given twice", spec: { web: { extraPorts: [{ name: "admin", port: 8080 }] } }, path: "spec.web.extraPorts", remedy: "distinct numbers", refusedBy: api },
  { title: "an extra port named http", spec: { web: { extraPorts: [{ name: "http", port: 9090 }] } }, path: "spec.web.extraPorts", remedy: "must not be named http", refusedBy: api },
  { title: "an unknown protocol", spec: { web: { protocol: "https" } }, path: "spec.web.protocol", remedy: "http, h2c, grpc", refusedBy: api, apiRemedy: '"http", "h2c", "grpc"' },
  { title: "a health path without a slash", spec: { web: { health: { live: "health" } } }, path: "spec.web.health.live", remedy: "begin with '/'", refusedBy: api },
  { title: "a grace period within the drain", spec: { web: { shutdown: { drainSeconds: 30, graceSeconds: 30 } } }, path: "spec.web.shutdown.graceSeconds", remedy: "greater than drainSeconds", refusedBy: api },
  { title: "a quantity of an unknown unit", spec: { web: { resources: { limits: { memory: "1GB" } } } }, path: "spec.web.resources.limits.memory", remedy: "such as 500m", refusedBy: api, apiPath: "spec.web.resources.limits[memory]" },
  { title: "a negative quantity", spec: { web: { resources: { limits: { cpu: -1 } } } }, path: "spec.web.resources.limits.cpu", remedy: "such as 500m", refusedBy: api, apiPath: "spec.web.resources.limits[cpu]" },
  { title: "a request above its limit", spec: { web: { resources: { requests: { cpu: "2" }, limits: { cpu: "500m" } } } }, path: "spec.web.resources.requests.cpu", remedy: "lower it, or raise the limit", refusedBy: parser },
  { title: "replicas beside autoscaling", spec: { web: { replicas: 3, autoscaling: {} } }, path: "spec.web.replicas", remedy: "remove one of both", refusedBy: api },
  { title: "a floor above the ceiling", spec: { web: { autoscaling: { minReplicas: 5, maxReplicas: 4 } } }, path: "spec.web.autoscaling.minReplicas", remedy: "raise maxReplicas", refusedBy: api },
  { title: "a floor above the stage's ceiling", spec: { stage: "growth", web: { autoscaling: { minReplicas: 9 } } }, path: "spec.web.autoscaling.minReplicas", remedy: "raise maxReplicas", refusedBy: api, apiPath: "spec.web.autoscaling", apiRemedy: "growth 2-4" },
  { title: "a floor of zero", spec: { web: { autoscaling: { minReplicas: 0 } } }, path: "spec.web.autoscaling.minReplicas", remedy: "at least 1", refusedBy: api, apiRemedy: "greater than or equal to 1" },
  { title: "thresholds that cross", spec: { web: { autoscaling: { cpu: { scaleOutAbovePercent: 50, scaleInBelowPercent: 60 } } } }, path: "spec.web.autoscaling.cpu.scaleInBelowPercent", remedy: "below scaleOutAbovePercent", refusedBy: api },
  { title: "a step of no replicas", spec: { web: { autoscaling: { scaleOut: { by: 0 } } } }, path: "spec.web.autoscaling.scaleOut.by", remedy: "at least 1", refusedBy: api, apiRemedy: "greater than or equal to 1" },
  { title: "a window of both kinds", spec: { web: { autoscaling: { schedules: [{ name: "a", cron: "0 7 * * *", duration: "3h", start: "2026-11-27T06:00:00", end: "2026-11-28T00:00:00", minReplicas: 2 }] } } }, path: "spec.web.autoscaling.schedules[0]", remedy: "either start and end", refusedBy: api },
  { title: "a window that ends before it begins", spec: { web: { autoscaling: { schedules: [{ name: "a", start: "2026-11-28T00:00:00", end: "2026-11-27T06:00:00", minReplicas: 2 }] } } }, path: "spec.web.autoscaling.schedules[0].end", remedy: "later than start", refusedBy: api },
  { title: "a window that moves nothing", spec: { web: { autoscaling: { schedules: [{ name: "a", cron: "0 7 * * *", duration: "3h" }] } } }, path: "spec.web.autoscaling.schedules[0]", remedy: "must move", refusedBy: api },
  { title: "a window on a day that does not exist", spec: { web: { autoscaling: { schedules: [{ name: "a", start: "2026-02-30T06:00:00", end: "2026-03-01T00:00:00", minReplicas: 2 }] } } }, path: "spec.web.autoscaling.schedules[0].start", remedy: "does not exist", refusedBy: parser },
  { title: "a duration of two units", spec: { web: { autoscaling: { schedules: [{ name: "a", cron: "0 7 * * *", duration: "1h30m", minReplicas: 2 }] } } }, path: "spec.web.autoscaling.schedules[0].duration", remedy: "such as 90s", refusedBy: api },
];

const jobs: readonly InvalidManifest[] = [
  { title: "a worker without a name", spec: { workers: [{ command: ["a"] }] }, path: "spec.workers[0].name", remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a worker without a command", spec: { workers: [{ name: "a", replicas: 2 }] }, path: "spec.workers[0].command", remedy: "must name the program", refusedBy: api },
  { title: "two workers of one name", spec: { workers: [{ name: "a", command: ["a"] }, { name: "a", command: ["a"] }] }, path: "spec.workers[1].name", remedy: "give every entry its own name", refusedBy: api, apiPath: "spec.workers[1]", apiRemedy: "Duplicate value" },
  { title: "a worker in capitals", spec: { workers: [{ name: "Orders", command: ["a"] }] }, path: "spec.workers[0].name", remedy: "lower-case letters", refusedBy: api },
  { title: "a queue of two kinds", spec: { workers: [{ name: "a", command: ["a"], queue: { bullmq: "a", redisList: "b" } }], redis: { queue: {} } }, path: "spec.workers[0].queue", remedy: "exactly one of bullmq", refusedBy: api },
  { title: "a gauge at the pooler's port", spec: { workers: [{ name: "a", command: ["a"], busy: { port: 6432 } }] }, path: "spec.workers[0].busy.port", remedy: "where the pooler listens", refusedBy: api },
  { title: "a gauge at no port", spec: { workers: [{ name: "a", command: ["a"], busy: { port: 0 } }] }, path: "spec.workers[0].busy.port", remedy: "at least 1", refusedBy: api, apiRemedy: "greater than or equal to 1" },
  { title: "a gauge with a name of words", spec: { workers: [{ name: "a", command: ["a"], busy: { metric: "busy jobs" } }] }, path: "spec.workers[0].busy.metric", remedy: "name of a Prometheus metric", refusedBy: api },
  { title: "a gauge at a relative path", spec: { workers: [{ name: "a", command: ["a"], busy: { path: "metrics" } }] }, path: "spec.workers[0].busy.path", remedy: "begin with", refusedBy: api },
  { title: "a queue without its Redis", spec: { workers: [{ name: "a", command: ["a"], queue: { bullmq: "a" } }] }, path: "spec.workers[0].queue", remedy: "redis: {queue: {}}", refusedBy: parser },
  { title: "a sleeping worker that nothing wakes", spec: { workers: [{ name: "a", command: ["a"], autoscaling: { minReplicas: 0 } }] }, path: "spec.workers[0].autoscaling.minReplicas", remedy: "without a queue", refusedBy: api },
  { title: "a worker with replicas and autoscaling", spec: { workers: [{ name: "a", command: ["a"], replicas: 1, autoscaling: {} }] }, path: "spec.workers[0].replicas", remedy: "remove one of both", refusedBy: api },
  { title: "a schedule without a command", spec: { schedules: [{ name: "a", cron: "0 3 * * *", command: [] }] }, path: "spec.schedules[0].command", remedy: "must name a program", refusedBy: api, apiRemedy: "at least 1 items" },
  { title: "a schedule whose CronJob name is too long", name: "a".repeat(30), spec: { schedules: [{ name: "b".repeat(22), cron: "0 3 * * *", command: ["a"] }] }, path: "spec.schedules[0].name", remedy: "shorten the name", refusedBy: api, apiPath: "spec.schedules", apiRemedy: "at most 52 characters" },
  { title: "too many retries", spec: { schedules: [{ name: "a", cron: "0 3 * * *", command: ["a"], retries: 11 }] }, path: "spec.schedules[0].retries", remedy: "at most 10", refusedBy: api, apiRemedy: "less than or equal to 10" },
  { title: "a migration without a command", spec: { migration: {} }, path: "spec.migration.command", remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a migration without time", spec: { migration: { command: ["a"], deadlineSeconds: 0 } }, path: "spec.migration.deadlineSeconds", remedy: "at least 1", refusedBy: api, apiRemedy: "greater than or equal to 1" },
];

const data: readonly InvalidManifest[] = [
  { title: "a database without a URL", spec: { postgres: { maxConnections: 100 } }, path: "spec.postgres.urlFrom", remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a database URL in clear text", spec: { postgres: { urlFrom, url: "postgres://a:b@c/d" } }, path: "spec.postgres.url", remedy: "remove it", refusedBy: api, apiRemedy: "unknown field" },
  { title: "a reference without a key", spec: { postgres: { urlFrom: { secretKeyRef: { name: "shop-db" } } } }, path: "spec.postgres.urlFrom.secretKeyRef.key", remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a reference to a name in capitals", spec: { postgres: { urlFrom: { secretKeyRef: { name: "Shop", key: "url" } } } }, path: "spec.postgres.urlFrom.secretKeyRef.name", remedy: "lower-case letters", refusedBy: api },
  { title: "more reserved connections than there are", spec: { postgres: { urlFrom, maxConnections: 10 } }, path: "spec.postgres.reservedConnections", remedy: "less than maxConnections", refusedBy: api },
  { title: "a pool larger than the server", spec: { postgres: { urlFrom, maxConnections: 20, pooler: { poolSize: 8 } } }, path: "spec.postgres.pooler.poolSize", remedy: "raise maxConnections", refusedBy: api },
  { title: "a forbidden pooler setting", spec: { postgres: { urlFrom, pooler: { parameters: { auth_type: "trust" } } } }, path: "spec.postgres.pooler.parameters", remedy: "settings that are safe to change", refusedBy: api },
  { title: "a pooler setting of the wrong type", spec: { postgres: { urlFrom, pooler: { parameters: { query_timeout: "abc" } } } }, path: "spec.postgres.pooler.parameters.query_timeout", remedy: "must be a number of seconds", refusedBy: parser },
  { title: "a pooler setting of two lines", spec: { postgres: { urlFrom, pooler: { parameters: { query_timeout: "1\nauth_type=trust" } } } }, path: "spec.postgres.pooler.parameters.query_timeout", remedy: "single line", refusedBy: api, apiRemedy: "should match" },
  { title: "an unknown pool mode", spec: { postgres: { urlFrom, pooler: { poolMode: "statement" } } }, path: "spec.postgres.pooler.poolMode", remedy: "transaction, session", refusedBy: api, apiRemedy: '"transaction", "session"' },
  { title: "a table name with a quote", spec: { postgres: { urlFrom, partitions: [{ table: 'a"; drop table b', column: "c" }] } }, path: "spec.postgres.partitions[0].table", remedy: "name of a table", refusedBy: api },
  { title: "one table partitioned twice", spec: { postgres: { urlFrom, partitions: [{ table: "a", column: "b" }, { table: "a", column: "c" }] } }, path: "spec.postgres.partitions[1].table", remedy: "give every entry its own table", refusedBy: api, apiPath: "spec.postgres.partitions[1]", apiRemedy: "Duplicate value" },
  { title: "a view without a rhythm", spec: { postgres: { urlFrom, materializedViews: [{ name: "a" }] } }, path: "spec.postgres.materializedViews[0]", remedy: "exactly one of every and cron", refusedBy: api },
  { title: "a cache that is managed and external", spec: { redis: { cache: { urlFrom, memory: "1Gi" } } }, path: "spec.redis.cache.urlFrom", remedy: "external Redis", refusedBy: api },
  { title: "a queue whose volume holds no rewritten file", spec: { redis: { queue: { memory: "2Gi", storage: "5Gi" } } }, path: "spec.redis.queue.storage", remedy: "at least 3 times memory", refusedBy: api },
  { title: "a queue whose memory is more than the volume by default holds", spec: { redis: { queue: { memory: "4Gi" } } }, path: "spec.redis.queue.storage", remedy: "where no storage is given it is 5Gi", refusedBy: api },
  { title: "a queue that is managed and external", spec: { redis: { queue: { urlFrom, storage: "1Gi" } } }, path: "spec.redis.queue.urlFrom", remedy: "external Redis", refusedBy: api },
];

const delivery: readonly InvalidManifest[] = [
  { title: "routing without a host", spec: { routing: { hosts: [], ingress: {} } }, path: "spec.routing.hosts", remedy: "at least one host", refusedBy: api, apiRemedy: "at least 1 items" },
  { title: "a host with a scheme", spec: { routing: { hosts: ["https://shop.example.com"], ingress: {} } }, path: "spec.routing.hosts[0]", remedy: "such as shop.example.com", refusedBy: api },
  { title: "gateway and ingress", spec: { routing: { hosts: ["a.b"], gateway: { name: "a" }, ingress: {} } }, path: "spec.routing", remedy: "exactly one of gateway and ingress", refusedBy: api },
  { title: "more hosts than a route can hold", spec: { routing: { hosts: Array.from({ length: 17 }, (_, index) => `h${index}.example.com`), gateway: { name: "a" } } }, path: "spec.routing.hosts", remedy: "at most 16 names with gateway", refusedBy: api },
  { title: "a canary's header without a router", spec: { rollout: { canary: { match: { header: { name: "x-canary", value: "1" } } } } }, path: "spec.rollout.canary.match", remedy: "needs spec.routing.gateway", refusedBy: api, apiRemedy: "needs routing.gateway" },
  { title: "a rate limit of two units", spec: { routing: { hosts: ["a.b"], ingress: {}, rateLimits: [{ path: "/a", requestsPerSecond: 1, requestsPerMinute: 1 }] } }, path: "spec.routing.rateLimits[0]", remedy: "exactly one of requestsPerSecond", refusedBy: api },
  { title: "an unknown strategy", spec: { rollout: { strategy: "recreate" } }, path: "spec.rollout.strategy", remedy: "rolling, canary, blueGreen", refusedBy: api, apiRemedy: '"rolling", "canary", "blueGreen"' },
  { title: "weights that fall", spec: { rollout: { canary: { steps: [{ weight: 25 }, { weight: 5 }] } } }, path: "spec.rollout.canary.steps", remedy: "strictly increasing", refusedBy: api },
  { title: "weights that stay", spec: { rollout: { canary: { steps: [{ weight: 5 }, { weight: 5 }] } } }, path: "spec.rollout.canary.steps", remedy: "strictly increasing", refusedBy: api },
  { title: "a weight above 100", spec: { rollout: { canary: { steps: [{ weight: 101 }] } } }, path: "spec.rollout.canary.steps[0].weight", remedy: "at most 100", refusedBy: api, apiRemedy: "less than or equal to 100" },
  { title: "a dry run of an unknown metric", spec: { rollout: { canary: { analysis: { dryRun: ["speed"] } } } }, path: "spec.rollout.canary.analysis.dryRun", remedy: "names of queries, or of metrics", refusedBy: api },
  { title: "metrics behind a password", spec: { web: { metrics: { basicAuth: { secretKeyRef: { name: "a", key: "b" } } } } }, path: "spec.web.metrics.basicAuth", remedy: "never reads Secrets", refusedBy: api },
  { title: "metrics behind a token", spec: { web: { metrics: { bearer: {} } } }, path: "spec.web.metrics.bearer", remedy: "web.metrics.port", refusedBy: api },
  { title: "an unknown library of metrics", spec: { web: { metrics: { preset: "statsd" } } }, path: "spec.web.metrics.preset", remedy: "micrometer", refusedBy: api },
  { title: "metrics on the pooler's port", spec: { web: { metrics: { port: 6432 } } }, path: "spec.web.metrics.port", remedy: "where the pooler listens", refusedBy: api },
  { title: "a Host header with a path", spec: { web: { metrics: { host: "shop.example.com/metrics" } } }, path: "spec.web.metrics.host", remedy: "must be a host name", refusedBy: api },
  { title: "a counter without a name", spec: { web: { metrics: { requests: { statusLabel: "code" } } } }, path: "spec.web.metrics.requests.name", remedy: "is required: add it", refusedBy: api, apiRemedy: "Required value" },
  { title: "an excluded route twice", spec: { web: { metrics: { excludeRoutes: ["/up", "/up"] } } }, path: "spec.web.metrics.excludeRoutes", remedy: "twice", refusedBy: api, apiRemedy: "Duplicate value", apiPath: "spec.web.metrics.excludeRoutes[1]" },
  { title: "probes of a gRPC server", spec: { web: { protocol: "grpc" }, rollout: { canary: { analysis: { probes: [{ path: "/login" }] } } } }, path: "spec.rollout.canary.analysis.probes", remedy: "HTTP/1.1", refusedBy: api },
  { title: "a limit of no errors at all", spec: { rollout: { canary: { analysis: { errorRatePercent: 0 } } } }, path: "spec.rollout.canary.analysis.errorRatePercent", remedy: "at least 0.01", refusedBy: api },
  { title: "a query whose limits exclude each other", spec: { rollout: { canary: { analysis: { queries: [{ name: "a", promql: "up", min: 2, max: 1 }] } } }, monitoring: { prometheus: { url: "http://prometheus:9090" } } }, path: "spec.rollout.canary.analysis.queries[0].min", remedy: "must not be above max", refusedBy: api },
  { title: "queries without a Prometheus", spec: { rollout: { canary: { analysis: { queries: [{ name: "a", promql: "up", max: 1 }] } } } }, path: "spec.rollout.canary.analysis.queries", remedy: "monitoring.prometheus", refusedBy: api },
  { title: "a query without a limit", spec: { rollout: { canary: { analysis: { queries: [{ name: "a", promql: "up" }] } } } }, path: "spec.rollout.canary.analysis.queries[0]", remedy: "min, max or both", refusedBy: api },
  { title: "a freeze by a budget that nothing measures", spec: { rollout: { freeze: { whenErrorBudgetBelowPercent: 10 } } }, path: "spec.rollout.freeze.whenErrorBudgetBelowPercent", remedy: "spec.slos", refusedBy: api, apiRemedy: "needs an entry in slos" },
  { title: "an objective without an error budget", spec: { slos: [{ name: "a", objectivePercent: 100 }] }, path: "spec.slos[0].objectivePercent", remedy: "below 100", refusedBy: api, apiRemedy: "less than 100" },
  { title: "a disruption of nothing", spec: { disruption: { maxUnavailable: 0 } }, path: "spec.disruption.maxUnavailable", remedy: "a number of pods such as 1", refusedBy: api },
  { title: "a disruption above all", spec: { disruption: { maxUnavailable: "150%" } }, path: "spec.disruption.maxUnavailable", remedy: 'a percentage such as "25%"', refusedBy: api },
  { title: "a Prometheus without a scheme", spec: { monitoring: { prometheus: { url: "prometheus:9090" } } }, path: "spec.monitoring.prometheus.url", remedy: "http or https", refusedBy: api },
  { title: "an overlay for an unknown component", spec: { overlays: { wbe: {} } }, path: "spec.overlays.wbe", remedy: "use one of web", refusedBy: parser },
  {
    title: "an overlay beside the spec",
    spec: { overlays: { web: { template: {} } } },
    path: "spec.overlays.web.template",
    remedy: "an overlay may hold metadata and spec",
    refusedBy: parser,
  },
  {
    title: "an overlay of the replicas",
    spec: { overlays: { web: { spec: { replicas: 3 } } } },
    path: "spec.overlays.web.spec.replicas",
    remedy: "use spec.web.replicas",
    refusedBy: parser,
  },
  ...overlays({
    "of a field that cannot change": [{ podManagementPolicy: "Parallel" }, "podManagementPolicy", "belongs to the operator"],
    "of the selector of a schedule's Jobs": [{ jobTemplate: { spec: { selector: {} } } }, "jobTemplate.spec.selector", "belongs to the operator"],
    "with an unknown directive": [{ template: { $patch: "remove" } }, "template.$patch", "use replace, delete or merge"],
    "with a directive that no patch has": [{ template: { $merge: [] } }, "template.$merge", "no directive of a strategic merge patch"],
    "with an order that is no list": [{ template: { "$setElementOrder/containers": "app" } }, "template.$setElementOrder/containers", "must be a list"],
    "of containers by name": [{ template: { spec: { containers: { app: {} } } } }, "template.spec.containers", "must be a list"],
    "of a container without a name": [{ template: { spec: { containers: [{ tty: true }] } } }, "template.spec.containers[0].name", "add it"],
    "of a mount without its path": [
      { template: { spec: { containers: [{ name: "app", volumeMounts: [{ name: "a" }] }] } } },
      "template.spec.containers[0].volumeMounts[0].mountPath",
      "add it",
    ],
    "of a container that is a text": [{ template: { spec: { containers: ["app"] } } }, "template.spec.containers[0]", "must be an object"],
    "that merges an entry by a word": [
      { template: { spec: { containers: [{ name: "app", $patch: "merge" }] } } },
      "template.spec.containers[0].$patch",
      "remove it to merge",
    ],
  }),
];

function overlays(faults: Readonly<Record<string, readonly [spec: Tree, path: string, remedy: string]>>): readonly InvalidManifest[] {
  return Object.entries(faults).map(([what, [spec, path, remedy]]) => ({
    title: `an overlay ${what}`,
    spec: { overlays: { web: { spec } } },
    path: `spec.overlays.web.spec.${path}`,
    remedy,
    refusedBy: parser,
  }));
}

/** Every manifest that must be refused. */
export const INVALID_MANIFESTS: readonly InvalidManifest[] = [
  ...basics,
  ...pod,
  ...components,
  ...web,
  ...jobs,
  ...data,
  ...delivery,
  ...INVALID_CHILDREN,
];

/** The whole manifest of an entry. */
export function invalidManifest({ name = "shop", spec }: InvalidManifest): Tree {
  const merged = Object.entries({ ...VALID_SPEC, ...spec }).filter(([, value]) => value !== null);
  return { apiVersion: "scalableapp.dev/v1alpha1", kind: "ScalableApp", metadata: { name }, spec: Object.fromEntries(merged) };
}
