import { isTree } from "../../base/tree.ts";
import type { Child } from "../children.ts";

/** The child with at least so many replicas; its autoscaler still has the last word up to its ceiling. */
export function raiseReplicas(child: Child, floor = 0): Child {
  const { replicas } = child;
  if (replicas === undefined) return child;
  if ("autoscaled" in replicas) return { ...child, replicas: { autoscaled: raised(replicas.autoscaled, floor) } };
  // A suspended app stays at zero.
  return replicas.fixed === 0 ? child : { ...child, replicas: { fixed: Math.max(replicas.fixed, floor) } };
}

/**
 * An autoscaler that keeps at least so many pods, whatever an overlay says: while other pods carry the load it sees none, and would take
 * away the pods that are about to get it.
 */
export function raiseFloor(child: Child, floor = 0): Child {
  const { spec } = child.object;
  if (!isTree(spec) || typeof spec["minReplicas"] !== "number" || typeof spec["maxReplicas"] !== "number") return child;
  const { min } = raised({ min: spec["minReplicas"], max: spec["maxReplicas"] }, floor);
  return { ...child, object: { ...child.object, spec: { ...spec, minReplicas: min } } };
}

function raised({ min, max }: { readonly min: number; readonly max: number }, floor: number) {
  return { min: Math.max(min, Math.min(floor, max)), max };
}
