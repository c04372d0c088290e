import type { ScalableApp } from "../api/scalable-app.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import type { Sampler } from "../metrics-source/sampler.ts";
import { gatherEvidence, type Evidence, type Trial } from "../plan/analysis/evidence.ts";
import type { Plan } from "../plan/plan.ts";
import type { EventSampling } from "../plan/observe/event-sampling.ts";
import type { PodEvents } from "../plan/observe/pod-events.ts";
import type { PoolerSampling } from "../plan/observe/pooler-sampling.ts";
import type { ProbeAnswers } from "../plan/observe/probe-answers.ts";
import type { ProbeSampling } from "../plan/observe/probe-sampling.ts";
import { trialOf } from "../plan/rollout/trial.ts";
import type { GaugeSampling } from "../plan/observe/worker-gauges.ts";
import type { MeasuredSnapshot } from "../plan/analysis/measured-snapshot.ts";
import type { Activities } from "../queue-source/activity.ts";
import type { Poller } from "../queue-source/poller.ts";
import type { QueueSampler } from "../queue-source/queue-sampler.ts";

/** Everything that is asked in the background while a release is under way. */
export interface Samplers {
  /** What both releases do. */
  readonly sampler: Sampler;
  /** What is known of each app's release on trial, by key; only in memory, for losing it only loses evidence. */
  readonly evidence: Map<string, Evidence>;
  /** Who works on queues, as Redis shows. */
  readonly queueSampler: QueueSampler;
  /** Which workers are busy, as they say themselves. */
  readonly gaugeSampler: Poller<GaugeSampling, Activities>;
  /** What pods that are not ready answer to their own probes. */
  readonly probeSampler: Poller<readonly ProbeSampling[], ProbeAnswers>;
  /** What poolers beside pods that are not ready complain of, by pod. */
  readonly poolerSampler: Poller<readonly PoolerSampling[], Readonly<Record<string, string>>>;
  /** What the cluster recorded about pods that are not ready. */
  readonly eventSampler: Poller<readonly EventSampling[], PodEvents>;
}

/** The newest answers about one app. */
export function answersOf(
  samplers: Samplers,
  key: string,
  of: { readonly app: ScalableApp; readonly status: ScalableAppStatus | undefined },
): Pick<MeasuredSnapshot, "activity" | "probeAnswers" | "poolerErrors" | "podEvents" | "evidence"> {
  const { queueSampler, gaugeSampler, probeSampler, poolerSampler, eventSampler } = samplers;
  return {
    activity: { ...queueSampler.answer(key), ...gaugeSampler.answer(key) },
    probeAnswers: probeSampler.answer(key),
    poolerErrors: poolerSampler.answer(key),
    podEvents: eventSampler.answer(key),
    evidence: gather(samplers, key, trialOf(of.app.spec.rollout, of.status?.release)),
  };
}

/** What is known of the release on trial, with the rounds that have ended since the last look. */
function gather({ sampler, evidence }: Samplers, key: string, trial: Trial | undefined): Evidence | undefined {
  if (trial === undefined) {
    evidence.delete(key);
    return undefined;
  }
  const known = gatherEvidence(evidence.get(key), trial, sampler.measurement(key));
  evidence.set(key, known);
  return known;
}

/** Asks what the plan names, and nothing else. */
export function followSampling(samplers: Samplers, key: string, plan: Plan): void {
  follow(samplers.sampler, key, plan.sampling);
  follow(samplers.queueSampler, key, plan.queueSampling);
  follow(samplers.gaugeSampler, key, plan.gaugeSampling);
  follow(samplers.probeSampler, key, plan.probeSampling);
  follow(samplers.poolerSampler, key, plan.poolerSampling);
  follow(samplers.eventSampler, key, plan.eventSampling);
}

/** Asks nothing more about an app. */
export function stopSampling(samplers: Samplers, key: string): void {
  const { sampler, evidence, queueSampler, gaugeSampler, probeSampler, poolerSampler, eventSampler } = samplers;
  evidence.delete(key);
  for (const each of [sampler, queueSampler, gaugeSampler, probeSampler, poolerSampler, eventSampler]) each.unwatch(key);
}

function follow<Job>(sampler: { watch(key: string, job: Job): void; unwatch(key: string): void }, key: string, job: Job | undefined): void {
  if (job === undefined) sampler.unwatch(key);
  else sampler.watch(key, job);
}
