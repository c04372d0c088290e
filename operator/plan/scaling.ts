import type { Child } from "../resources/children.ts";
import type { LiveObject } from "./snapshot.ts";
import { read } from "./read.ts";

/**
 * The replica count that the operator itself must write now, or undefined when the number is right or is the autoscaler's business.
 * An autoscaler never goes below its floor, so raising a workload to the floor is no quarrel with it: it saves the first 15 s after a
 * start, and it is the only way up from 0, where the HPA is switched off by design.
 */
export function decideReplicas(child: Child, live: LiveObject | undefined): number | undefined {
  if (!child.replicas) return undefined;
  const current = read(live, "spec", "replicas");
  const now = typeof current === "number" ? current : 1;
  if ("fixed" in child.replicas) return now === child.replicas.fixed ? undefined : child.replicas.fixed;
  return now < child.replicas.autoscaled.min ? child.replicas.autoscaled.min : undefined;
}
