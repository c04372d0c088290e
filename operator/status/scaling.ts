import { condition } from "../base/condition.ts";
import { read, readCount } from "../base/read.ts";
import { findOwned, type LiveObject } from "../plan/observe/snapshot.ts";
import { databaseConnections, type ScalingBounds } from "../plan/scaling/bounds.ts";
import { webName } from "../resources/names.ts";
import { runningReplicas } from "../resources/scaling/replicas.ts";
import { verdict, type Report, type Verdict } from "./report.ts";

/** What the web component's autoscaler says of itself, in our words. */
export function judgeScaling({ snapshot, plan }: Report): readonly Verdict[] {
  const { web } = snapshot.app.spec;
  const replicas = runningReplicas(web);
  if (!web.autoscaling || "fixed" in replicas) {
    const count = "fixed" in replicas ? replicas.fixed : replicas.autoscaled.min;
    const remedy = plan.scaling ? `raise ${plan.scaling.ceiling.because} above ${plan.scaling.floor.because}` : "set web.autoscaling";
    return [verdict("Scaled", true, "FixedReplicas", `web stands at ${count} replica(s): ${remedy} to follow the load`)];
  }
  if (web.autoscaling.paused) {
    return [verdict("Scaled", true, "AutoscalingPaused", "web.autoscaling.paused keeps the replica count as it is")];
  }
  const scaler = findOwned(snapshot, "HorizontalPodAutoscaler", webName(snapshot.app.metadata.name));
  return scaler && plan.scaling && !snapshot.app.spec.suspend ? [judgeScaler(scaler, plan.scaling)] : [];
}

function judgeScaler(scaler: LiveObject, { floor, ceiling }: ScalingBounds): Verdict {
  const active = condition(scaler, "ScalingActive");
  if (active?.status === "False" && active.reason !== "ScalingDisabled") {
    return verdict("Scaled", false, "MetricsUnavailable", `the autoscaler has no metrics yet: ${active.message}`);
  }
  const limited = condition(scaler, "ScalingLimited");
  const current = readCount(read(scaler, "status", "currentReplicas"));
  if (limited?.status === "True" && limited.reason === "TooManyReplicas") {
    const message =
      ceiling.because === databaseConnections
        ? `the load asks for more than ${ceiling.replicas} replicas, and more do not fit into the database's connections: see the condition ConnectionBudget`
        : `the load asks for more than ${ceiling.because} (${ceiling.replicas}): raise it, or find the bottleneck`;
    return verdict("Scaled", false, "AtCeiling", message);
  }
  const message = `web stands at ${current} of ${floor.replicas} to ${ceiling.replicas} replicas`;
  return verdict("Scaled", true, "AutoscalingActive", message);
}
