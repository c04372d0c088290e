import type { Tree } from "../../base/tree.ts";

/** A manifest that must be accepted, and so must every child of it. */
export interface ValidManifest {
  readonly title: string;
  /** Merged over the smallest valid spec. */
  readonly spec: Tree;
}

function schedules(...crons: readonly string[]): Tree {
  return { schedules: crons.map((cron, index) => ({ name: `s${index}`, cron, command: ["a"] })) };
}

function timeZones(...names: readonly string[]): Tree {
  return { schedules: names.map((timeZone, index) => ({ name: `s${index}`, cron: "0 3 * * *", timeZone, command: ["a"] })) };
}

/** What looks odd and is right: each stands for a rule that was, or could be, too strict. */
export const VALID_CORNERS: readonly ValidManifest[] = [
  { title: "crons with steps", spec: schedules("5/15 8-18 * * 1-5", "*/90 * * * *", "0 0 1-31/10 * *", "0 */23 * * *", "1-59/2,0 * * * *") },
  { title: "crons with names, question marks and leading zeros", spec: schedules("00 03 ? jan-JUN Mon,fri", "0 0 29 2 *", "0 0 31 * 0") },
  { title: "crons as macros", spec: schedules("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually") },
  { title: "time zones of every form", spec: timeZones("Etc/UTC", "UTC", "Etc/GMT+5", "US/Pacific", "EST5EDT", "America/Argentina/Buenos_Aires", "America/North_Dakota/New_Salem", "Asia/Calcutta", "GB-Eire") },
  { title: "null for optional fields", spec: { stage: null, web: { command: null, replicas: null, autoscaling: null, resources: { limits: null } }, redis: null, postgres: null, env: [{ name: "A", value: null }] } },
  { title: "quantities as numbers, fractions and powers", spec: { web: { resources: { requests: { cpu: "0.5", memory: "1e8" }, limits: { cpu: 2, memory: "1.5Gi", "ephemeral-storage": "1G" } } } } },
  { title: "no CPU requested where replicas are fixed", spec: { stage: "growth", web: { replicas: 2, resources: { requests: { cpu: 0 } } } } },
  { title: "a queue whose volume just holds its rewritten file", spec: { redis: { queue: { memory: "1Gi", storage: "3Gi" } } } },
  { title: "a queue that is switched off, whatever its sizes", spec: { redis: { queue: { enabled: false, memory: "4Gi" } } } },
  { title: "volumes that the operator provides", spec: { volumes: [{ name: "uploads", storage: "10Gi", path: "/uploads" }, { name: "cache", storage: 1073741824, storageClassName: "fast", accessModes: ["ReadWriteOnce"], path: "/cache", components: ["web", "migration"] }, { name: "old", claimName: "old", path: "/old" }] } },
  { title: "limits below what the pooler and Redis request by themselves", spec: { stage: "growth", postgres: { urlFrom: { secretKeyRef: { name: "a", key: "url" } }, maxConnections: 300, pooler: { resources: { limits: { cpu: "1m", memory: "16Mi" } } } }, redis: { cache: { memory: "256Mi", resources: { limits: { cpu: "1m" } } }, queue: { memory: "256Mi", resources: { limits: { cpu: "10m" } } } } } },
  { title: "a device", spec: { web: { resources: { limits: { "nvidia.com/gpu": 1 } } } } },
  { title: "images of every form", spec: { image: "Registry.Example.com:5000/acme/shop_web--x:v1.2.3-RC_1@sha256:" + "a".repeat(64) } },
  { title: "labels of every form", spec: { podMetadata: { labels: { a: "", "example.com/B_c.d-e": "v1.2_3-X", [`${"x".repeat(63)}`]: "1" }, annotations: { "example.com/Note": "any text: ~ # {}" } } } },
  { title: "tolerations of every form", spec: { scheduling: { tolerations: [{ operator: "Exists" }, { key: "a" }, { key: "a.b/c", operator: "Equal", value: "d" }, { key: "e", operator: "Exists", effect: "NoExecute", tolerationSeconds: 0 }] } } },
  { title: "variables from every source", spec: { env: [
    { name: "A", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels['app.kubernetes.io/name']" } } },
    { name: "B", valueFrom: { fieldRef: { fieldPath: "status.hostIPs" } } },
    { name: "C", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
    { name: "D", valueFrom: { resourceFieldRef: { resource: "requests.cpu", divisor: "1m", containerName: "app" } } },
    { name: "PORT", value: "8080" },
  ] } },
  { title: "references to variables", spec: { env: [{ name: "A", value: "1" }, { name: "B", value: "$(A) $$(A) $(SCALABLEAPP_NAME) $(date +%s) $ $(" }, { name: "C", value: "$(KUBERNETES_SERVICE_HOST):$(PORT)" }] } },
  { title: "a sidecar with ports and probes", spec: { sidecars: [{ name: "a", image: "a", ports: [{ name: "p-1", containerPort: 1 }, { containerPort: 2, protocol: "UDP" }], readinessProbe: { httpGet: { path: "/r?x=1", port: 1 }, successThreshold: 3 } }], web: { extraPorts: [{ name: "admin", port: 2 }] } } },
  { title: "metrics of every type", spec: { web: { autoscaling: { metrics: [
    { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } },
    { type: "ContainerResource", containerResource: { name: "cpu", container: "pgbouncer", target: { type: "AverageValue", averageValue: "200m" } } },
    { type: "Pods", pods: { metric: { name: "http_requests", selector: { matchLabels: { verb: "GET" } } }, target: { type: "AverageValue", averageValue: 10 } } },
    { type: "Object", object: { describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "main" }, metric: { name: "requests" }, target: { type: "Value", value: "2k" } } },
    { type: "External", external: { metric: { name: "queue_depth", selector: { matchExpressions: [{ key: "queue", operator: "In", values: ["a"] }] } }, target: { type: "AverageValue", averageValue: 30 } } },
  ] } } } },
  { title: "paths of routers", spec: { routing: { hosts: ["a.example.com"], gateway: { name: "a" }, webSockets: ["/ws", "/.well-known/x", "/a..b/...", "/%20/", "/a:b;c@d"] } } },
  { title: "evictions of more than there are, where kubectl scale may have been at work", spec: { web: { replicas: 2 }, disruption: { maxUnavailable: 3 } } },
  { title: "evictions by percent, and one of two", spec: { web: { replicas: 2 }, disruption: { maxUnavailable: "50%" } } },
  { title: "a freeze at night, and a short canary that is not judged", spec: { rollout: { strategy: "canary", freeze: { windows: [{ name: "a", cron: "0 18 * * 1-5", duration: "14h", timeZone: "Europe/Berlin" }] }, canary: { steps: [{ weight: 5, pauseSeconds: 0 }, { weight: 50 }] } } } },
  { title: "workers by command and by arguments", spec: { workers: [{ name: "a", command: ["a"] }, { name: "b", args: ["b"] }] } },
  { title: "references that envFrom may answer", spec: { envFrom: [{ secretRef: { name: "a" } }], env: [{ name: "A", value: "$(FROM_SECRET)" }], workers: [{ name: "a", command: ["a"], env: [{ name: "B", value: "$(ALSO)" }] }] } },
  { title: "parts of a database that envFrom may bring", spec: { postgres: { urlFrom: { secretKeyRef: { name: "a", key: "url" } } }, web: { envFrom: [{ secretRef: { name: "a" } }], env: [{ name: "A", value: "$(DATABASE_HOST)" }] } } },
  { title: "references of components to variables of the app and of their own", spec: { env: [{ name: "A", value: "1" }], web: { env: [{ name: "B", value: "$(A)" }, { name: "C", value: "$(B)$(PORT)" }] } } },
  { title: "a direct URL of the user's own in web, and ours in the migration", spec: { postgres: { urlFrom: { secretKeyRef: { name: "a", key: "url" } } }, env: [{ name: "DATABASE_DIRECT_URL", value: "a" }], web: { env: [{ name: "A", value: "$(DATABASE_DIRECT_URL)" }] }, migration: { command: ["a"], env: [{ name: "A", value: "$(DATABASE_DIRECT_URL)" }] } } },
  { title: "a direct URL that a source may bring, and one that is a text", spec: { workers: [{ name: "a", command: ["a"], envFrom: [{ secretRef: { name: "a" } }], env: [{ name: "A", value: "$(DATABASE_DIRECT_URL)" }] }], web: { env: [{ name: "A", value: "$$(DATABASE_DIRECT_URL)" }] } } },
  { title: "one of the operator's variables in a sidecar, under its own name", spec: { sidecars: [{ name: "s", image: "s", env: [{ name: "PORT", value: "$(PORT)" }] }] } },
  { title: "one port in pods of different components", spec: { web: { port: 4000 }, sidecars: [{ name: "s", image: "s", ports: [{ name: "http", containerPort: 4000 }], components: ["schedules"] }] } },
  { title: "PORT of a worker with a port of its own", spec: { workers: [{ name: "a", image: "a", port: 4000, env: [{ name: "PORT", value: "4000" }] }] } },
  { title: "ids that are left to the platform", spec: { podSecurity: { runAsUser: null, runAsGroup: null, fsGroup: null } } },
  { title: "overlays to Recreate by directives", spec: { workers: [{ name: "a", command: ["a"] }], overlays: {
    web: { spec: { strategy: { type: "Recreate", $patch: "replace" } } },
    "worker-a": { spec: { strategy: { type: "Recreate", $retainKeys: ["type"] } } },
  } } },
  { title: "an overlay to Recreate that leaves the rolling update out", spec: { overlays: { web: { spec: { strategy: { type: "Recreate", rollingUpdate: null }, template: { spec: { containers: [{ name: "app", tty: true }] } } } } } } },
];
