import type { Child } from "../resources/children.ts";
import type { LiveObject } from "./observe/snapshot.ts";
import { kindKey } from "../base/object.ts";

/** An owned object that the spec no longer wants. */
export interface Prune {
  readonly object: LiveObject;
  readonly reason: string;
}

/** Kinds that the operator creates; anything else that names the app as its owner was made by somebody else and stays. */
const prunable = new Set([
  "Deployment",
  "StatefulSet",
  "Service",
  "ServiceAccount",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "CronJob",
  "Job",
  "NetworkPolicy",
  "HTTPRoute",
]);

/** What to delete: owned objects that no intended child stands for, and whose deletion nothing still waits for. */
export function decidePrune(intended: readonly Child[], owned: readonly LiveObject[]): readonly Prune[] {
  const wanted = new Set(intended.map(({ object }) => kindKey(object)));
  return owned
    .filter((object) => prunable.has(object.kind) && object.metadata.deletionTimestamp === undefined)
    .filter((object) => !wanted.has(kindKey(object)))
    .map((object) => ({ object, reason: "the spec no longer wants it" }));
}
