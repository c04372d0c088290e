/** Where in a child the API server found something, as it writes it: "spec.jobTemplate.spec.template.spec.containers[0].image". */
type ChildPath = string;

/** Finds the field of our spec that a field of a child comes from; `base` is the field of the component, such as spec.workers[orders]. */
type Entry = readonly [path: RegExp, field: string | ((base: string) => string)];

const own = (field: string) => (base: string) => `${base}.${field}`;
/** What the app as a whole has, and a component of its own too. */
const withOwn = (field: string) => (base: string) => `spec.${field}, ${base}.${field}`;

/** Of a pod template, whichever workload it is in. */
const podFields: readonly Entry[] = [
  [/^metadata/u, "spec.podMetadata"],
  [/^spec\.containers\[\d+\]\.image/u, (base) => (base === "spec.web" ? "spec.image" : `spec.image, ${base}.image`)],
  [/^spec\.containers\[\d+\]\.envFrom/u, withOwn("envFrom")],
  [/^spec\.containers\[\d+\]\.env/u, withOwn("env")],
  [/^spec\.containers\[\d+\]\.(?:startup|readiness|liveness)Probe/u, own("health")],
  [/^spec\.containers\[\d+\]\.(command|args|resources)/u, (base) => base],
  [/^spec\.containers\[\d+\]\.ports/u, own("port")],
  [/^spec\.containers\[\d+\]\.volumeMounts/u, "spec.files, spec.scratch, spec.volumes"],
  [/securityContext/u, "spec.podSecurity"],
  [/^spec\.initContainers/u, "spec.initContainers, spec.sidecars"],
  [/^spec\.volumes/u, "spec.files, spec.scratch, spec.volumes"],
  [/^spec\.(?:nodeSelector|tolerations|affinity|priorityClassName|topologySpreadConstraints)/u, withOwn("scheduling")],
  [/^spec\.serviceAccountName/u, "spec.serviceAccount.name"],
  [/^spec\.imagePullSecrets/u, "spec.imagePullSecrets"],
  [/^spec\.terminationGracePeriodSeconds/u, (base) => (base === "spec.web" ? "spec.web.shutdown" : `${base}.drainSeconds`)],
];

/** Of everything else, by the kind part of a role. */
const kindFields: Readonly<Record<string, readonly Entry[]>> = {
  "cron-job": [
    [/^spec\.schedule$/u, own("cron")],
    [/^spec\.timeZone/u, own("timeZone")],
    [/^spec\.startingDeadlineSeconds/u, own("startingDeadlineSeconds")],
    [/^spec\.suspend/u, own("suspend")],
    [/^spec\.jobTemplate\.spec\.activeDeadlineSeconds/u, own("deadlineSeconds")],
    [/^spec\.jobTemplate\.spec\.backoffLimit/u, own("retries")],
  ],
  job: [
    [/^spec\.activeDeadlineSeconds/u, own("deadlineSeconds")],
    [/^spec\.backoffLimit/u, own("retries")],
  ],
  deployment: [
    [/^spec\.replicas/u, own("replicas")],
    [/^spec\.(?:strategy|minReadySeconds)/u, "spec.rollout.rolling"],
    [/^spec\.progressDeadlineSeconds/u, "spec.rollout.progressDeadlineSeconds"],
  ],
  "stateful-set": [
    [/^spec\.volumeClaimTemplates(?:\[\d+\]|\.)?.*storageClassName/u, own("storageClassName")],
    [/^spec(?:\.volumeClaimTemplates.*)?$/u, own("storage")],
  ],
  "persistent-volume-claim": [
    [/storageClassName/u, own("storageClassName")],
    [/accessModes/u, own("accessModes")],
    [/^spec/u, own("storage")],
  ],
  service: [
    [/^spec\.ports\[0\]/u, (base) => (base.startsWith("spec.workers") ? `${base}.port` : `${base}.protocol`)],
    [/^spec\.ports/u, own("extraPorts")],
  ],
  "http-route": [
    [/^spec\.parentRefs/u, "spec.routing.gateway"],
    [/^spec\.hostnames/u, "spec.routing.hosts"],
    [/^spec\.rules.*timeouts/u, "spec.routing.timeouts"],
    [/^spec\.rules.*headers/u, "spec.rollout.canary.match"],
    [/^spec\.rules.*matches/u, "spec.routing.webSockets, spec.routing.paths"],
  ],
  "horizontal-pod-autoscaler": [
    [/^spec\.(minReplicas|maxReplicas)$/u, own("autoscaling")],
    [/^spec\.metrics/u, own("autoscaling.metrics")],
    [/^spec\.behavior/u, own("autoscaling.scaleOut")],
  ],
  "pod-disruption-budget": [[/^spec\./u, "spec.disruption.maxUnavailable"]],
};

/** Where what kinds of the same component are made of stands, where that is not the component's own field. */
const kindBases: Readonly<Record<string, string>> = {
  "http-route": "spec.routing",
  "pod-disruption-budget": "spec.disruption",
  "contract-job": "spec.migration.contract",
};

const bases: Readonly<Record<string, string>> = {
  web: "spec.web",
  "web-canary": "spec.web",
  "web-preview": "spec.web",
  migration: "spec.migration",
  "redis-cache": "spec.redis.cache",
  "redis-queue": "spec.redis.queue",
  "service-account": "spec.serviceAccount",
  config: "spec.envFrom, spec.files",
  release: "spec",
};

/** The field of our spec that a child of a role is made of: "spec.schedules[report]" of "schedule-report/cron-job". */
export function fieldOfRole(role: string): string {
  const [component = "", kind = ""] = role.split("/");
  if (kind === "config-map") return component.endsWith("environment") ? "spec.redis" : "spec.postgres.pooler";
  const worker = /^worker-(.+)$/u.exec(component)?.[1];
  const schedule = /^schedule-(.+)$/u.exec(component)?.[1];
  const volume = /^volume-(.+)$/u.exec(component)?.[1];
  if (volume !== undefined) return `spec.volumes[${volume}]`;
  if (kindBases[kind] !== undefined) return kindBases[kind];
  if (worker !== undefined) return `spec.workers[${worker}]`;
  if (schedule !== undefined) return `spec.schedules[${schedule}]`;
  return bases[component] ?? "spec";
}

/** The field of our spec that a field of a child comes from; where none is known, that of the whole child. */
export function fieldOf(role: string, path: ChildPath): string {
  const [component = "", kind = ""] = role.split("/");
  const base = fieldOfRole(role);
  const inPod = /^(?:spec\.jobTemplate\.)?spec\.template\.(.*)$/u.exec(path)?.[1];
  const entries = inPod === undefined ? kindFields[kind] : component.startsWith("redis-") ? redisFields : podFields;
  const subject = inPod ?? path;
  for (const [pattern, field] of entries ?? []) {
    const found = pattern.exec(subject);
    if (!found) continue;
    const named = typeof field === "string" ? field : field(base);
    return found[1] === undefined ? named : `${named}.${found[1]}`;
  }
  return base;
}

/** The image of the managed Redis is no field of the app's. */
const redisFields: readonly Entry[] = [[/resources/u, own("memory")]];

/** Kinds of a component that an overlay reaches under a name of their own. */
const besideWorkloads = ["service", "horizontal-pod-autoscaler", "pod-disruption-budget"];

/** The name under which `spec.overlays` reaches a child: "web" of "web-canary/deployment", "web/service" of "web-preview/service". */
export function overlayOf(role: string): string {
  const [given = "", kind = ""] = role.split("/");
  if (kind === "contract-job") return "contract";
  const component = given === "web-canary" || given === "web-preview" ? "web" : given;
  return besideWorkloads.includes(kind) ? `${component}/${kind}` : component;
}
