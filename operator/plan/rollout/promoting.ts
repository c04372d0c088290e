import { hasTaken, isCandidateReady } from "./has-failed.ts";
import { mayEnd } from "./inconclusive.ts";
import { recordProven } from "./record-proven.ts";
import { candidateReplicas, podsAfterPromotion, podsBeforeEnd } from "./replicas.ts";
import { finish } from "./rolling-back.ts";
import { isRollback } from "./state.ts";
import { enter, isFirst, secondsSince, stay, type Rule, type Situation, type Step } from "./rule.ts";

/**
 * Web, workers and schedules of the stable track take the candidate; its own pods, where it has some, serve on until they have, and
 * none are made for it any more.
 * A Service never switches to a blue/green candidate that is not complete: such a one is replaced pod by pod.
 */
export function takeOver(situation: Situation): Step {
  const { seen } = situation;
  const release = recordProven(situation);
  const hasPods = release.phase === "Canary" && seen.candidateWeb?.release === release.candidate;
  const keepsPods = hasPods || (release.phase === "Preview" && isCandidateReady(situation, candidateReplicas(release, seen)));
  const own = keepsPods ? { step: release.step ?? 0, pods: podsAfterPromotion(release, seen) } : {};
  return { release: enter({ ...situation, release }, "Promoting", { weight: 100, ...own }), reason: "ReleasePromoting" };
}

/** All pods are of the candidate: it bakes, or is stable at once where no bake is asked for. */
export const taken: Rule = (situation) => {
  const { release, seen } = situation;
  const enough = (seen.stableWeb?.ready ?? 0) >= (podsBeforeEnd(release, seen) ?? 0);
  if (!enough || !hasTaken(situation, release.candidate)) return undefined;
  const bakes = seen.rollout.bakeSeconds > 0 && !isFirst(situation) && !isRollback(situation);
  if (!bakes) return finish(situation);
  return { release: enter(situation, "Baking", { weight: 100 }), reason: "ReleaseBaking" };
};

/** The bake time is over; figures that are missing hold nothing up, for all users have the candidate already. */
export const baked: Rule = (situation) => {
  const { release, seen } = situation;
  const over = secondsSince(situation, release.phaseStartedAt) >= seen.rollout.bakeSeconds;
  const healthy = release.unreadySince === undefined && mayEnd(situation);
  return over && healthy ? finish({ ...situation, release: recordProven(situation) }) : stay(situation, "ReleaseBaking");
};
