import type { KubeObject } from "../../base/object.ts";
import { read, readString } from "../../base/read.ts";

/** A Warning that the cluster recorded about a pod. */
export interface PodEvent {
  /** Such as FailedMount or Unhealthy. */
  readonly reason: string;
  /** Undefined where it is about the whole pod. */
  readonly container: string | undefined;
  readonly message: string;
  /** When it was seen last, ISO 8601. */
  readonly at: string;
}

/** The Warnings about pods, the newest first, by the uid of the pod. */
export type PodEvents = Readonly<Record<string, readonly PodEvent[]>>;

/** Of each pod at most; what a kubelet repeats is one event with a count. */
const mostEvents = 20;
/** Characters of a message that are kept: an exec probe may print much. */
const longestMessage = 1000;

/** Reads Event objects (v1) about one pod, the newest first; what is said twice is kept once. */
export function readPodEvents(objects: readonly KubeObject[]): readonly PodEvent[] {
  const known = new Set<string>();
  return objects
    .filter((object) => object["type"] === "Warning")
    .map(readEvent)
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .filter(({ reason, container, message }) => {
      const text = JSON.stringify([reason, container, message]);
      return !known.has(text) && known.add(text);
    })
    .slice(0, mostEvents);
}

function readEvent(object: KubeObject): PodEvent {
  const path = readString(read(object, "involvedObject", "fieldPath"));
  const times = [read(object, "series", "lastObservedTime"), object["lastTimestamp"], object["eventTime"]];
  return {
    reason: readString(object["reason"]) ?? "",
    container: /^spec\.\w+\{(.+)\}$/u.exec(path ?? "")?.[1],
    message: (readString(object["message"]) ?? "").slice(0, longestMessage),
    at: times.flatMap((time) => readString(time) ?? [])[0] ?? object.metadata.creationTimestamp ?? "1970-01-01T00:00:00Z",
  };
}

/** What is known of the events of a pod. */
export function eventsOf({ metadata }: Pick<KubeObject, "metadata">, events: PodEvents | undefined): readonly PodEvent[] {
  return events?.[metadata.uid ?? metadata.name] ?? [];
}
