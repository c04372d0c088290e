import { conditionIsTrue } from "../../base/condition.ts";
import { read, readString } from "../../base/read.ts";
import type { LiveObject } from "./snapshot.ts";

/** Pods that should serve and do not, by name; not those that are being deleted or have ended. */
export function unreadyPods(pods: readonly LiveObject[]): readonly LiveObject[] {
  return pods.filter(isUnready).toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

/** Whether a pod should serve and does not. */
export function isUnready(pod: LiveObject): boolean {
  const phase = readString(read(pod, "status", "phase"));
  const hasEnded = phase === "Failed" || phase === "Succeeded";
  return pod.metadata.deletionTimestamp === undefined && !hasEnded && conditionIsTrue(pod, "Ready") === undefined;
}
