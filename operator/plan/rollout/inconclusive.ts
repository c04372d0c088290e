import type { AnalysisFallback } from "../../api/analysis.ts";
import type { Verdict } from "../analysis/verdict.ts";
import { quarantineCandidate } from "./rolling-back.ts";
import { change, secondsSince, type Rule, type Situation } from "./rule.ts";

/** Why a candidate has no verdict that lets it go on; waiting: no round of this step has ended. */
type Doubt = NonNullable<Verdict["cause"]> | "waiting";

/** Whether the analysis lets the candidate go on: it passes, or it has gone without a verdict for as long as the user allows. */
export function mayProceed(situation: Situation): boolean {
  return doubtOf(situation) === undefined || overdueFallback(situation) === "promote";
}

/**
 * Too long without a verdict: the candidate rolls back or pauses, as the user wants it. Where all users have it already, missing figures hold
 * nothing up, unless the newest ones were bad.
 */
export const resolveInconclusive: Rule = (situation) => {
  const { release, seen } = situation;
  const isOnTrial = release.phase === "Canary" || release.phase === "Preview" || isWorsening(situation);
  if (!isOnTrial || release.pause?.reason === "Manual" || release.pause?.reason === "Inconclusive") return undefined;
  const fallback = overdueFallback(situation);
  if (fallback === "rollback")
    return quarantineCandidate(situation, { reason: "AnalysisInconclusive", message: whyInconclusive(situation) });
  if (fallback !== "pause" || release.pause !== undefined) return undefined;
  return { release: change(release, { pause: { reason: "Inconclusive", since: seen.now } }), reason: "AnalysisInconclusive" };
};

/** Whether a bake may end: not on a round that is so bad that the next one decides. Figures that are missing hold no bake up. */
export function mayEnd(situation: Situation): boolean {
  return !isWorsening(situation) || overdueFallback(situation) === "promote";
}

function isWorsening({ seen }: Situation): boolean {
  return seen.rollout.canary.analysis.enabled && seen.analysis?.cause === "worsening";
}

/** Seconds without a verdict after which a fallback applies. */
export function inconclusiveSeconds({ seen }: Pick<Situation, "seen">): number {
  return seen.rollout.canary.analysis.inconclusiveSeconds;
}

function doubtOf({ release, seen }: Situation): Doubt | undefined {
  if (!seen.rollout.canary.analysis.enabled) return undefined;
  if (release.inconclusiveSince !== undefined) return "unseen";
  const { analysis: verdict } = seen;
  const since = release.stepStartedAt;
  if (verdict === undefined || since === undefined || Date.parse(verdict.at) <= Date.parse(since)) return "waiting";
  return verdict.result === "pass" ? undefined : (verdict.cause ?? "waiting");
}

function overdueFallback(situation: Situation): AnalysisFallback | undefined {
  const { release, seen } = situation;
  const { onInconclusive, onTooFewRequests } = seen.rollout.canary.analysis;
  const doubt = doubtOf(situation);
  if (doubt === undefined || doubt === "waiting") return undefined;
  const since = doubt === "unseen" ? release.inconclusiveSince : (release.stepStartedAt ?? release.phaseStartedAt);
  if (secondsSince(situation, since) < inconclusiveSeconds(situation)) return undefined;
  return doubt === "unseen" ? onInconclusive : onTooFewRequests;
}

function whyInconclusive(situation: Situation): string {
  const seconds = inconclusiveSeconds(situation);
  const reason = situation.seen.analysis?.reason ?? "no figures came";
  if (doubtOf(situation) === "tooFewRequests") {
    return `too few requests within inconclusiveSeconds (${seconds}), and onTooFewRequests is rollback: ${reason}`;
  }
  return `nothing could be seen of it within inconclusiveSeconds (${seconds}): ${reason}`;
}
