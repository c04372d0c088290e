import type { Tree } from "../tree.ts";

/** The smallest useful manifest. */
export const MINIMAL_MANIFEST: Tree = {
  apiVersion: "scalableapp.dev/v1alpha1",
  kind: "ScalableApp",
  metadata: { name: "shop" },
  spec: {
    image: "ghcr.io/acme/shop:1.4.2",
    stage: "growth",
    postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 100 },
  },
};

/** A spec that uses every field. */
export const FULL_SPEC: Tree = {
  image: "ghcr.io/acme/shop:1.4.2",
  stage: "steady",
  env: [
    { name: "LOG_LEVEL", value: "info" },
    { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ],
  envFrom: [{ configMapRef: { name: "shop" } }],
  files: [{ path: "/etc/shop", configMapRef: { name: "shop-files" } }],
  scratch: ["/tmp"],
  imagePullSecrets: [{ name: "registry" }],
  imagePullPolicy: "IfNotPresent",
  serviceAccount: { annotations: { "example.com/role": "shop" } },
  podSecurity: { runAsUser: 1000, fsGroup: 1000, readOnlyRootFilesystem: true },
  podMetadata: { labels: { team: "shop" }, annotations: {} },
  scheduling: { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "a", operator: "Exists" }], priorityClassName: "", spread: ["hosts", "zones"] },
  initContainers: [{ name: "warm", image: "busybox", command: ["true"], resources: { requests: { cpu: 1 } } }],
  sidecars: [
    {
      name: "proxy",
      image: "envoy:1",
      ports: [{ name: "admin", containerPort: 9901 }],
      readinessProbe: { httpGet: { path: "/ready", port: 9901 } },
      volumeMounts: [{ mountPath: "/tmp" }],
    },
  ],
  suspend: false,
  deletionPolicy: { queueVolume: "retain" },
  web: {
    command: [],
    args: [],
    port: 8080,
    protocol: "http",
    extraPorts: [{ name: "admin", port: 9090 }],
    resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    health: { live: "/api/health/live", ready: "/api/health/ready", startupSeconds: 60 },
    shutdown: { drainSeconds: 30 },
    metrics: { path: "/metrics", requestDuration: "http_request_duration_seconds", statusLabel: "status_code" },
    autoscaling: {
      minReplicas: 4,
      maxReplicas: 20,
      cpu: { scaleOutAbovePercent: 70, scaleInBelowPercent: 30 },
      scaleOut: { by: 2, sustainedSeconds: 300, cooldownSeconds: 120 },
      scaleIn: { by: 1, sustainedSeconds: 600, cooldownSeconds: 300 },
      schedules: [
        { name: "black-friday", start: "2026-11-27T06:00:00", end: "2026-11-28T00:00:00", timeZone: "Europe/Berlin", minReplicas: 15, maxReplicas: 40 },
        { name: "mornings", cron: "0 7 * * 1-5", duration: "3h", timeZone: "Europe/Berlin", minReplicas: 8 },
      ],
      predictive: { enabled: true, leadSeconds: 600 },
      databaseGuard: { enabled: true },
      metrics: [{ type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } }],
      triggers: [{ type: "cron", metadata: { desiredReplicas: "5" } }],
      paused: false,
    },
  },
  workers: [
    {
      name: "orders",
      command: ["node", "worker.js"],
      queue: { bullmq: "orders", jobsPerReplica: 50 },
      autoscaling: { minReplicas: 0, maxReplicas: 10 },
      drainSeconds: 120,
      spot: true,
    },
  ],
  schedules: [
    { name: "nightly-report", cron: "0 3 * * *", timeZone: "Europe/Berlin", command: ["node", "report.js"], deadlineSeconds: 3600, retries: 2 },
  ],
  migration: {
    command: ["npm", "run", "migrate"],
    deadlineSeconds: 600,
    contract: { command: ["npm", "run", "migrate:contract"], afterSeconds: 86400 },
  },
  postgres: {
    urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } },
    maxConnections: 300,
    reservedConnections: 13,
    pooler: { mode: "auto", poolMode: "transaction", poolSize: 5, maxClientConnections: 1000, parameters: { query_timeout: "10" } },
    tls: { caSecretRef: { name: "shop-db-ca", key: "ca.crt" } },
    replicas: [{ urlFrom: { secretKeyRef: { name: "shop-db-ro", key: "url" } }, maxConnections: 300 }],
    partitions: [{ table: "events", column: "created_at", every: "month", ahead: 3, keep: 24 }],
    materializedViews: [{ name: "product_stats", every: "5m" }],
  },
  redis: { cache: { memory: "256Mi" }, queue: { memory: "512Mi", storage: "5Gi" } },
  routing: {
    hosts: ["shop.example.com"],
    gateway: { name: "public", namespace: "edge" },
    tls: { secretName: "shop-tls" },
    timeouts: { requestSeconds: 30 },
    webSockets: ["/ws"],
    rateLimits: [
      { path: "/api", requestsPerSecond: 30, burst: 50 },
      { path: "/api/login", requestsPerMinute: 5, burst: 3 },
    ],
    static: [{ path: "/assets", maxAgeDays: 365, immutable: true }],
  },
  rollout: {
    strategy: "canary",
    canary: {
      steps: [
        { weight: 5, pauseSeconds: 120 },
        { weight: 25, pauseSeconds: 120 },
        { weight: 50 },
      ],
      match: { header: { name: "x-canary", value: "1" } },
      analysis: {
        intervalSeconds: 10,
        minRequests: 100,
        errorRatePercent: 1,
        latencyP99Milliseconds: 2000,
        queries: [{ name: "checkout", promql: "vector(0)", max: 0.5 }],
        maxIncreasePercent: 50,
        failureLimit: 1,
        inconclusiveLimitSeconds: 360,
        dryRun: ["checkout", "latencyP99"],
      },
    },
    blueGreen: { autoPromotion: true, autoPromotionSeconds: 30, scaleDownDelaySeconds: 60 },
    rolling: { batch: 1, settleSeconds: 30 },
    progressDeadlineSeconds: 600,
    bakeSeconds: 600,
    revisionHistory: 10,
    freeze: { whenErrorBudgetBelowPercent: 10, windows: [] },
  },
  slos: [
    { name: "availability", objectivePercent: 99.9, windowDays: 30 },
    { name: "latency", objectivePercent: 99, windowDays: 7, thresholdMilliseconds: 500 },
  ],
  disruption: { maxUnavailable: 1 },
  networkPolicy: { enabled: true, egress: [] },
  monitoring: { serviceMonitor: "auto", prometheusRule: "auto", prometheus: { url: "http://prometheus.monitoring:9090" } },
  overlays: {
    web: {
      spec: {
        template: {
          spec: {
            priorityClassName: "high",
            nodeSelector: { $patch: "replace", disk: "ssd" },
            "$setElementOrder/containers": [{ name: "app" }],
            containers: [{ name: "app", livenessProbe: { $retainKeys: ["tcpSocket"], tcpSocket: { port: "http" } } }],
          },
        },
      },
    },
  },
};
