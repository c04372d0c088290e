import type { WebAutoscaling, WorkerAutoscaling } from "../../api/autoscaling.ts";

/**
 * How many replicas the controller should write: a fixed number, or a floor above which an autoscaler decides. `idle`: for a while
 * only, so that the number before it is remembered.
 */
export type Replicas =
  { readonly fixed: number; readonly idle?: true } | { readonly autoscaled: { readonly min: number; readonly max: number } };

/** What decides about the replicas of a component. */
export interface Scalable {
  readonly replicas?: number | undefined;
  readonly autoscaling?: WebAutoscaling | WorkerAutoscaling | undefined;
}

/**
 * The replicas of a component. The kubelet's CPU figures alone cannot wake a worker from zero, hence a floor of one until a
 * queue's length can be read; a suspended app has none, and its autoscaler then rests by itself.
 */
export function replicasOf(component: Scalable, suspended: boolean): Replicas {
  if (suspended) return { fixed: 0 };
  return runningReplicas(component);
}

/** The replicas of a component while the app is not suspended. */
export function runningReplicas(component: Scalable): Replicas {
  if (component.replicas !== undefined) return { fixed: component.replicas };
  if (component.autoscaling === undefined) return { fixed: 1 };
  const min = Math.max(1, component.autoscaling.minReplicas);
  const max = component.autoscaling.maxReplicas;
  return max > min ? { autoscaled: { min, max } } : { fixed: min };
}

/** The fewest replicas that a component runs with while the app is not suspended. */
export function floorOf(component: Scalable): number {
  const replicas = runningReplicas(component);
  return "fixed" in replicas ? replicas.fixed : replicas.autoscaled.min;
}
