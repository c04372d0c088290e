import type { V1NodeAffinity, V1Toleration, V1TopologySpreadConstraint } from "@kubernetes/client-node";
import type { ComponentSettings } from "../../api/component.ts";
import type { Scheduling } from "../../api/pod.ts";
import type { EffectiveSpec } from "../../api/scalable-app.ts";

/** Where the pods of a component run: as the app's, but for the fields that the component has of its own. */
export function schedulingOf(spec: EffectiveSpec, { scheduling: own }: Pick<ComponentSettings, "scheduling">): Scheduling {
  const { scheduling } = spec;
  return {
    nodeSelector: own?.nodeSelector ?? scheduling.nodeSelector,
    tolerations: own?.tolerations ?? scheduling.tolerations,
    priorityClassName: own?.priorityClassName ?? scheduling.priorityClassName,
    spread: own?.spread ?? scheduling.spread,
  };
}

const topologyKeys: Readonly<Record<Scheduling["spread"][number], string>> = {
  hosts: "kubernetes.io/hostname",
  zones: "topology.kubernetes.io/zone",
};

/**
 * Spreads the pods of one Deployment evenly. Each release is spread for itself (`pod-template-hash`), else the pods of the old
 * one would push the new one together; nodes that take no pods do not count, so that a drain never blocks on the spread.
 */
export function spreadConstraints(spread: Scheduling["spread"], selector: Record<string, string>): V1TopologySpreadConstraint[] {
  return spread.map((over) => ({
    topologyKey: topologyKeys[over],
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
    matchLabelKeys: ["pod-template-hash"],
    nodeTaintsPolicy: "Honor",
  }));
}

/** The labels by which the common platforms mark nodes that may vanish at short notice. */
const spotNodes = [
  { key: "karpenter.sh/capacity-type", value: "spot" },
  { key: "eks.amazonaws.com/capacityType", value: "SPOT" },
  { key: "cloud.google.com/gke-spot", value: "true" },
  { key: "kubernetes.azure.com/scalesetpriority", value: "spot" },
];

/** Tolerates the taints that the common platforms put on spot nodes. */
export function spotTolerations(): V1Toleration[] {
  return spotNodes.map(({ key, value }) => ({ key, operator: "Equal", value, effect: "NoSchedule" }));
}

/** Prefers spot nodes and runs elsewhere where there are none. */
export function spotAffinity(): { nodeAffinity: V1NodeAffinity } {
  const preferred = spotNodes.map(({ key, value }) => ({
    weight: 100,
    preference: { matchExpressions: [{ key, operator: "In", values: [value] }] },
  }));
  return { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
}
