import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import type { Worker, WorkerQueue } from "../../api/worker.ts";
import { redisQueueName } from "../../resources/names.ts";
import { redisPort } from "../../resources/pod/environment.ts";
import { workerComponent } from "../../resources/worker/deployment.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";

/** Where the workers of one component take their jobs from. */
export type SampledQueue =
  { readonly kind: "bullmq"; readonly name: string } | { readonly kind: "stream"; readonly key: string; readonly group: string };

/** Which Redis to ask about the workers that a release is about to end. */
export interface QueueSampling {
  readonly server: { readonly host: string; readonly port: number };
  /** By the component label of the worker. */
  readonly queues: Readonly<Record<string, SampledQueue>>;
}

/** The phases in which pods of workers are replaced, each with the release that they come to. */
export function releaseToCome({ phase, stable, candidate }: ReleaseStatus): string | undefined {
  if (phase === "RollingBack") return stable;
  return phase === "RollingOut" || phase === "Promoting" ? candidate : undefined;
}

/** The pods of workers that the release under way will end. */
export function workerPodsToEnd({ pods }: Pick<Snapshot, "pods">, release: ReleaseStatus): readonly LiveObject[] {
  const toCome = releaseToCome(release);
  if (toCome === undefined) return [];
  return workerPods(pods).filter(({ metadata }) => metadata.labels?.[RELEASE_LABEL] !== toCome);
}

/** The pods of workers that were not asked to end. */
export function workerPods(pods: readonly LiveObject[]): readonly LiveObject[] {
  return pods.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.[COMPONENT_LABEL]?.startsWith("worker-") === true,
  );
}

/** How it is known which pods of a worker are idle; "unknown": nobody is called idle. */
export type IdleSource =
  { readonly by: "metric"; readonly metric: string } | { readonly by: "queue"; readonly queue: SampledQueue } | { readonly by: "unknown" };

/**
 * How it is known who is idle. The worker's own gauge comes first. A BullMQ job names its worker, and a stream its consumers with pending
 * entries; a list says nothing of a job that was taken from it. An external Redis is not asked: its URL is in a Secret, and the operator
 * never reads one.
 */
export function idleSourceOf({ queue, busy }: Pick<Worker, "queue" | "busy">, { redis }: Pick<ScalableApp["spec"], "redis">): IdleSource {
  if (busy) return { by: "metric", metric: busy.metric };
  const isManaged = redis?.queue !== undefined && redis.queue.urlFrom === undefined;
  const sampled = queue && isManaged ? sampledQueue(queue) : undefined;
  return sampled ? { by: "queue", queue: sampled } : { by: "unknown" };
}

/** The same in words. */
export function describeIdleSource(source: IdleSource): string {
  switch (source.by) {
    case "metric":
      return `metric ${source.metric}`;
    case "queue":
      return source.queue.kind === "bullmq" ? "bullmq jobs" : "stream pending";
    case "unknown":
      return "unknown: add workers[].busy";
  }
}

/** The API lets exactly one of them be given. What is taken from a list is gone from Redis, so nothing there says who works on it. */
function sampledQueue({ bullmq, redisList, redisLists, redisStream }: WorkerQueue): SampledQueue | undefined {
  if (redisList !== undefined || redisLists !== undefined) return undefined;
  if (redisStream) return { kind: "stream", ...redisStream };
  return bullmq === undefined ? undefined : { kind: "bullmq", name: bullmq };
}

/** Which queues must be asked who works on them; undefined while no worker of theirs is about to end. */
export function decideQueueSampling(snapshot: Snapshot, release: ReleaseStatus): QueueSampling | undefined {
  const { metadata, spec } = snapshot.app;
  const ending = new Set(workerPodsToEnd(snapshot, release).map(componentOf));
  const asked = spec.workers.flatMap((worker): (readonly [string, SampledQueue])[] => {
    const source = idleSourceOf(worker, spec);
    return source.by === "queue" && ending.has(workerComponent(worker)) ? [[workerComponent(worker), source.queue]] : [];
  });
  if (asked.length === 0) return undefined;
  const host = `${redisQueueName(metadata.name)}.${metadata.namespace}.svc`;
  return { server: { host, port: redisPort }, queues: Object.fromEntries(asked) };
}

function componentOf({ metadata }: LiveObject): string | undefined {
  return metadata.labels?.[COMPONENT_LABEL];
}
