import { COMPONENT_LABEL } from "../../api/labels.ts";
import { conditionIsTrue } from "../../base/condition.ts";
import { read, readList, readString } from "../../base/read.ts";
import { findPodTrouble } from "./pod-trouble.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";

/** How the newest run of a task ended, as far as its pods show. */
export type UpkeepRun =
  { readonly state: "none" } | { readonly state: "succeeded" } | { readonly state: "failed"; readonly message: string };

/** How the newest run of a component's pods ended; one that cannot begin counts as failed, one under way not at all. */
export function observeUpkeepRun(snapshot: Snapshot, component: string): UpkeepRun {
  const pods = snapshot.pods
    .filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component)
    .toSorted((one, other) => (startOf(one) < startOf(other) ? 1 : -1));
  for (const pod of pods) {
    const ended = read(readList(read(pod, "status", "containerStatuses"))[0], "state", "terminated");
    if (ended !== undefined) {
      if (read(ended, "exitCode") === 0) return { state: "succeeded" };
      return {
        state: "failed",
        message: errorIn(readString(read(ended, "message")) ?? readString(read(ended, "reason")) ?? "no reason is known"),
      };
    }
    const trouble = findPodTrouble(pod, snapshot);
    if (trouble) return { state: "failed", message: trouble.message };
  }
  return hasSucceeded(snapshot, component) ? { state: "succeeded" } : { state: "none" };
}

/** Pods go with their node; what their CronJob and Job remember stays. */
function hasSucceeded({ owned }: Snapshot, component: string): boolean {
  return owned
    .filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component)
    .some((object) => read(object, "status", "lastSuccessfulTime") !== undefined || conditionIsTrue(object, "Complete"));
}

/** When a pod began, as text that can be compared. */
function startOf({ metadata }: LiveObject): string {
  return metadata.creationTimestamp ?? "";
}

/** What psql printed of errors, without where in a file it was; all that was printed, where it names none. */
function errorIn(printed: string): string {
  const errors = [...printed.matchAll(/(?:ERROR|FATAL|error): +(?<text>.*)$/gmu)].map(({ groups }) => groups?.["text"] ?? "");
  return errors.length > 0 ? errors.join("; ") : printed.trim();
}
