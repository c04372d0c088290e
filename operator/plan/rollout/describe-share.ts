import type { ReleaseStatus } from "../../api/status.ts";
import type { RolloutObservation } from "./observation.ts";
import { readyPods, routedWeight } from "./router.ts";

type Seen = Pick<RolloutObservation, "rollout" | "hasGateway" | "stableWeb" | "candidateWeb">;

/**
 * The share of the requests that a canary gets now, as it is. A Gateway gives the weight of the step once the pods are ready; without one
 * each ready pod gets as much as any other, so that few stable pods make a small weight impossible.
 *
 * stable  ready  step   share
 *      1      1    5%   50 % (1 of 2 pods; 5 % needs 19 stable pods or a Gateway)
 *      4      2   25%   33 % (2 of 6 pods)
 *      4      0    5%   0 %, 5 % once its pods are ready
 */
export function describeShare(release: ReleaseStatus, seen: Seen): string {
  const { weight = 0 } = release;
  const ready = readyPods(release, seen);
  if (seen.hasGateway || ready === 0) {
    const routed = ready === 0 ? 0 : routedWeight(release, seen);
    return routed === weight ? `${weight} % of the requests` : `${routed} % of the requests, ${weight} % once its pods are ready`;
  }
  const all = ready + (seen.stableWeb?.ready ?? 0);
  const share = Math.round((100 * ready) / all);
  if (share === weight) return `${weight} % of the requests`;
  return `${share} % of the requests (${ready} of ${all} pods${describeNeed(weight, all - ready)})`;
}

/** Where even one pod is more than the weight. */
function describeNeed(weight: number, stable: number): string {
  const needed = Math.ceil((100 - weight) / weight);
  return stable < needed ? `; ${weight} % needs ${needed} stable pods or a Gateway` : "";
}
