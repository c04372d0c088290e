import type { MetricResult, ReleaseStatus } from "../../api/status.ts";
import { isCandidateReady } from "./gates.ts";
import { noteContract } from "./contract.ts";
import { stepOf, watchedSince } from "./canary-steps.ts";
import type { AnalysisVerdict } from "./observation.ts";
import { candidateReplicas } from "./replicas.ts";
import { isRollback } from "./state.ts";
import { change, secondsSince, type Situation } from "./situation.ts";

const judgedPhases = new Set(["RollingOut", "Canary", "Preview", "Promoting", "Baking"]);
const ownPodsPhases = new Set(["Canary", "Preview"]);
const results = { pass: "passed", fail: "failed", inconclusive: "inconclusive" } as const;

/** The release with what was newly seen of the candidate's pods and figures; decides nothing. */
export function noteEvidence(situation: Situation): ReleaseStatus {
  const release = noteReadiness({ ...situation, release: followSteps(situation) });
  const judged = noteSilence({ ...situation, release: noteVerdict({ ...situation, release }) });
  return noteContract({ ...situation, release: judged });
}

/** The steps may be edited while a canary runs; where there are fewer now, it stands at the last. */
function followSteps({ release, seen }: Situation): ReleaseStatus {
  const weight = stepOf(release, seen)?.weight;
  if (release.phase !== "Canary" || weight === undefined) return release;
  const step = Math.min(release.step ?? 0, seen.rollout.canary.steps.length - 1);
  return change(release, { step, ...(weight < 100 && { weight }) });
}

/** A step begins to count when its pods are ready; pods that are lost later start the deadline again, not the step. */
function noteReadiness(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  const ready = areWebPodsReady(situation);
  if (ready === undefined) return release;
  if (!ready) return change(release, { unreadySince: release.unreadySince ?? seen.now });
  const begins = ownPodsPhases.has(release.phase) && release.stepStartedAt === undefined;
  return change(release, { unreadySince: undefined, ...(begins && { stepStartedAt: seen.now }) });
}

function areWebPodsReady({ release, seen }: Situation): boolean | undefined {
  if (ownPodsPhases.has(release.phase)) return isCandidateReady({ release, seen }, candidateReplicas(release, seen));
  if (release.phase === "Promoting" && release.step !== undefined) return isCandidateReady({ release, seen }, 1);
  if (release.phase === "Baking" && seen.stableWeb?.release === release.candidate) return (seen.stableWeb?.ready ?? 0) >= seen.scale.min;
  return undefined;
}

/**
 * Counts a verdict once, and only if its sample was taken since the current step stands. A rollback by request is not judged by figures:
 * users ask for it while things are bad, and a database that fails both releases must not send it back.
 */
function noteVerdict(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  const { analysis: verdict } = seen;
  if (!verdict || isRollback(situation) || !judgedPhases.has(release.phase) || !isNews(release, verdict)) return release;
  const analysis = verdict.metrics.slice(0, 20).map(toResult);
  const counted = change(release, { analyzedAt: verdict.at, analysis });
  switch (verdict.result) {
    case "pass": {
      const isOver = release.pause?.reason === "Inconclusive";
      return change(counted, { failures: undefined, inconclusiveSince: undefined, ...(isOver && { pause: undefined }) });
    }
    case "fail":
      return change(counted, { failures: (release.failures ?? 0) + 1, inconclusiveSince: undefined });
    case "inconclusive":
      return change(counted, { inconclusiveSince: release.inconclusiveSince ?? verdict.at });
  }
}

function isNews(release: ReleaseStatus, verdict: AnalysisVerdict): boolean {
  const since = ownPodsPhases.has(release.phase) ? release.stepStartedAt : release.phaseStartedAt;
  if (since === undefined) return false;
  const at = Date.parse(verdict.at);
  return at > Date.parse(since) && (release.analyzedAt === undefined || at > Date.parse(release.analyzedAt));
}

function toResult(metric: AnalysisVerdict["metrics"][number]): MetricResult {
  return { ...metric, result: results[metric.result] };
}

/** A source that has fallen silent is as good as none: an old verdict must not carry the candidate on. */
function noteSilence(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  const { enabled, intervalSeconds } = seen.rollout.canary.analysis;
  const since = watchedSince(release);
  if (!enabled || since === undefined || release.inconclusiveSince !== undefined || isRollback(situation)) return release;
  const last = latest(release.analyzedAt, since);
  if (secondsSince({ seen }, last) <= Math.max(3 * intervalSeconds, 30)) return release;
  return change(release, { inconclusiveSince: last });
}

function latest(one: string | undefined, other: string): string {
  return one !== undefined && Date.parse(one) > Date.parse(other) ? one : other;
}
