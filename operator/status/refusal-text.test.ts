import { expect, test } from "vitest";
import { explainRefusal, type RefusedWrite } from "./refusal-text.ts";

const cronJob = { kind: "CronJob", name: "shop-report", role: "schedule-report/cron-job", status: 422, paths: [], overlays: [] };

test.each<[string, Partial<RefusedWrite>, string]>([
  ["an invalid field", { message: "spec.schedule: Invalid value", paths: ["spec.schedule"] }, "Change spec.schedules[report].cron"],
  [
    "two invalid fields, one of them laid over",
    { message: "no", paths: ["spec.schedule", "spec.timeZone"], overlays: ["schedule-report"] },
    "Change spec.schedules[report].cron, spec.schedules[report].timeZone (or spec.overlays.schedule-report)",
  ],
  [
    "a field that the API server does not know",
    {
      status: 500,
      message: "failed to create typed patch object: .spec.nope: field not declared in schema",
      overlays: ["schedule-report"],
    },
    "This API server does not know the field: upgrade the cluster, or remove it from spec.schedules[report] (or spec.overlays.schedule-report)",
  ],
  [
    "a quota",
    { status: 403, message: "forbidden: exceeded quota: objects, requested: count/cronjobs.batch=1, used: 0, limited: 0" },
    "Raise the ResourceQuota (kubectl describe resourcequota), or ask for less: spec.schedules[report]",
  ],
  [
    "a webhook",
    { status: 403, message: 'admission webhook "policy.example.com" denied the request: no' },
    "Change spec.schedules[report] as the policy asks, or ask its owner for an exception",
  ],
  [
    "an admission policy",
    { message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no" },
    "Change spec.schedules[report] as the policy asks, or ask its owner for an exception",
  ],
  [
    "our own role",
    { status: 403, message: 'User "system:serviceaccount:x:y" cannot patch resource "cronjobs" in API group "batch"' },
    "Upgrade the chart together with the operator, so that its role allows this",
  ],
  [
    "a volume",
    {
      kind: "StatefulSet",
      role: "redis-queue/stateful-set",
      paths: ["spec"],
      message: "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
    },
    "Set spec.redis.queue.storage and spec.redis.queue.storageClassName back to what they were: a volume keeps its size and its class",
  ],
  [
    "a selector",
    {
      kind: "Deployment",
      name: "shop-web",
      role: "web/deployment",
      paths: ["spec.selector"],
      message: "spec.selector: field is immutable",
    },
    "spec.selector never changes: set spec.web back to what it was, or delete Deployment shop-web, and the operator makes it again",
  ],
  [
    "an address of a Service",
    { kind: "Service", name: "shop-web", role: "web/service", paths: ["spec.clusterIPs[0]"], message: "may not change once set" },
    "spec.clusterIPs[0] never changes: set spec.web back to what it was, or delete Service shop-web, and the operator makes it again",
  ],
  [
    "the template of a Job",
    { kind: "Job", role: "migration/job", paths: ["spec.template"], message: "spec.template: field is immutable" },
    "Set spec.migration back to what it was: the Job of a release never changes. A new release gets a Job of its own",
  ],
  [
    "the size of a release",
    { kind: "ControllerRevision", role: "release/controller-revision", status: 413, message: "etcdserver: request is too large" },
    "Make it smaller: spec",
  ],
  ["a server in trouble", { status: 500, message: "no" }, "It is tried again; where that does not help, change spec.schedules[report]"],
  [
    "a deletion",
    { role: undefined, status: 403, message: "no" },
    "Delete it yourself, or let the policy that keeps it allow the operator to",
  ],
])("%s names what the API server says, and the remedy", (_what, parts, remedy) => {
  const write = { ...cronJob, message: "", ...parts };
  expect(explainRefusal(write)).toBe(`${write.message}. ${remedy}`);
});
