import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { floorOf } from "./replicas.ts";
import type { Scalable } from "./replicas.ts";

/**
 * The disruption budget of a component; undefined where it may run with a single replica, because a budget would then block
 * every node drain for ever. Sick pods never block one either.
 */
export function buildDisruptionBudget(
  identity: Identity,
  child: { name: string; component: string },
  scalable: Scalable,
): Manifest | undefined {
  if (floorOf(scalable) < 2) return undefined;
  const { app } = identity;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMetadata(identity, child.name, child.component),
    spec: {
      maxUnavailable: app.spec.disruption.maxUnavailable,
      selector: { matchLabels: selectorLabels(app.metadata.name, child.component) },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
}
