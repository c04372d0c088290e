import type { ReleaseStatus } from "../../api/status.ts";
import type { RouterPlacement } from "../../resources/placement.ts";
import type { RolloutObservation } from "./observation.ts";

type Seen = Pick<RolloutObservation, "rollout" | "hasGateway" | "stableWeb" | "candidateWeb" | "refusals">;

/**
 * How a Gateway reaches the pods of stable and candidate. Requests must only ever go where pods are ready, so every transition has its order:
 *
 * - Canary begins: the web Service reaches stable pods alone before the canary has any, and the route gives it 0 % until one is ready.
 * - A step ends: the next weight holds once its pods are ready; until then the weight before it does.
 * - Promotion: the web Service is widened to both tracks first (it is applied in an earlier wave than the route), then the route gives it
 *   all requests, and only then stable pods are replaced. Whatever the gateway hears first, ready stable pods are behind the Service.
 * - Baking: stable pods are complete, so the web Service is narrowed to them before the canary's Deployment goes, which is pruned last.
 *   Its pods still end in peace: they left the Service, and their preStop hook outlasts the gateway's delay.
 * - Back: the route leaves the canary before its Deployment goes. The web Service stays narrow, for a Deployment leaves its pods to the
 *   garbage collector, and pods that were just found bad must not be given more requests in the meantime.
 * - The route is refused: whatever weight it gives the canary, the canary's Service leads to the pods of the web Service, until it is written.
 *
 * Undefined where the spec has no Gateway, or nothing is ever shared by weight.
 */
export function placeRouter(release: ReleaseStatus, seen: Seen): RouterPlacement | undefined {
  const { strategy = seen.rollout.strategy, phase } = release;
  // A canary goes on as one though the spec asks for another strategy now; and where canaries are used, the Services never change for another release.
  const isShared = strategy === "canary" || (strategy === "rolling" && seen.rollout.strategy === "canary");
  if (!seen.hasGateway || !isShared) return undefined;
  const detour = isRouteStuck(seen) ? ({ detour: true } as const) : {};
  if (phase !== "Canary") return { joint: phase === "Promoting" && release.step !== undefined, ...detour };
  return { joint: false, share: { weight: routedWeight(release, seen), reachable: readyPods(release, seen) > 0 }, ...detour };
}

/**
 * The percentage of requests that a canary may get now: the step's weight once its pods are ready, before that the weight of the step
 * before; and never more than the share of its ready pods, so that pods which are left after a loss get no more than stable ones do.
 *
 * stable  step  before  ready  started  routed
 *      4    5%       0      0       no       0
 *      4    5%       0      1      yes       5
 *      4   50%     25%      2       no      25   2 more are coming
 *      4   50%     25%      4      yes      50
 *      4   50%     25%      1      yes      20   three were lost: 1 of 5 pods
 */
export function routedWeight(release: ReleaseStatus, seen: Seen): number {
  const { steps } = seen.rollout.canary;
  const { weight = 0, step = 0, stepStartedAt } = release;
  const before = steps[Math.min(step, steps.length - 1) - 1]?.weight ?? 0;
  const ready = readyPods(release, seen);
  const stable = seen.stableWeb ? Math.min(seen.stableWeb.desired, seen.stableWeb.ready) : 0;
  const fair = ready === 0 ? 0 : Math.floor((100 * ready) / (stable + ready));
  return Math.min(stepStartedAt === undefined ? Math.min(before, weight) : weight, fair);
}

function isRouteStuck({ refusals = [] }: Seen): boolean {
  const route = "web/http-route";
  return refusals.some(({ role, holdsBack }) => role === route || holdsBack?.includes(route) === true);
}

/** Ready pods of the candidate's own Deployment. */
export function readyPods({ candidate }: ReleaseStatus, { candidateWeb }: Pick<Seen, "candidateWeb">): number {
  return candidateWeb !== undefined && candidateWeb.release === candidate ? candidateWeb.ready : 0;
}
