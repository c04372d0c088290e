import type { Registry } from "prom-client";
import packageManifest from "../../package.json" with { type: "json" };
import type { KubeClient } from "../kube/client.ts";
import { createRecorder } from "../kube/recorder.ts";
import type { InformerHealth } from "../kube/informer.ts";
import { objectKey, type Resource } from "../base/object.ts";
import { createWriteTracker } from "../kube/write-tracker.ts";
import { createPodProber } from "../metrics-source/pod-prober.ts";
import { createPodScraper } from "../metrics-source/pod-scraper.ts";
import { createPrometheus } from "../metrics-source/prometheus.ts";
import type { Evidence } from "../plan/analysis/evidence.ts";
import { createSampler } from "../metrics-source/sampler.ts";
import { createPoller } from "../queue-source/poller.ts";
import { createQueueReader } from "../queue-source/queue-reader.ts";
import { createQueueSampler } from "../queue-source/queue-sampler.ts";
import { KeyedBackoff } from "../base/backoff.ts";
import { createInformers, type Informers } from "./informers.ts";
import { MigrationLogs } from "./migration-log.ts";
import { createControllerMetrics } from "./metrics.ts";
import type { ControllerLogger } from "./logger.ts";
import { createReconciler } from "./reconciler.ts";
import { ReferenceReader } from "./references.ts";
import { RECONCILE_DEADLINE_MS, runReconciles } from "./reconcile-loop.ts";
import { StatusPace } from "./status-pace.ts";
import { createEventReader } from "./pod-events.ts";
import { createPoolerLogReader } from "./pooler-log.ts";
import { createProbeReader } from "./probe-answers.ts";
import { connectTriggers, ReferenceIndex } from "./triggers.ts";
import { WorkQueue } from "./work-queue.ts";
import { createGaugeReader } from "./worker-gauges.ts";
import type { WorkerLimit } from "./worker-limit.ts";

/** The settings of the process that concern reconciles. */
export interface ControllerOptions {
  readonly watchNamespaces: readonly string[];
  readonly secretAccess: "get" | "watch" | "none";
  readonly pgbouncerImage: string;
  readonly redisImage: string;
  readonly postgresImage: string;
  /** Seconds after which each app is looked at again though nothing happened; jittered by a tenth. */
  readonly resyncSeconds: number;
}

/** What the controller is made of. */
export interface ControllerDependencies {
  /** Its writes pass the leader's gate. */
  readonly client: KubeClient;
  readonly options: ControllerOptions;
  readonly logger: ControllerLogger;
  readonly registry: Registry;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  /** How many apps are reconciled at once; whoever makes the client lets it observe its requests. */
  readonly workers: WorkerLimit;
}

/** What readiness is judged by. */
export interface ControllerHealth {
  readonly synced: boolean;
  readonly informers: Readonly<Record<string, InformerHealth>>;
}

/** Reconciles every ScalableApp for as long as it leads. */
export interface Controller {
  /** Fills the caches; resolves when all have been listed once. A standby does this too, so that it can take over at once. */
  start(signal: AbortSignal): Promise<void>;
  /** Reconciles until the signal aborts; resolves when the last reconcile under way has ended. */
  runAsLeader(signal: AbortSignal): Promise<void>;
  health(): ControllerHealth;
}

/** Makes the controller; it does nothing before start(). */
export function createController(deps: ControllerDependencies): Controller {
  const { client, options, logger, registry, now } = deps;
  const metrics = createControllerMetrics(registry);
  const informers = createInformers(client, options);
  const references = new ReferenceIndex();
  const written = createWriteTracker({ informerOf: (resource) => informerFor(informers, resource) });
  const recorder = createRecorder({
    client,
    reportingController: "scalableapp.dev/operator",
    reportingInstance: process.env["POD_NAME"] ?? "scalable-app-operator",
    onError: (error) => logger.debug({ err: error }, "event not written"),
  });
  const reader = new ReferenceReader({
    client,
    configMaps: informers.configMaps,
    secrets: informers.secrets,
    secretAccess: options.secretAccess,
    now: () => performance.now(),
  });
  const images = { pgbouncer: options.pgbouncerImage, redis: options.redisImage, postgres: options.postgresImage };
  let queue: WorkQueue | undefined;
  const podScraper = createPodScraper();
  const podProber = createPodProber();
  const sampler = createSampler({
    scraper: podScraper,
    prober: podProber,
    connect: (source) => createPrometheus(source),
    onSample: (key) => queue?.add(key),
    onError: (key, error) => logger.warn({ app: key, err: error }, "sampling failed"),
  });
  const evidence = new Map<string, Evidence>();
  const queueSampler = createQueueSampler({
    read: createQueueReader(),
    onChange: (key) => queue?.add(key),
    onError: (key, error) => logger.warn({ app: key, err: error }, "queue not asked which workers are busy"),
  });
  const gaugeSampler = createPoller({
    read: createGaugeReader(podScraper),
    onChange: (key) => queue?.add(key),
    onError: (key, error) => logger.warn({ app: key, err: error }, "workers not asked which of them are busy"),
  });
  const probeSampler = createPoller({
    read: createProbeReader({ prober: podProber, now }),
    keepsAnswer: true,
    onChange: (key) => queue?.add(key),
    onError: (key, error) => logger.debug({ app: key, err: error }, "pod not asked as its probe does"),
  });
  const poolerSampler = createPoller({
    read: createPoolerLogReader(client, now),
    keepsAnswer: true,
    onChange: (key) => queue?.add(key),
    onError: (key, error) => logger.debug({ app: key, err: error }, "log of a pooler not read"),
  });
  const eventSampler = createPoller({
    read: createEventReader(client, now),
    keepsAnswer: true,
    onChange: (key) => queue?.add(key),
    onError: (key, error) => logger.debug({ app: key, err: error }, "events of a pod not read"),
  });
  const reconcile = createReconciler({
    renderer: packageManifest.version,
    sampler,
    evidence,
    queueSampler,
    gaugeSampler,
    probeSampler,
    poolerSampler,
    eventSampler,
    client,
    informers,
    reader,
    logs: new MigrationLogs(client),
    references,
    written,
    recorder,
    pace: new StatusPace(() => performance.now()),
    metrics,
    images,
    now,
  });
  connectTriggers(informers, { references, reader, enqueue: (key, priority) => queue?.add(key, priority) });
  return {
    async start(signal) {
      for (const informer of informers.all) informer.start(signal);
      await Promise.all(informers.all.map(async (informer) => informer.synced));
    },
    async runAsLeader(signal) {
      const lead = new WorkQueue();
      queue = lead;
      // Most of them are in order; what is asked for meanwhile comes first.
      for (const app of informers.apps.list()) lead.add(objectKey(app), "low");
      signal.addEventListener("abort", () => lead.close(), { once: true });
      if (signal.aborted) lead.close();
      await runReconciles({
        queue: lead,
        backoff: new KeyedBackoff(),
        reconcile,
        generationOf: (key) => informers.apps.get(key)?.metadata.generation,
        metrics,
        logger,
        resyncSeconds: options.resyncSeconds,
        deadlineMs: RECONCILE_DEADLINE_MS,
        signal,
        workers: deps.workers,
      });
      queue = undefined;
      evidence.clear();
      for (const each of [sampler, queueSampler, gaugeSampler, probeSampler, poolerSampler, eventSampler])
        for (const key of each.keys()) each.unwatch(key);
      await recorder.flush();
    },
    health: () => ({
      synced: informers.all.every((informer) => informer.hasSynced()),
      informers: Object.fromEntries(informers.all.map((informer) => [informer.resource.plural, informer.health()])),
    }),
  };
}

function informerFor(informers: Informers, resource: Resource) {
  return [informers.apps, ...informers.children, informers.pods, informers.claims].find(
    (informer) => informer.resource.kind === resource.kind,
  );
}
