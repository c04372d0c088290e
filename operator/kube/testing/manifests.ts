import type { KubeObject } from "../../base/object.ts";

const labels = { "scalableapp.dev/app": "shop" };

const container = {
  name: "app",
  image: "example.org/app:1",
  env: [
    { name: "A", value: "1000m" },
    { name: "B", valueFrom: { resourceFieldRef: { containerName: "app", resource: "limits.cpu", divisor: "1000m" } } },
    { name: "EMPTY", value: "" },
  ],
  ports: [{ containerPort: 8080 }, { name: "dns", containerPort: 53, protocol: "UDP" }],
  resources: { requests: { cpu: "0.5", memory: "1024Mi" }, limits: { cpu: "1000m", memory: "1.5Gi" } },
  readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
  securityContext: { capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false, privileged: false },
  volumeMounts: [
    { name: "tmp", mountPath: "/tmp", readOnly: false },
    { name: "tmp", mountPath: "/var/tmp", subPath: "var" },
  ],
};

const podSpec = {
  serviceAccountName: "default",
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container],
  initContainers: [],
  imagePullSecrets: [],
  nodeSelector: {},
  volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1024Mi" } }],
  tolerations: [{ key: "spot", operator: "Exists" }],
  topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: labels },
  })),
};

const template = { metadata: { labels }, spec: podSpec };
const jobTemplate = { spec: { backoffLimit: 2, template: { metadata: { labels }, spec: { ...podSpec, restartPolicy: "Never" } } } };

function object(apiVersion: string, kind: string, name: string, content: Record<string, unknown>): KubeObject {
  return { apiVersion, kind, metadata: { name, labels, annotations: {} }, ...content };
}

const hpaSpec = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
  minReplicas: 2,
  maxReplicas: 5,
  metrics: [
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "app", target: { type: "Utilization", averageUtilization: 70 } },
    },
  ],
  behavior: {
    scaleUp: { stabilizationWindowSeconds: 300, tolerance: "0", policies: [{ type: "Pods", value: 2, periodSeconds: 120 }] },
    scaleDown: { stabilizationWindowSeconds: 600, tolerance: "0.5714", policies: [{ type: "Pods", value: 1, periodSeconds: 300 }] },
  },
};

/** One manifest of most kinds that we write, in forms that the API server rewrites: quantities, defaults, int-or-string, empties. */
export function manifestsOfEveryKind(name: string): readonly KubeObject[] {
  const ports = [
    { name: "http", port: 80, targetPort: "http" },
    { name: "metrics", port: 9090, targetPort: 9090 },
  ];
  return [
    object("apps/v1", "Deployment", name, {
      spec: { selector: { matchLabels: labels }, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, template },
    }),
    object("apps/v1", "StatefulSet", name, { spec: { serviceName: name, replicas: 1, selector: { matchLabels: labels }, template } }),
    object("v1", "Service", name, { spec: { selector: labels, ports } }),
    object("v1", "ServiceAccount", name, { automountServiceAccountToken: false }),
    object("v1", "ConfigMap", name, { data: { empty: "", text: "x" } }),
    object("autoscaling/v2", "HorizontalPodAutoscaler", name, { spec: hpaSpec }),
    object("policy/v1", "PodDisruptionBudget", name, {
      spec: { maxUnavailable: 1, selector: { matchLabels: labels }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    }),
    object("batch/v1", "CronJob", name, {
      spec: { schedule: "0 3 * * *", timeZone: "Europe/Berlin", concurrencyPolicy: "Forbid", suspend: false, jobTemplate },
    }),
    object("batch/v1", "Job", name, jobTemplate),
    object("v1", "PersistentVolumeClaim", name, {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5120Mi" } } },
    }),
    object("networking.k8s.io/v1", "NetworkPolicy", name, {
      spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 8080 }] }] },
    }),
  ];
}
