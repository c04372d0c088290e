import type { InvalidManifest } from "./invalid-manifests.ts";
import type { Tree } from "../../base/tree.ts";

const api = "api server";
const parser = "parser";

function schedule(fields: Tree): Tree {
  return { schedules: [{ name: "a", cron: "0 3 * * *", command: ["a"], ...fields }] };
}

function sidecar(fields: Tree): Tree {
  return { sidecars: [{ name: "a", image: "a", ...fields }] };
}

function freeze(window: Tree): Tree {
  return { rollout: { freeze: { windows: [{ name: "a", ...window }] } } };
}

function metric(fields: Tree): Tree {
  return { web: { autoscaling: { metrics: [fields] } } };
}

function gateway(fields: Tree): Tree {
  return { routing: { hosts: ["a.b"], gateway: { name: "a" }, ...fields } };
}

const cron = "spec.schedules[0].cron";
const timeZone = "spec.schedules[0].timeZone";

const times: readonly InvalidManifest[] = [
  { title: "a cron of six fields", spec: schedule({ cron: "0 0 3 * * *" }), path: cron, remedy: "as a CronJob takes it", refusedBy: api },
  { title: "a cron with two spaces", spec: schedule({ cron: "0 3  * * *" }), path: cron, remedy: "single spaces", refusedBy: api },
  { title: "a cron out of range", spec: schedule({ cron: "61 3 * * *" }), path: cron, remedy: "minute 0-59", refusedBy: api },
  { title: "a cron with Sunday as 7", spec: schedule({ cron: "30 2 * * 7" }), path: cron, remedy: "write 0 for Sunday", refusedBy: api, apiRemedy: "weekday 0-6" },
  { title: "a cron with the last day", spec: schedule({ cron: "0 6 L * *" }), path: cron, remedy: "L, W and # are not known", refusedBy: api, apiRemedy: "as a CronJob takes it" },
  { title: "a cron with a working day", spec: schedule({ cron: "0 6 15W * *" }), path: cron, remedy: "L, W and # are not known", refusedBy: api, apiRemedy: "as a CronJob takes it" },
  { title: "a cron with the second Monday", spec: schedule({ cron: "0 6 * * 1#2" }), path: cron, remedy: "L, W and # are not known", refusedBy: api, apiRemedy: "as a CronJob takes it" },
  { title: "a cron with a step of none", spec: schedule({ cron: "*/0 * * * *" }), path: cron, remedy: "as a CronJob takes it", refusedBy: api },
  { title: "a cron with its own time zone", spec: schedule({ cron: "TZ=UTC 0 3 * * *" }), path: cron, remedy: "set timeZone", refusedBy: api, apiRemedy: "as a CronJob takes it" },
  { title: "a cron as an interval", spec: schedule({ cron: "@every 5m" }), path: cron, remedy: "write */5", refusedBy: api, apiRemedy: "as a CronJob takes it" },
  { title: "a cron as a macro that nobody knows", spec: schedule({ cron: "@noon" }), path: cron, remedy: "@hourly, @daily", refusedBy: api },
  { title: "a cron with a range that ends before it begins", spec: schedule({ cron: "0 3 * * 5-1" }), path: cron, remedy: "write it as two, such as 5-6,0-1", refusedBy: parser },
  { title: "a cron with a month that does not exist", spec: schedule({ cron: "0 3 * MAI *" }), path: cron, remedy: "names are JAN, FEB", refusedBy: parser },
  { title: "a cron that never comes", spec: schedule({ cron: "0 0 30 2 *" }), path: cron, remedy: "never comes", refusedBy: parser },
  { title: "a time zone as an offset", spec: schedule({ timeZone: "+02:00" }), path: timeZone, remedy: "no offset", refusedBy: api },
  { title: "a time zone in small letters", spec: schedule({ timeZone: "europe/berlin" }), path: timeZone, remedy: 'did you mean "Europe/Berlin"?', refusedBy: parser },
  { title: "the time zone of the machine", spec: schedule({ timeZone: "Local" }), path: timeZone, remedy: "not Local", refusedBy: parser },
  { title: "an unknown time zone", spec: schedule({ timeZone: "Europe/Atlantis" }), path: timeZone, remedy: "such as Europe/Berlin", refusedBy: parser },
  { title: "an abbreviated time zone", spec: schedule({ timeZone: "PST" }), path: timeZone, remedy: "such as Europe/Berlin", refusedBy: parser },
  { title: "a freeze that is always open", spec: freeze({ cron: "0 * * * *", duration: "1h" }), path: "spec.rollout.freeze.windows[0].duration", remedy: "shorten it", refusedBy: parser },
  { title: "a freeze over working days and nights", spec: freeze({ cron: "0 8 * * *", duration: "2d" }), path: "spec.rollout.freeze.windows[0].duration", remedy: "shorten it", refusedBy: parser },
  { title: "a freeze for decades", spec: freeze({ start: "2026-01-01T00:00:00", end: "2099-01-01T00:00:00" }), path: "spec.rollout.freeze.windows[0].end", remedy: "choose an earlier end", refusedBy: parser },
  { title: "a freeze with Sunday as 7", spec: freeze({ cron: "0 8 * * 7", duration: "2h" }), path: "spec.rollout.freeze.windows[0].cron", remedy: "write 0 for Sunday", refusedBy: api, apiRemedy: "weekday 0-6" },
];

const quantities: readonly InvalidManifest[] = [
  { title: "a limit of half a byte", spec: { web: { resources: { limits: { memory: "512m" } } } }, path: "spec.web.resources.limits.memory", remedy: "did you mean 512Mi?", refusedBy: api, apiPath: "spec.web.resources.limits", apiRemedy: "did you mean Mi?" },
  { title: "a request of memory in thousandths", spec: { web: { resources: { requests: { memory: "128m" } } } }, path: "spec.web.resources.requests.memory", remedy: "did you mean 128Mi?", refusedBy: api, apiPath: "spec.web.resources.requests", apiRemedy: "did you mean Mi?" },
  { title: "a limit of a few bytes", spec: { web: { resources: { limits: { memory: 512 } } } }, path: "spec.web.resources.limits.memory", remedy: "did you mean 512Mi?", refusedBy: api, apiPath: "spec.web.resources.limits", apiRemedy: "at least 4Mi" },
  { title: "a fraction without quotes", spec: { web: { resources: { requests: { cpu: 0.5 } } } }, path: "spec.web.resources.requests.cpu", remedy: "or 500m of cpu", refusedBy: api, apiPath: "spec.web.resources.requests", apiRemedy: "integer" },
  { title: "a resource that does not exist", spec: { web: { resources: { limits: { memry: "1Gi" } } } }, path: "spec.web.resources.limits.memry", remedy: 'did you mean "memory"?', refusedBy: api, apiPath: "spec.web.resources.limits", apiRemedy: "must be one of cpu, memory" },
  { title: "a device that is requested without a limit", spec: { web: { resources: { requests: { "example.com/gpu": 1 } } } }, path: "spec.web.resources.requests.example.com/gpu", remedy: "must equal the limit", refusedBy: parser },
  { title: "half a device", spec: { web: { resources: { limits: { "nvidia.com/gpu": "0.5" } } } }, path: "spec.web.resources.limits.nvidia.com/gpu", remedy: "whole ones", refusedBy: parser },
  { title: "a request of no CPU under autoscaling", spec: { stage: "growth", web: { resources: { requests: { cpu: 0 } } } }, path: "spec.web.resources.requests.cpu", remedy: "which stage growth fills in", refusedBy: api, apiPath: "spec.web.resources", apiRemedy: "more than 0 CPU" },
  { title: "a worker's request of no CPU under autoscaling", spec: { workers: [{ name: "a", command: ["a"], autoscaling: {}, resources: { requests: { cpu: "0m" } } }] }, path: "spec.workers[0].resources.requests.cpu", remedy: "must be above 0", refusedBy: api, apiPath: "spec.workers", apiRemedy: "more than 0 CPU" },
  { title: "a cache of a quarter of a byte", spec: { redis: { cache: { memory: "256m" } } }, path: "spec.redis.cache.memory", remedy: "did you mean 256Mi?", refusedBy: api, apiRemedy: "did you mean Mi?" },
  { title: "a cache of nothing", spec: { redis: { cache: { memory: 0 } } }, path: "spec.redis.cache.memory", remedy: "at least 32Mi", refusedBy: api },
  { title: "a cache of 1 MiB", spec: { redis: { cache: { memory: "1Mi" } } }, path: "spec.redis.cache.memory", remedy: "at least 32Mi", refusedBy: api },
  { title: "a queue without a volume", spec: { redis: { queue: { storage: "0" } } }, path: "spec.redis.queue.storage", remedy: "at least 128Mi", refusedBy: api },
  { title: "memory without a unit that exists", spec: { redis: { cache: { memory: "256Mo" } } }, path: "spec.redis.cache.memory", remedy: "did you mean 256Mi?", refusedBy: api, apiRemedy: "256Mi" },
];

const pods: readonly InvalidManifest[] = [
  { title: "a label with build metadata", spec: { podMetadata: { labels: { version: "1.4.2+build.77" } } }, path: "spec.podMetadata.labels.version", remedy: "value of a label", refusedBy: api, apiPath: "spec.podMetadata.labels" },
  { title: "a label that ends with a hyphen", spec: { podMetadata: { labels: { team: "ledger-" } } }, path: "spec.podMetadata.labels.team", remedy: "value of a label", refusedBy: api, apiPath: "spec.podMetadata.labels" },
  { title: "a label with two slashes", spec: { podMetadata: { labels: { "a/b/c": "d" } } }, path: "spec.podMetadata.labels.a/b/c", remedy: "is no possible key", refusedBy: api, apiPath: "spec.podMetadata.labels", apiRemedy: "impossible key" },
  { title: "an annotation with a space in its key", spec: { podMetadata: { annotations: { "my key": "d" } } }, path: "spec.podMetadata.annotations.my key", remedy: "is no possible key", refusedBy: api, apiPath: "spec.podMetadata.annotations", apiRemedy: "impossible key" },
  { title: "a label of Kubernetes", spec: { podMetadata: { labels: { "pod-template-hash": "a" } } }, path: "spec.podMetadata.labels", remedy: "remove pod-template-hash", refusedBy: api },
  { title: "a node label with a space", spec: { scheduling: { nodeSelector: { pool: "general purpose" } } }, path: "spec.scheduling.nodeSelector.pool", remedy: "value of a label", refusedBy: api, apiPath: "spec.scheduling.nodeSelector" },
  { title: "a node label that is a truth value", spec: { scheduling: { nodeSelector: { gpu: true } } }, path: "spec.scheduling.nodeSelector.gpu", remedy: "put it in quotes", refusedBy: api, apiPath: "spec.scheduling.nodeSelector", apiRemedy: "must be of type string" },
  { title: "a toleration of every taint by value", spec: { scheduling: { tolerations: [{ value: "a" }] } }, path: "spec.scheduling.tolerations[0].operator", remedy: "write operator: Exists", refusedBy: api },
  { title: "a toleration with a value that is not compared", spec: { scheduling: { tolerations: [{ key: "a", operator: "Exists", value: "b" }] } }, path: "spec.scheduling.tolerations[0].value", remedy: "operator: Equal", refusedBy: api },
  { title: "a toleration that ends without an eviction", spec: { scheduling: { tolerations: [{ key: "a", operator: "Exists", tolerationSeconds: 30 }] } }, path: "spec.scheduling.tolerations[0].tolerationSeconds", remedy: "needs effect: NoExecute", refusedBy: api },
  { title: "a toleration with an impossible key", spec: { scheduling: { tolerations: [{ key: "a b" }] } }, path: "spec.scheduling.tolerations[0].key", remedy: "must be a key such as", refusedBy: api },
  { title: "an image name in capitals", spec: { image: "X/Shop:1" }, path: "spec.image", remedy: "the name in lower case", refusedBy: api },
  { title: "an image with half a digest", spec: { image: "shop@sha256:abc" }, path: "spec.image", remedy: "@sha256:digest", refusedBy: api },
  { title: "a reference with two dots in a row", spec: { imagePullSecrets: [{ name: "a..b" }] }, path: "spec.imagePullSecrets[0].name", remedy: "each part between dots", refusedBy: api },
  { title: "a key of two dots", spec: { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "a", key: ".." } } }] }, path: "spec.env[0].valueFrom.secretKeyRef.key", remedy: "key of a ConfigMap", refusedBy: api },
  { title: "files on a path with a colon", spec: { files: [{ path: "/a:b", configMapRef: { name: "a" } }] }, path: "spec.files[0].path", remedy: "no ':'", refusedBy: api },
  { title: "a field of the pod that no variable can hold", spec: { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nope" } } }] }, path: "spec.env[0].valueFrom.fieldRef.fieldPath", remedy: "metadata.name, metadata.namespace", refusedBy: api },
  { title: "a resource that no variable can hold", spec: { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.memry" } } }] }, path: "spec.env[0].valueFrom.resourceFieldRef.resource", remedy: "such as limits.memory", refusedBy: api },
  { title: "a divisor of cpu in bytes", spec: { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1Mi" } } }] }, path: "spec.env[0].valueFrom.resourceFieldRef.divisor", remedy: "1 or 1m for cpu", refusedBy: api },
  { title: "a resource of a container that is not there", spec: { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", containerName: "ap" } } }] }, path: "spec.env[0].valueFrom.resourceFieldRef.containerName", remedy: 'did you mean "app"?', refusedBy: parser },
  { title: "PORT other than web.port", spec: { env: [{ name: "PORT", value: "3000" }] }, path: "spec.env[0].value", remedy: "set web.port", refusedBy: api, apiPath: "spec.env" },
  { title: "a reference to a variable that nobody sets", spec: { postgres: { urlFrom: { secretKeyRef: { name: "a", key: "b" } } }, env: [{ name: "A", value: "jdbc://$(DATABASE_HOSTS)/x" }] }, path: "spec.env[0].value", remedy: 'did you mean "DATABASE_HOST"?', refusedBy: parser },
  { title: "a reference to a database that the app has not", spec: { env: [{ name: "A", value: "$(DATABASE_HOST)" }] }, path: "spec.env[0].value", remedy: "needs spec.postgres", refusedBy: parser },
  { title: "a reference to a later variable", spec: { env: [{ name: "A", value: "$(B)" }, { name: "B", value: "c" }] }, path: "spec.env[0].value", remedy: "move B before it", refusedBy: parser },
  { title: "a sidecar's reference to a variable that nobody sets", spec: sidecar({ env: [{ name: "A", value: "$(NOPE)" }] }), path: "spec.sidecars[0].env[0].value", remedy: "write $$(NOPE)", refusedBy: parser },
];

const nulls: readonly InvalidManifest[] = [
  { title: "a required field of null", spec: { schedules: [{ name: "a", cron: null, command: ["a"] }] }, path: "spec.schedules[0].cron", remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a list with an entry of null", spec: { web: { command: [null] } }, path: "spec.web.command[0]", remedy: "must be text", refusedBy: api, apiRemedy: "must be of type string" },
];

const containers: readonly InvalidManifest[] = [
  { title: "an extra port on the port of the Service", spec: { web: { extraPorts: [{ name: "redirect", port: 80 }] } }, path: "spec.web.extraPorts", remedy: "such as 8081", refusedBy: api },
  { title: "an extra port that is named by digits", spec: { web: { extraPorts: [{ name: "123", port: 9090 }] } }, path: "spec.web.extraPorts[0].name", remedy: "at least one letter", refusedBy: api },
  { title: "an extra port with two hyphens in a row", spec: { web: { extraPorts: [{ name: "a--b", port: 9090 }] } }, path: "spec.web.extraPorts[0].name", remedy: "single '-'", refusedBy: api },
  { title: "a probe on an init container", spec: { initContainers: [{ name: "a", image: "a", readinessProbe: { exec: { command: ["a"] } } }] }, path: "spec.initContainers[0].readinessProbe", remedy: "move the container to sidecars", refusedBy: api },
  { title: "a liveness probe that must succeed often", spec: sidecar({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 3 } }), path: "spec.sidecars[0].livenessProbe.successThreshold", remedy: "must be 1", refusedBy: api },
  { title: "a sidecar on the pooler's port", spec: sidecar({ ports: [{ containerPort: 6432 }] }), path: "spec.sidecars[0].ports", remedy: "where the pooler listens", refusedBy: api },
  { title: "two ports of one name", spec: sidecar({ ports: [{ name: "a", containerPort: 1 }, { name: "a", containerPort: 2 }] }), path: "spec.sidecars[0].ports", remedy: "distinct names", refusedBy: api },
  { title: "a sidecar that takes the requests of the app", spec: sidecar({ ports: [{ name: "http", containerPort: 1 }] }), path: "spec.sidecars[0].ports[0].name", remedy: "the name of web.port already", refusedBy: parser },
  { title: "two sidecars on one port", spec: { sidecars: [{ name: "a", image: "a", ports: [{ containerPort: 1 }] }, { name: "b", image: "b", ports: [{ containerPort: 1 }] }] }, path: "spec.sidecars[1].ports[0].containerPort", remedy: "a port of a already", refusedBy: parser },
  { title: "a health path with a fragment", spec: { web: { health: { ready: "/ready#1" } } }, path: "spec.web.health.ready", remedy: "'#' is never sent", refusedBy: api },
  { title: "a web socket path with a query", spec: gateway({ webSockets: ["/ws?x=1"] }), path: "spec.routing.webSockets[0]", remedy: "without '//'", refusedBy: api },
  { title: "a web socket path with two slashes", spec: gateway({ webSockets: ["//x"] }), path: "spec.routing.webSockets[0]", remedy: "without '//'", refusedBy: api },
  { title: "a web socket path with a fragment", spec: gateway({ webSockets: ["/a#b"] }), path: "spec.routing.webSockets[0]", remedy: "without '//'", refusedBy: api },
  { title: "a web socket path with a written slash", spec: gateway({ webSockets: ["/ws%2F"] }), path: "spec.routing.webSockets[0]", remedy: "'%2F'", refusedBy: api },
  { title: "a web socket path that climbs", spec: gateway({ webSockets: ["/a/../b"] }), path: "spec.routing.webSockets[0]", remedy: "'/../'", refusedBy: api },
  { title: "web sockets everywhere", spec: gateway({ webSockets: ["/"] }), path: "spec.routing.webSockets", remedy: "name the paths that upgrade", refusedBy: api },
  { title: "an eviction of all pods at once", spec: { web: { autoscaling: { minReplicas: 2 } }, disruption: { maxUnavailable: 50 } }, path: "spec.disruption.maxUnavailable", remedy: "at most 1", refusedBy: api, apiRemedy: "lower it below minReplicas" },
  { title: "an eviction of all pods that a stage keeps", spec: { stage: "steady", disruption: { maxUnavailable: "100%" } }, path: "spec.disruption.maxUnavailable", remedy: "at most 3", refusedBy: api, apiRemedy: "lower it below minReplicas" },
  { title: "a canary without a step", spec: { rollout: { canary: { steps: [] } } }, path: "spec.rollout.canary.steps", remedy: "strategy: rolling", refusedBy: api, apiRemedy: "at least 1 items" },
  { title: "an analysis that looks less often than steps pass", spec: { rollout: { canary: { steps: [{ weight: 5, pauseSeconds: 5 }], analysis: { intervalSeconds: 60 } } } }, path: "spec.rollout.canary.analysis.intervalSeconds", remedy: "raise pauseSeconds", refusedBy: api },
  { title: "a ceiling below the stage's floor", spec: { stage: "steady", web: { autoscaling: { maxReplicas: 3 } } }, path: "spec.web.autoscaling.minReplicas", remedy: "is 4 in stage steady", refusedBy: api, apiPath: "spec.web.autoscaling", apiRemedy: "steady 4-20" },
];

const path = "spec.web.autoscaling.metrics[0]";
const averageValue = { type: "AverageValue", averageValue: "10" };

const metrics: readonly InvalidManifest[] = [
  { title: "a metric of no known form", spec: metric({ type: "Resource", foo: "bar", resource: { name: "memory", target: averageValue } }), path: `${path}.foo`, remedy: "remove it or correct its name", refusedBy: api, apiRemedy: "unknown field" },
  { title: "a metric without a type", spec: metric({ resource: { name: "memory", target: averageValue } }), path: `${path}.type`, remedy: "is required", refusedBy: api, apiRemedy: "Required value" },
  { title: "a metric of an unknown type", spec: metric({ type: "Resorce", resource: { name: "memory", target: averageValue } }), path: `${path}.type`, remedy: 'did you mean "Resource"?', refusedBy: api, apiRemedy: '"Resource"' },
  { title: "a metric with the block of another type", spec: metric({ type: "Pods", resource: { name: "memory", target: averageValue } }), path, remedy: "the one block of its type", refusedBy: api },
  { title: "a target without its figure", spec: metric({ type: "Pods", pods: { metric: { name: "jobs" }, target: { type: "AverageValue" } } }), path: `${path}.pods.target`, remedy: "averageValue for AverageValue", refusedBy: api },
  { title: "a target of nothing", spec: metric({ type: "Pods", pods: { metric: { name: "jobs" }, target: { type: "AverageValue", averageValue: 0 } } }), path: `${path}.pods.target`, remedy: "above 0", refusedBy: api },
  { title: "a metric of pods as a plain value", spec: metric({ type: "Pods", pods: { metric: { name: "jobs" }, target: { type: "Value", value: 1 } } }), path: `${path}.pods.target.type`, remedy: "must be AverageValue", refusedBy: api },
];

const streaming = { name: "a", command: ["a"], port: 4000 };

/** Faults in what a component has of its own. */
const components: readonly InvalidManifest[] = [
  { title: "PORT of web other than web.port", spec: { web: { env: [{ name: "PORT", value: "3000" }] } }, path: "spec.web.env[0].value", remedy: "set web.port", refusedBy: api, apiPath: "spec.web.env" },
  { title: "PORT of the app beside a worker with a port", spec: { env: [{ name: "PORT", value: "8080" }], workers: [streaming] }, path: "spec.env[0].value", remedy: "which listens on 4000", refusedBy: parser },
  { title: "a worker's variable with a bad name", spec: { workers: [{ ...streaming, env: [{ name: "1A" }] }] }, path: "spec.workers[0].env[0].name", remedy: "name of an environment variable", refusedBy: api, apiRemedy: "should match" },
  { title: "a worker's reference to nothing", spec: { workers: [{ ...streaming, env: [{ name: "A", value: "$(B)" }] }] }, path: "spec.workers[0].env[0].value", remedy: "no variable before it sets", refusedBy: parser },
  { title: "a variable that is replaced behind what refers to it", spec: { env: [{ name: "A", value: "1" }, { name: "B", value: "$(A)" }], web: { env: [{ name: "A", value: "2" }] } }, path: "spec.web.env[0].name", remedy: "give B here too", refusedBy: parser },
  { title: "a sidecar on the port of a worker", spec: { workers: [streaming], sidecars: [{ name: "s", image: "s", ports: [{ containerPort: 4000 }], components: ["worker-a"] }] }, path: "spec.sidecars[0].ports[0].containerPort", remedy: "the port of worker a", refusedBy: parser },
  { title: "an overlay of a Service's port without its number", spec: { overlays: { "web/service": { spec: { ports: [{ name: "http" }] } } } }, path: "spec.overlays.web/service.spec.ports[0].port", remedy: "add it", refusedBy: parser },
];

const overlays: readonly InvalidManifest[] = [
  { title: "an overlay's tolerations as a map", spec: { overlays: { web: { spec: { template: { spec: { tolerations: { key: "a" } } } } } } }, path: "spec.overlays.web.spec.template.spec.tolerations", remedy: "must be a list", refusedBy: parser },
  { title: "an overlay's affinity as a list", spec: { overlays: { web: { spec: { template: { spec: { affinity: [] } } } } } }, path: "spec.overlays.web.spec.template.spec.affinity", remedy: "object of fields", refusedBy: parser },
  { title: "an overlay that deletes the app's container", spec: { overlays: { web: { spec: { template: { spec: { containers: [{ name: "app", $patch: "delete" }] } } } } } }, path: "spec.overlays.web.spec.template.spec.containers[0].$patch", remedy: "remove the entry", refusedBy: parser },
  { title: "an overlay that removes every container", spec: { overlays: { web: { spec: { template: { spec: { containers: null } } } } } }, path: "spec.overlays.web.spec.template.spec.containers", remedy: "remove the null", refusedBy: parser },
  { title: "an overlay that removes the image", spec: { overlays: { web: { spec: { template: { spec: { containers: [{ name: "app", image: null }] } } } } } }, path: "spec.overlays.web.spec.template.spec.containers[0].image", remedy: "remove the null", refusedBy: parser },
  { title: "an overlay that replaces the whole pod", spec: { overlays: { web: { spec: { template: { spec: { $patch: "replace" } } } } } }, path: "spec.overlays.web.spec.template.spec.$patch", remedy: "one field or entry", refusedBy: parser },
  { title: "an overlay that removes the ports of a Service", spec: { overlays: { "web/service": { spec: { ports: null } } } }, path: "spec.overlays.web/service.spec.ports", remedy: "remove the null", refusedBy: parser },
  { title: "an overlay that does not restart the web", spec: { overlays: { web: { spec: { template: { spec: { restartPolicy: "Never" } } } } } }, path: "spec.overlays.web.spec.template.spec.restartPolicy", remedy: "must be Always", refusedBy: parser },
  { title: "an overlay that restarts a migration for ever", spec: { migration: { command: ["a"] }, overlays: { migration: { spec: { template: { spec: { restartPolicy: "Always" } } } } } }, path: "spec.overlays.migration.spec.template.spec.restartPolicy", remedy: "Never or OnFailure", refusedBy: parser },
  { title: "a directive among tolerations", spec: { overlays: { web: { spec: { template: { spec: { tolerations: [{ $patch: "replace" }, { operator: "Exists" }] } } } } } }, path: "spec.overlays.web.spec.template.spec.tolerations[0].$patch", remedy: "replaced as a whole", refusedBy: parser },
  { title: "an overlay to Recreate", spec: { overlays: { web: { spec: { strategy: { type: "Recreate" } } } } }, path: "spec.overlays.web.spec.strategy.type", remedy: "rollingUpdate: null", refusedBy: parser },
];

/** Manifests whose children Kubernetes would refuse, or that could never work. */
export const INVALID_CHILDREN: readonly InvalidManifest[] = [...times, ...quantities, ...pods, ...nulls, ...containers, ...metrics, ...components, ...overlays];
