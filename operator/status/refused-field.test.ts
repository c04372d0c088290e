import { expect, test } from "vitest";
import { specSchema } from "../api/scalable-app.ts";
import { childrenOf, database } from "../testing/rendered.ts";
import { fieldOf, fieldOfRole, overlayOf } from "./refused-field.ts";

test.each([
  ["schedule-report/cron-job", "spec.schedule", "spec.schedules[report].cron"],
  ["schedule-report/cron-job", "spec.timeZone", "spec.schedules[report].timeZone"],
  ["schedule-report/cron-job", "spec.startingDeadlineSeconds", "spec.schedules[report].startingDeadlineSeconds"],
  ["schedule-report/cron-job", "spec.jobTemplate.spec.activeDeadlineSeconds", "spec.schedules[report].deadlineSeconds"],
  ["schedule-report/cron-job", "spec.jobTemplate.spec.backoffLimit", "spec.schedules[report].retries"],
  [
    "schedule-report/cron-job",
    "spec.jobTemplate.spec.template.spec.containers[0].resources.limits[memory]",
    "spec.schedules[report].resources",
  ],
  ["schedule-report/cron-job", "metadata.name", "spec.schedules[report]"],
  ["redis-queue/stateful-set", "spec", "spec.redis.queue.storage"],
  ["redis-queue/stateful-set", "spec.volumeClaimTemplates[0].spec.resources.requests[storage]", "spec.redis.queue.storage"],
  ["volume-uploads/persistent-volume-claim", "spec.resources.requests[storage]", "spec.volumes[uploads].storage"],
  ["volume-uploads/persistent-volume-claim", "spec.storageClassName", "spec.volumes[uploads].storageClassName"],
  ["volume-uploads/persistent-volume-claim", "", "spec.volumes[uploads]"],
  ["redis-queue/stateful-set", "spec.volumeClaimTemplates[0].spec.storageClassName", "spec.redis.queue.storageClassName"],
  ["redis-queue/stateful-set", "spec.template.spec.containers[0].resources.requests", "spec.redis.queue.memory"],
  ["redis-cache/deployment", "spec.template.spec.containers[0].resources.limits", "spec.redis.cache.memory"],
  ["redis-cache/service", "spec.clusterIP", "spec.redis.cache"],
  ["web/deployment", "spec.selector", "spec.web"],
  ["web/deployment", "spec.template.spec.containers[0].image", "spec.image"],
  ["web/deployment", "spec.template.spec.containers[0].env[3].name", "spec.env, spec.web.env"],
  ["web/deployment", "spec.template.spec.containers[0].envFrom[0]", "spec.envFrom, spec.web.envFrom"],
  ["web/deployment", "spec.template.spec.containers[0].resources.requests[cpu]", "spec.web.resources"],
  ["web/deployment", "spec.template.spec.containers[0].command", "spec.web.command"],
  ["web/deployment", "spec.template.spec.containers[0].livenessProbe.httpGet.path", "spec.web.health"],
  ["web/deployment", "spec.template.spec.containers[0].ports[1].name", "spec.web.port"],
  ["web/deployment", "spec.template.spec.containers[0].volumeMounts[0].mountPath", "spec.files, spec.scratch, spec.volumes"],
  ["web/deployment", "spec.template.spec.containers[0].securityContext.runAsUser", "spec.podSecurity"],
  ["web/deployment", "spec.template.spec.initContainers[1].name", "spec.initContainers, spec.sidecars"],
  ["web/deployment", "spec.template.spec.tolerations[0].operator", "spec.scheduling, spec.web.scheduling"],
  ["web/deployment", "spec.template.spec.terminationGracePeriodSeconds", "spec.web.shutdown"],
  ["web/deployment", "spec.template.metadata.labels", "spec.podMetadata"],
  ["web/deployment", "spec.strategy.rollingUpdate.maxSurge", "spec.rollout.rolling"],
  ["web/deployment", "spec.progressDeadlineSeconds", "spec.rollout.progressDeadlineSeconds"],
  ["web-canary/deployment", "spec.template.spec.containers[0].resources.limits", "spec.web.resources"],
  ["worker-orders/deployment", "spec.template.spec.containers[0].resources.limits", "spec.workers[orders].resources"],
  ["worker-orders/deployment", "spec.template.spec.terminationGracePeriodSeconds", "spec.workers[orders].drainSeconds"],
  ["worker-orders/deployment", "spec.replicas", "spec.workers[orders].replicas"],
  ["worker-orders/horizontal-pod-autoscaler", "spec.maxReplicas", "spec.workers[orders].autoscaling.maxReplicas"],
  ["web/horizontal-pod-autoscaler", "spec.metrics[1].external", "spec.web.autoscaling.metrics"],
  ["web/pod-disruption-budget", "spec.maxUnavailable", "spec.disruption.maxUnavailable"],
  ["web/service", "spec.ports[0].appProtocol", "spec.web.protocol"],
  ["web/service", "spec.ports[1].name", "spec.web.extraPorts"],
  ["web/service", "spec.clusterIP", "spec.web"],
  ["web/http-route", "spec.hostnames[0]", "spec.routing.hosts"],
  ["web/http-route", "spec.parentRefs[0].name", "spec.routing.gateway"],
  ["web/http-route", "spec.rules[0].timeouts.request", "spec.routing.timeouts"],
  ["web/http-route", "spec.rules[0].matches[0].headers[0].name", "spec.rollout.canary.match"],
  ["web/http-route", "spec.rules[0].matches[0].path.value", "spec.routing.webSockets, spec.routing.paths"],
  ["web/http-route", "spec", "spec.routing"],
  ["migration/job", "spec.template", "spec.migration"],
  ["migration/job", "spec.activeDeadlineSeconds", "spec.migration.deadlineSeconds"],
  ["migration/job", "spec.backoffLimit", "spec.migration.retries"],
  ["migration/contract-job", "spec.template", "spec.migration.contract"],
  ["pgbouncer/config-map", "data", "spec.postgres.pooler"],
  ["web-canary/config-map", "data", "spec.postgres.pooler"],
  ["migration/config-map", "data", "spec.postgres.pooler"],
  ["contract/config-map", "data", "spec.postgres.pooler"],
  ["environment/config-map", "data", "spec.redis"],
  ["web-canary-environment/config-map", "data", "spec.redis"],
  ["migration-environment/config-map", "data", "spec.redis"],
  ["worker-orders/service", "spec.ports[0].port", "spec.workers[orders].port"],
  ["worker-orders/deployment", "spec.template.spec.containers[0].image", "spec.image, spec.workers[orders].image"],
  ["worker-orders/deployment", "spec.template.spec.containers[0].readinessProbe.httpGet", "spec.workers[orders].health"],
  ["service-account", "metadata.annotations", "spec.serviceAccount"],
  ["config/copy", "", "spec.envFrom, spec.files"],
  ["release/controller-revision", "", "spec"],
])("%s: %s is %s", (role, path, field) => {
  expect(fieldOf(role, path)).toBe(field);
});

const everything = childrenOf({
  stage: "steady",
  postgres: database,
  migration: { command: ["m"], contract: { command: ["c"] } },
  workers: [{ name: "orders", command: ["work"], port: 4000, autoscaling: {} }],
  envFrom: [{ secretRef: { name: "settings" } }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["r"] }],
  routing: { hosts: ["shop.example.com"], gateway: { name: "public" } },
});

test.each(everything.map(({ role, object }) => [role, object.kind]))("the field of %s is one of our spec", (role) => {
  const [first = ""] = fieldOfRole(role).replace("spec.", "").split(/[.[]/u);
  expect(Object.keys(specSchema.shape)).toContain(first);
});

test.each([
  ["web-canary/deployment", "web"],
  ["worker-orders/deployment", "worker-orders"],
  ["migration/contract-job", "contract"],
  ["web-preview/service", "web/service"],
  ["worker-orders/horizontal-pod-autoscaler", "worker-orders/horizontal-pod-autoscaler"],
  ["service-account", "service-account"],
])("an overlay of %s is %s", (role, overlay) => {
  expect(overlayOf(role)).toBe(overlay);
});
