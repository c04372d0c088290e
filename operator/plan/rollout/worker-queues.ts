import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { WorkerQueue } from "../../api/worker.ts";
import { redisQueueName } from "../../resources/names.ts";
import { redisPort } from "../../resources/pod/environment.ts";
import { workerComponent } from "../../resources/worker/deployment.ts";
import type { LiveObject, Snapshot } from "../snapshot.ts";

/** Where the workers of one component take their jobs from. */
export type SampledQueue =
  | { readonly kind: "bullmq"; readonly name: string }
  | { readonly kind: "list"; readonly key: string }
  | { readonly kind: "stream"; readonly key: string; readonly group: string };

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

/** The pods of workers that were not told to end. */
export function workerPods(pods: readonly LiveObject[]): readonly LiveObject[] {
  return pods.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.[COMPONENT_LABEL]?.startsWith("worker-") === true,
  );
}

/**
 * Which queues must be asked who works on them; undefined while no worker is about to end. An external Redis is not asked: its URL is in a
 * Secret, and the operator never reads one.
 */
export function decideQueueSampling(snapshot: Snapshot, release: ReleaseStatus): QueueSampling | undefined {
  const { metadata, spec } = snapshot.app;
  if (spec.redis?.queue === undefined || spec.redis.queue.urlFrom !== undefined) return undefined;
  const ending = new Set(workerPodsToEnd(snapshot, release).map((pod) => pod.metadata.labels?.[COMPONENT_LABEL]));
  const asked = spec.workers.flatMap((worker): (readonly [string, SampledQueue])[] =>
    worker.queue && ending.has(workerComponent(worker)) ? [[workerComponent(worker), queueOf(worker.queue)]] : [],
  );
  if (asked.length === 0) return undefined;
  const host = `${redisQueueName(metadata.name)}.${metadata.namespace}.svc`;
  return { server: { host, port: redisPort }, queues: Object.fromEntries(asked) };
}

/** The API lets exactly one of them be given; who waits at one of several lists waits at all of them. */
function queueOf({ bullmq, redisList, redisLists, redisStream }: WorkerQueue): SampledQueue {
  if (redisStream) return { kind: "stream", ...redisStream };
  return bullmq === undefined ? { kind: "list", key: redisList ?? redisLists?.[0] ?? "" } : { kind: "bullmq", name: bullmq };
}
