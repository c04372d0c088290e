import type { ConditionReason } from "../../api/conditions.ts";
import { COMPONENT_LABEL } from "../../api/labels.ts";
import { fieldOfContainer, imageFieldOf } from "./component-fields.ts";
import { describeExit, describeStart } from "./container-trouble.ts";
import { describePoolerError, findPoolerError } from "./pooler-trouble.ts";
import type { ProbeAnswer } from "./probe-answers.ts";
import { concernsRequest, describeProbeAnswer } from "./probe-trouble.ts";
import { condition } from "../../base/condition.ts";
import { read, readList, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { isUnready } from "./unready-pods.ts";
import { describeVolumeTrouble } from "./volume-trouble.ts";

/** What keeps a pod from serving, in the words of a condition. */
export interface PodTrouble {
  readonly pod: string;
  readonly reason: Extract<
    ConditionReason,
    "PodsCrashing" | "ContainerOutOfMemory" | "ImagePullFailed" | "PodsUnschedulable" | "ProbeFailed" | "DatabaseConnectionFailed"
  >;
  readonly message: string;
}

/** What is known of pods beside their status. */
export type PodContext = Pick<Snapshot, "app" | "claims" | "probeAnswers" | "poolerErrors">;

interface Subject {
  readonly pod: LiveObject;
  readonly component: string;
  readonly context: PodContext;
  readonly answer: ProbeAnswer | undefined;
  /** What the pooler beside the app says of the database. */
  readonly database: string | undefined;
}

const imageReasons = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"]);
const crashReasons = new Set(["CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"]);

/** The first thing that is wrong with a pod, and which field to change; undefined where nothing is known to be. */
export function findPodTrouble(pod: LiveObject, context: PodContext): PodTrouble | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const { name } = pod.metadata;
  const subject: Subject = {
    pod,
    component: pod.metadata.labels?.[COMPONENT_LABEL] ?? "web",
    context,
    answer: context.probeAnswers?.[name],
    database: databaseError(pod, context),
  };
  return (
    unschedulable(subject) ??
    containers(pod)
      .map((status) => containerTrouble(subject, status))
      .find((trouble) => trouble !== undefined) ??
    unreadiness(subject)
  );
}

function unschedulable({ pod, component, context }: Subject): PodTrouble | undefined {
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return undefined;
  const volume = describeVolumeTrouble(component, scheduled.message, context);
  if (volume !== undefined) {
    return { pod: pod.metadata.name, reason: "PodsUnschedulable", message: `${volume}; pod ${pod.metadata.name} waits for it` };
  }
  const field = fieldOfContainer(component, "app");
  const fields = component.startsWith("redis-") ? `${field}.memory` : `${field}.resources.requests, scheduling`;
  const message = `pod ${pod.metadata.name} fits on no node: ${scheduled.message} (the fields are ${fields})`;
  return { pod: pod.metadata.name, reason: "PodsUnschedulable", message };
}

function containers(pod: LiveObject): readonly unknown[] {
  return [...readList(read(pod, "status", "initContainerStatuses")), ...readList(read(pod, "status", "containerStatuses"))];
}

function databaseError(pod: LiveObject, { app, poolerErrors }: PodContext): string | undefined {
  const pooler = containers(pod).find((status) => read(status, "name") === "pgbouncer");
  const lastLogLines = readString(read(pooler, "lastState", "terminated", "message"));
  const line = poolerErrors?.[pod.metadata.name] ?? (lastLogLines === undefined ? undefined : findPoolerError(lastLogLines));
  return line === undefined ? undefined : describePoolerError(line, app.spec.postgres);
}

function containerTrouble(subject: Subject, status: unknown): PodTrouble | undefined {
  const { pod, component, context, answer, database } = subject;
  const name = pod.metadata.name;
  const container = readString(read(status, "name")) ?? "?";
  const where = `container ${container} of pod ${name}`;
  const field = fieldOfContainer(component, container);
  if (isOutOfMemory(pod, status)) {
    return { pod: name, reason: "ContainerOutOfMemory", message: `${where} was killed for its memory: ${memoryRemedy(container, field)}` };
  }
  const waiting = readString(read(status, "state", "waiting", "reason"));
  if (waiting === undefined) return undefined;
  const detail = readString(read(status, "state", "waiting", "message")) ?? waiting;
  if (imageReasons.has(waiting)) {
    const remedy = `correct ${imageFieldOf(context.app, component, container)}, or imagePullSecrets where the registry asks who pulls`;
    return { pod: name, reason: "ImagePullFailed", message: `${where}: ${waiting}: ${detail}: ${remedy}` };
  }
  if (!crashReasons.has(waiting)) return undefined;
  if (waiting !== "CrashLoopBackOff") {
    return { pod: name, reason: "PodsCrashing", message: `${where} cannot start: ${describeStart(detail, field, context.app)}` };
  }
  if (container === "pgbouncer" && database !== undefined) {
    return { pod: name, reason: "DatabaseConnectionFailed", message: `the pooler of pod ${name} does not start: ${database}` };
  }
  const cause = container === "app" ? describeExit(status, { component, app: context.app, answer }) : describeExit(status, undefined);
  const beside = container === "app" && database !== undefined ? `; its pooler has no connection: ${database}` : "";
  return { pod: name, reason: "PodsCrashing", message: `${where} ${cause}${beside}` };
}

/** One that was killed and serves again is a matter of the analysis. */
function isOutOfMemory(pod: LiveObject, status: unknown): boolean {
  if (!isUnready(pod) || read(status, "ready") === true) return false;
  return [read(status, "state"), read(status, "lastState")].some((state) => read(state, "terminated", "reason") === "OOMKilled");
}

function memoryRemedy(container: string, field: string): string {
  if (container === "pgbouncer") return "lower postgres.pooler.maxClientConnections";
  if (field.startsWith("redis.")) return `raise ${field}.memory`;
  return `raise resources.limits.memory of ${field}`;
}

/** Where all containers run, the pod's own answers and its pooler say why it is not ready. */
function unreadiness({ pod, component, answer, database }: Subject): PodTrouble | undefined {
  if (!isUnready(pod)) return undefined;
  const name = pod.metadata.name;
  const probe = answer && { pod: name, reason: "ProbeFailed" as const, message: `pod ${name}: ${describeProbeAnswer(component, answer)}` };
  if (database === undefined || (answer && concernsRequest(answer))) return probe;
  const message = `the pooler of pod ${name} has no connection to the database: ${database}`;
  return { pod: name, reason: "DatabaseConnectionFailed", message };
}
