import type { ConditionReason } from "../api/conditions.ts";
import { condition, read, readCount, readList, readString } from "./read.ts";
import type { LiveObject } from "./snapshot.ts";

/** What keeps a pod from serving, in the words of a condition. */
export interface PodTrouble {
  readonly pod: string;
  readonly reason: Extract<ConditionReason, "PodsCrashing" | "ImagePullFailed" | "PodsUnschedulable">;
  readonly message: string;
}

const imageReasons = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"]);
const crashReasons = new Set(["CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"]);

/** The first thing that is wrong with a pod, or undefined. */
export function findPodTrouble(pod: LiveObject): PodTrouble | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  return (
    unschedulable(pod) ??
    containers(pod)
      .map((status) => containerTrouble(pod, status))
      .find((trouble) => trouble !== undefined)
  );
}

function unschedulable(pod: LiveObject): PodTrouble | undefined {
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return undefined;
  const message = `pod ${pod.metadata.name} fits on no node: ${scheduled.message}`;
  return { pod: pod.metadata.name, reason: "PodsUnschedulable", message };
}

function containers(pod: LiveObject): readonly unknown[] {
  return [...readList(read(pod, "status", "initContainerStatuses")), ...readList(read(pod, "status", "containerStatuses"))];
}

function containerTrouble(pod: LiveObject, status: unknown): PodTrouble | undefined {
  const waiting = readString(read(status, "state", "waiting", "reason"));
  if (waiting === undefined) return undefined;
  const container = readString(read(status, "name")) ?? "?";
  const where = `container ${container} of pod ${pod.metadata.name}`;
  const detail = readString(read(status, "state", "waiting", "message")) ?? waiting;
  if (imageReasons.has(waiting)) return { pod: pod.metadata.name, reason: "ImagePullFailed", message: `${where}: ${waiting}: ${detail}` };
  if (!crashReasons.has(waiting)) return undefined;
  return { pod: pod.metadata.name, reason: "PodsCrashing", message: `${where} ${crashDetail(status, waiting, detail)}` };
}

function crashDetail(status: unknown, waiting: string, detail: string): string {
  if (waiting !== "CrashLoopBackOff") return `cannot start: ${detail}`;
  const code = readCount(read(status, "lastState", "terminated", "exitCode"));
  const why = readString(read(status, "lastState", "terminated", "reason")) ?? "Error";
  const restarts = readCount(read(status, "restartCount"));
  return `ends again and again (${why}, exit code ${code}, ${restarts} restarts): read its log with kubectl logs --previous`;
}
