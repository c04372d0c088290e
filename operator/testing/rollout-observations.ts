import { rolloutSchema } from "../api/rollout.ts";
import type { ReleaseStatus } from "../api/status.ts";
import type { RolloutObservation, DeploymentHealth } from "../plan/rollout/observation.ts";

/** The moment of an observation unless set otherwise. */
export const seenAt = "2026-11-27T08:10:00Z";

/** A Deployment with all its pods ready; every part can be replaced. */
export function track(parts: Partial<DeploymentHealth> = {}): DeploymentHealth {
  const desired = parts.desired ?? 4;
  const counts = { desired, replicas: desired, updated: desired, ready: desired, oneRelease: true, uniform: true, rolledOut: true };
  return { name: "shop-web", release: "a", ...counts, crash: undefined, trouble: undefined, deadlineExceeded: false, ...parts };
}

/** Release a stands and is wanted; every part can be replaced. */
export function observe(parts: Partial<RolloutObservation> = {}): RolloutObservation {
  return {
    now: seenAt,
    desired: "a",
    rollout: rolloutSchema.parse({}),
    status: { release: releaseOf() },
    running: "a",
    migration: { state: "none" },
    suspended: false,
    hasGateway: false,
    requests: [],
    scale: { min: 4, max: 4 },
    stableWeb: track(),
    candidateWeb: undefined,
    orphans: 0,
    workers: [],
    stored: ["z", "a"],
    ...parts,
  };
}

/** A release that is stable since some minutes; every part can be replaced. */
export function releaseOf(parts: Partial<ReleaseStatus> = {}): ReleaseStatus {
  const since = "2026-11-27T08:00:00Z";
  return { stable: "a", phase: "Stable", startedAt: since, phaseStartedAt: since, ...parts };
}

/** A canary with the default steps. */
const canary = rolloutSchema.parse({ strategy: "canary" });
/** A minute before `seenAt`. */
export const minuteAgo = "2026-11-27T08:09:00Z";

/** A canary at its first step; every part can be replaced. */
function underWay(parts: Partial<ReleaseStatus> = {}): ReleaseStatus {
  return releaseOf({ candidate: "b", phase: "Canary", strategy: "canary", step: 0, weight: 5, stepStartedAt: minuteAgo, ...parts });
}

/** Release b is a canary beside a, with its pod ready; every part can be replaced. */
export function canaryOf(parts: Partial<ReleaseStatus> = {}, rest: Partial<RolloutObservation> = {}): RolloutObservation {
  const candidateWeb = track({ name: "shop-web-canary", release: "b", desired: 1 });
  return observe({ desired: "b", rollout: canary, status: { release: underWay(parts) }, candidateWeb, stored: ["z", "a", "b"], ...rest });
}
