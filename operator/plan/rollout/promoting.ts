import { finish } from "./finish.ts";
import { isCandidateReady, isRolledOut } from "./is-rolled-out.ts";
import { recordProven } from "./record-proven.ts";
import { candidateReplicas, podsAfterPromotion, podsBeforeEnd } from "./replicas.ts";
import { change, enter, isFirst, secondsSince, stay, type Rule, type Situation, type Step } from "./rule.ts";
import { isRollback } from "./state.ts";

/**
 * Web, workers and schedules of the stable track take the candidate; its own pods, where it has some, serve on until they have, and
 * none are made for it any more.
 * A Service never switches to a blue/green candidate that is not complete: such a one is replaced pod by pod.
 */
export function promoteCandidate(situation: Situation): Step {
  const { seen } = situation;
  const release = recordProven(situation);
  const hasPods = release.phase === "Canary" && seen.candidateWeb?.release === release.candidate;
  const keepsPods = hasPods || (release.phase === "Preview" && isCandidateReady(situation, candidateReplicas(release, seen)));
  const own = keepsPods ? { step: release.step ?? 0, pods: podsAfterPromotion(release, seen) } : {};
  return { release: enter({ ...situation, release }, "Promoting", { weight: 100, ...own }), reason: "ReleasePromoting" };
}

/** All pods are of the candidate: it bakes, or is stable at once where no bake is asked for. */
export const promoteWhenRolledOut: Rule = (situation) => {
  const { release, seen } = situation;
  const enough = (seen.stableWeb?.ready ?? 0) >= (podsBeforeEnd(release, seen) ?? 0);
  if (!enough || !isRolledOut(situation, release.candidate)) return undefined;
  const bakes = seen.rollout.bakeSeconds > 0 && !isFirst(situation) && !isRollback(situation);
  if (!bakes) return finish(situation);
  return { release: enter(situation, "Baking", { weight: 100 }), reason: "ReleaseBaking" };
};

/** The Service has switched; the old pods are kept warm for a while, so that going back is a switch too. */
export const holdOldPods: Rule = (situation) => {
  const { release, seen } = situation;
  if (release.strategy !== "blueGreen" || release.step !== 0) return undefined;
  const early = secondsSince(situation, release.phaseStartedAt) < seen.rollout.blueGreen.scaleDownDelaySeconds;
  if (early) return stay(situation, "ReleasePromoting");
  return { release: change(release, { step: 1 }), reason: "ReleasePromoting" };
};
