import type { MetricResult, ReleaseStatus } from "../../api/status.ts";
import type { CheckVerdict } from "../analysis/verdict.ts";
import { stepOf, watchedSince } from "./canary-steps.ts";
import { noteContract } from "./contract.ts";
import { isCandidateReady } from "./is-rolled-out.ts";
import { candidateReplicas } from "./replicas.ts";
import { change, secondsSince, type Situation } from "./rule.ts";
import { isEvaluated, isRollback } from "./state.ts";

/**
 * Seconds by which `analyzedAt` may be older than the newest round where an operator that has just begun reads it: rounds that change
 * nothing are written this rarely, so that a bake of ten minutes costs four writes.
 */
export const ANALYZED_AT_LAG_SECONDS = 120;

const ownPodsPhases = new Set(["Canary", "Preview"]);

/** The release with what was newly seen of the candidate's pods and figures; decides nothing. */
export function noteProgress(situation: Situation): ReleaseStatus {
  const release = noteReadiness({ ...situation, release: followSteps(situation) });
  const evaluated = noteSilence({ ...situation, release: noteVerdict({ ...situation, release }) });
  return noteContract({ ...situation, release: evaluated });
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

/** Keeps the newest figures for users, and since when nothing can be seen. */
function noteVerdict(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  const { analysis: verdict } = seen;
  if (!verdict || !isEvaluated(situation)) return release;
  const analysis = verdict.checks.slice(0, 30).map(toResult);
  const unseen = verdict.cause === "unseen";
  const isOver = verdict.result === "pass" && release.pause?.reason === "Inconclusive";
  return change(release, {
    analyzedAt: verdict.at,
    analysis,
    inconclusiveSince: unseen ? (release.inconclusiveSince ?? verdict.at) : undefined,
    ...(isOver && { pause: undefined }),
  });
}

function toResult({ name, result, dryRun, value, limit, belowPercent, message }: CheckVerdict): MetricResult {
  return {
    name,
    result,
    ...(value !== undefined && { value }),
    ...(limit !== undefined && { limit }),
    ...(belowPercent !== undefined && { belowPercent }),
    ...(dryRun && { dryRun }),
    message,
  };
}

/** A source that has fallen silent is as good as none: an old verdict must not carry the candidate on. */
function noteSilence(situation: Situation): ReleaseStatus {
  const { release, seen } = situation;
  const { enabled, intervalSeconds } = seen.rollout.canary.analysis;
  const since = watchedSince(release);
  if (!enabled || since === undefined || release.inconclusiveSince !== undefined || isRollback(situation)) return release;
  const last = latest(release.analyzedAt, since);
  const unwritten = last === release.analyzedAt && !seen.analysis ? ANALYZED_AT_LAG_SECONDS : 0;
  if (secondsSince({ seen }, last) <= Math.max(3 * intervalSeconds, 30) + unwritten) return release;
  return change(release, { inconclusiveSince: last });
}

function latest(one: string | undefined, other: string): string {
  return one !== undefined && Date.parse(one) > Date.parse(other) ? one : other;
}
