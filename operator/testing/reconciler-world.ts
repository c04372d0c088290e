import { Registry } from "prom-client";
import type { ScalableAppStatus } from "../api/status.ts";
import { API_VERSION, KIND, scalableApps } from "../api/kind.ts";
import type { KubeObject } from "../base/object.ts";
import * as resources from "../kube/resources.ts";
import { createWriteTracker } from "../kube/write-tracker.ts";
import { createFakeClock } from "../kube/testing/fake-clock.ts";
import { defaultImages } from "../resources/images.ts";
import type { ProbeAnswer, ProbeQuestion } from "../plan/observe/probe-answers.ts";
import type { PodEvent } from "../plan/observe/pod-events.ts";
import { createFakeClient } from "./fake-client.ts";
import { createFakeInformer } from "./fake-informer.ts";
import { createControllerMetrics } from "../controller/metrics.ts";
import { MigrationLogs } from "../controller/migration-log.ts";
import { silentLogger } from "./silent-logger.ts";
import { createReconciler } from "../controller/reconciler.ts";
import { ReferenceReader } from "../controller/references.ts";
import { StatusPace } from "../controller/status-pace.ts";
import { ReferenceIndex } from "../controller/triggers.ts";

/** The app of the world. */
export const key = "retail/shop";
/** A reconciler with a fake cluster around it: what was written, asked and said can be looked at. */
export function createWorld(client = createFakeClient()) {
  const clock = createFakeClock();
  const httpRoutes = createFakeInformer(resources.httpRoutes);
  const kinds = [resources.controllerRevisions, resources.deployments, resources.services, resources.serviceAccounts];
  const children = [...kinds.map(createFakeInformer), httpRoutes];
  const apps = createFakeInformer(scalableApps);
  const pods = createFakeInformer(resources.pods);
  const claims = createFakeInformer(resources.persistentVolumeClaims);
  const configMaps = createFakeInformer(resources.configMaps);
  const informers = { apps, children, httpRoutes, pods, claims, configMaps, secrets: undefined, all: [] };
  const written = createWriteTracker({
    clock,
    informerOf: ({ kind }) => [apps, ...children, claims].find(({ resource }) => resource.kind === kind),
  });
  const events: string[] = [];
  const unwatched: string[] = [];
  const asked: string[] = [];
  const gauged: string[] = [];
  const probed: string[] = [];
  const logged: string[] = [];
  const question = { probe: "readinessProbe", port: 8080, path: "/api/health/ready", host: undefined, timeoutSeconds: 3 } as const;
  const probeAnswer: ProbeQuestion & { outcome: ProbeAnswer["outcome"] } = { ...question, outcome: 404 };
  const looked: string[] = [];
  const podEvents: Record<string, readonly PodEvent[]> = {};
  const poolerErrors: Record<string, string> = {};
  const references = new ReferenceIndex();
  const reconcile = createReconciler({
    client,
    informers,
    reader: new ReferenceReader({ client, configMaps, secrets: undefined, secretAccess: "get", now: () => 0, random: () => 0.5 }),
    logs: new MigrationLogs(client),
    references,
    written,
    pace: new StatusPace(() => clock.monotonic()),
    recorder: { event: (_object, { reason }) => void events.push(reason), flush: async () => {} },
    metrics: createControllerMetrics(new Registry()),
    images: defaultImages,
    renderer: "test",
    sampler: { watch() {}, unwatch: (sampled) => void unwatched.push(sampled), measurement: () => undefined, keys: () => [], close() {} },
    evidence: new Map(),
    queueSampler: {
      watch: (_key, { server }) => void asked.push(server.host),
      unwatch() {},
      answer: () => ({ "worker-orders": { idle: ["10.0.0.1"], busy: [], unknown: [] } }),
      keys: () => [],
    },
    gaugeSampler: {
      watch: (_key, job) => void gauged.push(...Object.keys(job)),
      unwatch() {},
      answer: () => ({ "worker-mails": { idle: [], busy: ["10.0.0.2"], unknown: [] } }),
      keys: () => [],
    },
    probeSampler: {
      watch: (_key, jobs) => void probed.push(...jobs.map(({ pod }) => pod)),
      unwatch() {},
      answer: () => ({ "web-1": probeAnswer }),
      keys: () => [],
    },
    poolerSampler: {
      watch: (_key, jobs) => void logged.push(...jobs.map(({ pod }) => pod)),
      unwatch() {},
      answer: () => poolerErrors,
      keys: () => [],
    },
    eventSampler: {
      watch: (_key, jobs) => void looked.push(...jobs.map(({ uid }) => uid)),
      unwatch() {},
      answer: () => podEvents,
      keys: () => [],
    },
    now: () => Date.UTC(2026, 10, 27, 8),
  });
  return {
    client,
    clock,
    events,
    unwatched,
    asked,
    gauged,
    probed,
    logged,
    poolerErrors,
    looked,
    podEvents,
    probeAnswer,
    pods,
    references,
    once: async () => reconcile(key, { logger: silentLogger, signal: new AbortController().signal }),
    /** Reconciles until no step of the release is left to write down. */
    async reconcile() {
      for (;;) {
        const result = await this.once();
        if (result.kind !== "requeue" || result.why !== "the release took a step") return result;
        await this.catchUp();
      }
    },
    apply(spec: object, metadata: object = {}) {
      apps.hold(client.put(appWith(spec, metadata)));
    },
    /** The app stands so, with its status. */
    hold(app: KubeObject) {
      apps.hold(client.put(app));
    },
    remove: () => apps.drop(key),
    /** The caches see what stands in the cluster now. */
    async catchUp() {
      const app = await client.get(scalableApps, "retail", "shop");
      if (app) apps.hold(app);
      for (const informer of children) {
        for (const name of new Set(client.requests.map((request) => request.name))) {
          const object = await client.get(informer.resource, "retail", name);
          if (object) informer.hold(object);
        }
      }
    },
    async status(): Promise<ScalableAppStatus> {
      return (await client.get(scalableApps, "retail", "shop"))?.["status"] as ScalableAppStatus;
    },
  };
}

function appWith(spec: object, metadata: object): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: "shop", namespace: "retail", uid: "uid-1", generation: 1, ...metadata },
    spec,
  };
}
