import type { Sampler } from "../metrics-source/sampler.ts";
import type { Plan } from "../plan/plan.ts";
import type { ProbeSampling } from "../plan/rollout/probe-sampling.ts";
import type { GaugeSampling } from "../plan/rollout/worker-gauges.ts";
import type { Snapshot } from "../plan/snapshot.ts";
import type { Activities } from "../queue-source/activity.ts";
import type { Poller } from "../queue-source/poller.ts";
import type { QueueSampler } from "../queue-source/queue-sampler.ts";

/** Everything that is asked in the background while a release is under way. */
export interface Samplers {
  /** What both releases do. */
  readonly sampler: Sampler;
  /** Who works on queues, as Redis shows. */
  readonly queueSampler: QueueSampler;
  /** Which workers are busy, as they say themselves. */
  readonly gaugeSampler: Poller<GaugeSampling, Activities>;
  /** Why a pod is not ready. */
  readonly probeSampler: Poller<ProbeSampling, string | undefined>;
}

/** The newest answers about one app, but for the figures of its releases. */
export function answersOf({ queueSampler, gaugeSampler, probeSampler }: Samplers, key: string): Pick<Snapshot, "activity" | "probeAnswer"> {
  return { activity: { ...queueSampler.answer(key), ...gaugeSampler.answer(key) }, probeAnswer: probeSampler.answer(key) };
}

/** Asks what the plan names, and nothing else. */
export function followSampling(samplers: Samplers, key: string, plan: Plan): void {
  follow(samplers.sampler, key, plan.sampling);
  follow(samplers.queueSampler, key, plan.queueSampling);
  follow(samplers.gaugeSampler, key, plan.gaugeSampling);
  follow(samplers.probeSampler, key, plan.probeSampling);
}

/** Asks nothing more about an app. */
export function stopSampling({ sampler, queueSampler, gaugeSampler, probeSampler }: Samplers, key: string): void {
  for (const each of [sampler, queueSampler, gaugeSampler, probeSampler]) each.unwatch(key);
}

function follow<Job>(sampler: { watch(key: string, job: Job): void; unwatch(key: string): void }, key: string, job: Job | undefined): void {
  if (job === undefined) sampler.unwatch(key);
  else sampler.watch(key, job);
}
