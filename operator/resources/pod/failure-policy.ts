import type { V1JobSpec } from "@kubernetes/client-node";

/** A pod that was evicted did not fail: it is replaced without using up a retry, and only once it is gone, so that no two run at once. */
export function ignoreDisruptions(): Pick<V1JobSpec, "podFailurePolicy" | "podReplacementPolicy"> {
  return {
    podReplacementPolicy: "Failed",
    podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
  };
}
