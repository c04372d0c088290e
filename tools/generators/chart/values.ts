import { z } from "zod";

import { defaultImages } from "../../../operator/resources/images.ts";

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function labels(description: string) {
  return z.record(z.string(), z.string()).default({}).describe(description);
}

function objects(description: string) {
  return z.array(z.record(z.string(), z.unknown())).default([]).describe(description);
}

function flag(initial: boolean, description: string) {
  return z.boolean().default(initial).describe(description);
}

function text(initial: string, description: string) {
  return z.string().default(initial).describe(description);
}

function port(initial: number, description: string) {
  return z.int().min(1).max(65_535).default(initial).describe(description);
}

const seconds = z.string().regex(/^[0-9]+(ms|s|m|h)$/);

const image = z.strictObject({
  repository: z.string().min(1).default("localhost/scalable-app/operator").describe("The operator's image; `make images` builds this one."),
  tag: text("dev", "Tag of the image; empty = the chart's appVersion."),
  digest: z
    .string()
    .regex(/^(sha256:[0-9a-f]{64})?$/)
    .default("")
    .describe("Digest of the image, such as `sha256:...`; it wins over the tag."),
  pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent").describe("When the node pulls the image."),
});

const operandImages = z.strictObject({
  pgbouncer: z.string().min(1).default(defaultImages.pgbouncer).describe("Image of the connection pooler; it needs `sh` and `pgbouncer`."),
  redis: z.string().min(1).default(defaultImages.redis).describe("Image of managed Redis."),
  postgres: z
    .string()
    .min(1)
    .default(defaultImages.postgres)
    .describe("Image of the upkeep of partitions and materialized views; it needs `sh` and `psql`."),
});

const crds = z.strictObject({
  enabled: flag(true, "Install and upgrade the CustomResourceDefinition with this release."),
  keep: flag(true, "Leave the definition, and so every ScalableApp, in place when the release is uninstalled."),
});

const leaderElection = z.strictObject({
  enabled: flag(true, "Let one replica act and the others stand by; needed for more than one replica."),
  leaseName: text("", "Name of the Lease; empty = the release's full name."),
});

const logging = z.strictObject({
  level: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info").describe("The least that is logged."),
  format: z.enum(["json", "pretty"]).default("json").describe("`json` for machines, `pretty` for people."),
});

const rbac = z.strictObject({
  create: flag(true, "Create the roles and bindings that the operator needs."),
  userRoles: flag(true, "Extend the cluster's view, edit and admin roles to ScalableApps."),
});

const serviceAccount = z.strictObject({
  create: flag(true, "Create the operator's ServiceAccount."),
  name: text("", "Its name; empty = the release's full name, or `default` where none is created."),
  annotations: labels("Annotations of the ServiceAccount."),
});

const podDisruptionBudget = z.strictObject({
  enabled: flag(true, "Let drains take the replicas one after the other; has no effect at one replica."),
  maxUnavailable: z
    .union([z.int().min(1), z.string().regex(/^[0-9]+%$/)])
    .default(1)
    .describe("Replicas that may be away at once."),
});

const networkPolicy = z.strictObject({
  enabled: flag(true, "Accept only scrapes and probes, and reach only DNS, the API server, the metrics of web pods and managed queues."),
  restrictEgress: flag(true, "Also limit what the operator may reach."),
  apiServerPorts: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .default([443, 6443, 8443, 16_443])
    .describe("Ports on which API servers listen, behind their Service."),
  metricsFrom: objects("NetworkPolicyPeers that may scrape; empty = anyone in reach."),
  extraEgress: objects("NetworkPolicyEgressRules to add, such as one to Prometheus."),
});

const serviceMonitor = z.strictObject({
  enabled: flag(false, "Create a ServiceMonitor; needs the prometheus-operator's definitions."),
  interval: seconds.default("30s").describe("Time between scrapes."),
  labels: labels("Labels by which Prometheus finds the ServiceMonitor."),
});

const metrics = z.strictObject({
  port: port(8080, "Port of /metrics."),
  service: z
    .strictObject({ enabled: flag(true, "Create a Service for scrapers."), annotations: labels("Annotations of that Service.") })
    .prefault({}),
  serviceMonitor: serviceMonitor.prefault({}),
});

const flowSchema = z.strictObject({
  enabled: flag(false, "Give the operator's requests their own FlowSchema in the API server."),
  priorityLevel: z.string().regex(label).default("workload-high").describe("PriorityLevelConfiguration to run under."),
  matchingPrecedence: z.int().min(1).max(10_000).default(1000).describe("Order among the FlowSchemas; the smaller matches first."),
});

const resources = z.strictObject({
  requests: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .default({ cpu: "50m", memory: "128Mi" })
    .describe("What is reserved."),
  limits: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .default({ memory: "512Mi" })
    .describe("What is never exceeded. No CPU limit by default: throttling can cost the Lease."),
});

/** The chart's values: the one source of values.yaml, values.schema.json and the table in the chart's README. */
export const chartValues = z.strictObject({
  nameOverride: text("", "Replaces the chart's name in names and labels."),
  fullnameOverride: text("", "Replaces the full name of everything in the release."),
  replicas: z.int().min(1).max(9).default(2).describe("Copies of the operator: one acts, the others stand by with warm caches."),
  image: image.prefault({}),
  imagePullSecrets: objects("LocalObjectReferences for the operator's image."),
  images: operandImages.prefault({}),
  crds: crds.prefault({}),
  watchNamespaces: z
    .array(z.string().regex(label))
    .default([])
    .describe("Namespaces to serve, each with its own Role; empty = all, with one ClusterRole."),
  secretAccess: z
    .enum(["get", "watch", "none"])
    .default("get")
    .describe(
      "How changed data of a named Secret is noticed, so that pods restart: `get` its metadata every ten minutes, `watch`, or `none`. The data is never read.",
    ),
  workers: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe("The fewest ScalableApps worked on at the same time; up to 32 while the API server keeps up and some wait."),
  resyncSeconds: z.int().min(10).max(86_400).default(600).describe("Each ScalableApp is looked at again at least this often, in seconds."),
  leaderElection: leaderElection.prefault({}),
  logging: logging.prefault({}),
  rbac: rbac.prefault({}),
  serviceAccount: serviceAccount.prefault({}),
  healthPort: port(8081, "Port of /healthz and /readyz."),
  metrics: metrics.prefault({}),
  podDisruptionBudget: podDisruptionBudget.prefault({}),
  networkPolicy: networkPolicy.prefault({}),
  flowSchema: flowSchema.prefault({}),
  resources: resources.prefault({}),
  podAnnotations: labels("Annotations of the operator's pods."),
  podLabels: labels("Labels to add to the operator's pods."),
  nodeSelector: labels("Labels that a node must have."),
  tolerations: objects("Taints that the pods tolerate."),
  affinity: z.record(z.string(), z.unknown()).default({}).describe("Affinity of the pods."),
  topologySpread: flag(true, "Prefer different hosts and zones for the replicas."),
  priorityClassName: text("", "Priority of the pods, such as `system-cluster-critical`."),
  extraEnv: objects("EnvVars to add to the operator's container."),
  global: z.record(z.string(), z.unknown()).optional().describe("Set by Helm where this chart is a dependency; not used."),
});
