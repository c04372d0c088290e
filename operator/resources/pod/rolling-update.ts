import type { V1DeploymentSpec } from "@kubernetes/client-node";
import type { Rollout } from "../../api/rollout.ts";

/** ReplicaSets of zero pods that are kept: releases are stored by the operator, and return from there. */
const keptReplicaSets = 2;

/** How a Deployment replaces its pods: a new one is ready, and stayed so, before an old one goes. */
export function rollingUpdate(
  rollout: Rollout,
): Pick<V1DeploymentSpec, "strategy" | "minReadySeconds" | "progressDeadlineSeconds" | "revisionHistoryLimit"> {
  const { batch, settleSeconds } = rollout.rolling;
  return {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: batch, maxUnavailable: 0 } },
    // 0 is left out, as the API server leaves it out: what is written must read the same when it comes back.
    ...(settleSeconds > 0 && { minReadySeconds: settleSeconds }),
    // The API server refuses a deadline within which no pod could count as ready.
    progressDeadlineSeconds: Math.max(rollout.progressDeadlineSeconds, settleSeconds + 1),
    revisionHistoryLimit: keptReplicaSets,
  };
}
