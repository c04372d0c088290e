import { COMPONENT_LABEL, RELEASE_LABEL } from "../../api/labels.ts";
import { read, readList, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { unreadyPods } from "./unready-pods.ts";

/** A pod that is not ready, whose events may say why. */
export interface EventSampling {
  readonly namespace: string;
  readonly uid: string;
  /** Since when it is not ready, ISO 8601. */
  readonly since: string;
}

/** Whose events are worth a read: of each component and release the pod that is not ready for the longest. Undefined where all are. */
export function decideEventSampling({ app, pods }: Pick<Snapshot, "app" | "pods">): readonly EventSampling[] | undefined {
  const longest = new Map<string, EventSampling>();
  for (const pod of unreadyPods(pods)) {
    const { uid, labels } = pod.metadata;
    const since = unreadySince(pod);
    if (uid === undefined || since === undefined) continue;
    const group = `${labels?.[COMPONENT_LABEL]} ${labels?.[RELEASE_LABEL]}`;
    const known = longest.get(group);
    if (known === undefined || Date.parse(since) < Date.parse(known.since)) {
      longest.set(group, { namespace: app.metadata.namespace, uid, since });
    }
  }
  return longest.size === 0 ? undefined : [...longest.values()];
}

/** Since when a pod is not ready, ISO 8601: since it was made, where it never was. */
export function unreadySince(pod: LiveObject): string | undefined {
  const ready = readList(read(pod, "status", "conditions")).find((each) => read(each, "type") === "Ready");
  return readString(read(ready, "lastTransitionTime")) ?? pod.metadata.creationTimestamp;
}
