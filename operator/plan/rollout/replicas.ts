import type { Rollout } from "../../api/rollout.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";

/**
 * Pods of the canary beside `stable` pods, so that it gets `weight` percent of the requests by its share of the pods alone.
 * The stable pods stay as they are; the canary comes on top: c / (stable + c) >= weight / 100.
 *
 * stable  weight  canary  share
 *      4       0       0    0 %
 *      4       5       1   20 %   one pod is the least there is
 *      4      25       2   33 %   ceil(4 * 25 / 75) = ceil(1.33)
 *      4      50       4   50 %
 *     20       5       2    9 %   ceil(20 * 5 / 95) = ceil(1.05)
 *    100      25      34   25 %
 *      0      25       0          no users, no canary
 */
export function canaryReplicas(stable: number, weight: number): number {
  if (weight <= 0 || stable <= 0) return 0;
  // Full weight is a promotion; beside stable pods no number of canaries would reach it.
  if (weight >= 100) return stable;
  return Math.max(1, Math.ceil((stable * weight) / (100 - weight)));
}

/** Pods that the candidate's own Deployment should have now; the autoscaler's count of the stable one is followed. */
export function candidateReplicas(release: ReleaseStatus, { stableWeb, candidateWeb, scale }: RolloutObservation): number {
  const stable = stableWeb?.desired ?? scale.min;
  if (release.phase === "Canary") return canaryReplicas(stable, release.weight ?? 0);
  if (release.phase === "Preview") return stable;
  // While stable takes over, the candidate keeps its pods: following a Deployment that grows to replace it would never end.
  return candidateWeb?.release === release.candidate && candidateWeb ? candidateWeb.desired : stable;
}

/**
 * Stable pods that are needed before the candidate's own ones may go: in a long canary the autoscaler has shrunk stable to its share.
 * 4 stable + 4 canary, ceiling 6: 6. Fixed at 4: 4. Blue/green, 3 old + 4 new: 4.
 */
export function podsAfterPromotion({ strategy }: ReleaseStatus, { stableWeb, candidateWeb, scale }: RolloutObservation): number {
  const stable = stableWeb?.desired ?? scale.min;
  const candidate = candidateWeb?.desired ?? 0;
  const needed = strategy === "blueGreen" ? Math.max(stable, candidate) : stable + candidate;
  return Math.max(stable, Math.min(needed, scale.max));
}

/**
 * Stable pods that a promotion under way waits for: what it was begun with, but never more than the spec allows now. The ceiling may have
 * been lowered since, and pods above it never come.
 * Begun with 8, ceiling now 6: 6. Begun with 8, ceiling now 12: 8.
 */
export function podsBeforeEnd({ pods, phase }: ReleaseStatus, { scale }: Pick<RolloutObservation, "scale">): number | undefined {
  return phase === "Promoting" && pods !== undefined ? Math.min(pods, scale.max) : undefined;
}

/** The share of users that a candidate has pods of its own for, at most; in blue/green it has as many pods as stable. */
export function largestWeight({ strategy, canary }: Rollout): number {
  switch (strategy) {
    case "rolling":
      return 0;
    case "canary":
      // A step of full weight is a promotion, and takes fewer pods than the steps before it may have had.
      return Math.max(0, ...canary.steps.map(({ weight }) => weight).filter((weight) => weight < 100));
    case "blueGreen":
      return 100;
  }
}

/**
 * The most web pods at one moment, terminating ones left out: both tracks, each with the surge of a rolling update.
 * Stable 4, weight 50, surge 1: 4 + 1 + 4 + 1 = 10. Rolling alone (weight 0): 4 + 1 = 5.
 */
export function mostPods(stable: number, weight: number, surge: number): number {
  const canary = canaryReplicas(stable, weight);
  return stable + surge + (canary > 0 ? canary + surge : 0);
}
