import type { ConditionReason } from "../../api/conditions.ts";
import { COMPONENT_LABEL } from "../../api/labels.ts";
import { fieldOfContainer, imageFieldOf } from "./component-fields.ts";
import { describeExit, describeStart } from "./container-trouble.ts";
import { unreadySince } from "./event-sampling.ts";
import { describePull } from "./image-trouble.ts";
import { describeInitialization } from "./initialization-trouble.ts";
import { describeMountEvents } from "./mount-trouble.ts";
import { eventsOf, type PodEvent } from "./pod-events.ts";
import { describePoolerError, findPoolerError } from "./pooler-trouble.ts";
import type { ProbeAnswer } from "./probe-answers.ts";
import { concernsRequest, describeProbeAnswer } from "./probe-trouble.ts";
import { describeSandboxEvents } from "./sandbox-trouble.ts";
import { describeGates, describeUnschedulable } from "./scheduling-trouble.ts";
import { condition, conditionIsTrue } from "../../base/condition.ts";
import { read, readList, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { describeUnhealthy } from "./unhealthy-trouble.ts";
import { isUnready } from "./unready-pods.ts";
import { describeVolumeTrouble } from "./volume-trouble.ts";

/** What keeps a pod from serving, in the words of a condition. */
export interface PodTrouble {
  readonly pod: string;
  readonly reason: Extract<
    ConditionReason,
    | "PodsCrashing"
    | "ContainerOutOfMemory"
    | "ImagePullFailed"
    | "PodsUnschedulable"
    | "SchedulingGated"
    | "VolumeMountFailed"
    | "PodSandboxFailed"
    | "InitializationBlocked"
    | "ProbeFailed"
    | "DatabaseConnectionFailed"
    | "NodeNotReady"
  >;
  readonly message: string;
}

/** What is known of pods beside their status. */
export type PodContext = Pick<Snapshot, "app" | "claims" | "now" | "probeAnswers" | "poolerErrors" | "podEvents">;

interface Subject {
  readonly pod: LiveObject;
  readonly component: string;
  readonly context: PodContext;
  readonly answer: ProbeAnswer | undefined;
  /** What the pooler beside the app says of the database. */
  readonly database: string | undefined;
  /** The newest first. */
  readonly events: readonly PodEvent[];
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
    events: eventsOf(pod, context.podEvents),
  };
  return (
    unscheduled(subject) ??
    containers(pod)
      .map((status) => containerTrouble(subject, status))
      .find((trouble) => trouble !== undefined) ??
    setUp(subject) ??
    unreadiness(subject)
  );
}

function unscheduled({ pod, component, context }: Subject): PodTrouble | undefined {
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  const { name } = pod.metadata;
  if (scheduled.reason === "SchedulingGated")
    return { pod: name, reason: "SchedulingGated", message: `pod ${name}: ${describeGates(pod)}` };
  if (scheduled.reason !== "Unschedulable") return undefined;
  const volume = describeVolumeTrouble(component, scheduled.message, context);
  const message =
    volume === undefined
      ? `pod ${name} ${describeUnschedulable(scheduled.message, { app: context.app, component })}`
      : `${volume}; pod ${name} waits for it`;
  return { pod: name, reason: "PodsUnschedulable", message };
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
  const { pod, component, context, database, events } = subject;
  const name = pod.metadata.name;
  const container = readString(read(status, "name")) ?? "?";
  const where = `container ${container} of pod ${name}`;
  const field = fieldOfContainer(context.app, component, container);
  if (isOutOfMemory(pod, status)) {
    return { pod: name, reason: "ContainerOutOfMemory", message: `${where} was killed for its memory: ${memoryRemedy(container, field)}` };
  }
  const waiting = readString(read(status, "state", "waiting", "reason"));
  if (waiting === undefined) return undefined;
  const detail = readString(read(status, "state", "waiting", "message")) ?? waiting;
  if (imageReasons.has(waiting)) {
    const pull = { container, waiting, detail, field: imageFieldOf(context.app, component, container), events };
    return { pod: name, reason: "ImagePullFailed", message: `${where}: ${describePull(pull)}` };
  }
  if (!crashReasons.has(waiting)) return undefined;
  if (waiting !== "CrashLoopBackOff") {
    return { pod: name, reason: "PodsCrashing", message: `${where} cannot start: ${describeStart(detail, field, context.app)}` };
  }
  if (container === "pgbouncer" && database !== undefined) {
    return { pod: name, reason: "DatabaseConnectionFailed", message: `the pooler of pod ${name} does not start: ${database}` };
  }
  const cause = container === "app" ? describeExit(status, asked(subject)) : describeExit(status, undefined);
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

function asked({ component, context: { app }, answer, events }: Subject): Parameters<typeof describeExit>[1] {
  const failed = describeUnhealthy(events, { app, component }, { container: "app", probes: ["startupProbe", "livenessProbe"] });
  return { component, app, answer, failed };
}

/** A pod without a started container says nothing itself; what its node tried is in its events. */
function setUp({ pod, component, context: { app }, events }: Subject): PodTrouble | undefined {
  if (!isUnready(pod) || conditionIsTrue(pod, "PodReadyToStartContainers") || containers(pod).some(hasStarted)) return undefined;
  const { name } = pod.metadata;
  const volume = describeMountEvents(events, component, app);
  if (volume !== undefined) return { pod: name, reason: "VolumeMountFailed", message: `pod ${name} does not start: ${volume}` };
  const sandbox = describeSandboxEvents(events);
  return sandbox === undefined ? undefined : { pod: name, reason: "PodSandboxFailed", message: `pod ${name} does not start: ${sandbox}` };
}

function hasStarted(status: unknown): boolean {
  return read(status, "state", "waiting") === undefined || read(status, "lastState", "terminated") !== undefined;
}

/** Where no container fails, the pod's own answers, its pooler, what it waits for and its kubelet say why it is not ready. */
function unreadiness(subject: Subject): PodTrouble | undefined {
  const { pod, component, answer, database, context } = subject;
  if (!isUnready(pod)) return undefined;
  const { name } = pod.metadata;
  if (database !== undefined && !(answer && concernsRequest(answer))) {
    const message = `the pooler of pod ${name} has no connection to the database: ${database}`;
    return { pod: name, reason: "DatabaseConnectionFailed", message };
  }
  const blocked = describeInitialization(pod, component, context);
  if (blocked !== undefined) return { pod: name, reason: "InitializationBlocked", message: blocked };
  return probeFailure(subject) ?? lostNode(subject);
}

/** The kubelet's own words are better than a silence that may be a network policy's. */
function probeFailure({ pod, component, answer, events, context: { app } }: Subject): PodTrouble | undefined {
  const failed = describeUnhealthy(events, { app, component }, { since: concernsSince(pod) });
  const own = answer && describeProbeAnswer(component, answer);
  const message = typeof answer?.outcome === "object" ? (failed ?? own) : (own ?? failed);
  return message === undefined
    ? undefined
    : { pod: pod.metadata.name, reason: "ProbeFailed", message: `pod ${pod.metadata.name}: ${message}` };
}

/** Seconds that a probe may have failed before its pod counts as not ready. */
const leadSeconds = 120;

/** Since when what is recorded concerns today's unreadiness, ISO 8601. */
function concernsSince(pod: LiveObject): string | undefined {
  const since = Date.parse(unreadySince(pod) ?? "");
  return Number.isNaN(since) ? undefined : new Date(since - leadSeconds * 1000).toISOString();
}

function lostNode({ pod, events }: Subject): PodTrouble | undefined {
  const since = Date.parse(concernsSince(pod) ?? "") || 0;
  if (!events.some(({ reason, at }) => reason === "NodeNotReady" && Date.parse(at) >= since)) return undefined;
  const { name } = pod.metadata;
  const message = `the node of pod ${name} does not answer: after five minutes the pod starts on another one by itself; see kubectl get nodes`;
  return { pod: name, reason: "NodeNotReady", message };
}
