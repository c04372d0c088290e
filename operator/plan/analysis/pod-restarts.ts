import { RESERVED_CONTAINER_NAMES } from "../../api/validate.ts";
import { conditionIsTrue } from "../../base/condition.ts";
import { read, readCount, readList, readString } from "../../base/read.ts";
import type { LiveObject } from "../observe/snapshot.ts";

/** Restarts of one container after which it crashes, though it may run at this moment. */
const loopRestarts = 2;

/** What the containers of one pod did since a moment, without what their node did to them. */
export interface PodRestarts {
  readonly pod: string;
  /** How often its container that ended most did so; a pod of an earlier moment shows at most two. */
  readonly restarts: number;
  /** The ends that are known, in milliseconds; -Infinity where the time is not. */
  readonly ends: readonly number[];
  /** When containers were killed for their memory, in the same form. */
  readonly oomKills: readonly number[];
  /** A container waits in CrashLoopBackOff now. */
  readonly isWaiting: boolean;
  /** It crashes: a container waits in CrashLoopBackOff, or ended twice. */
  readonly loops: boolean;
  /** The container that ended most, and how it ended last, in words. */
  readonly where: string;
  readonly why: string;
  /** Something outside the container ended it, such as a failed liveness probe. */
  readonly wasKilled: boolean;
}

/** What to look at. */
export interface Since {
  /** ISO 8601. Default: everything counts. */
  readonly since?: string | undefined;
  readonly sidecars: "judge" | "ignore";
}

/** The restarts of a pod; undefined for one that is on its way out, has ended, or that its node takes down. */
export function readPodRestarts(pod: LiveObject, { since, sidecars }: Since): PodRestarts | undefined {
  if (isLeaving(pod)) return undefined;
  const born = Date.parse(pod.metadata.creationTimestamp ?? "");
  const from = since === undefined || !(born < Date.parse(since)) ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const own: readonly string[] = RESERVED_CONTAINER_NAMES;
  const judged = statusesOf(pod).filter(({ name }) => sidecars === "judge" || own.includes(name));
  const containers = judged.map((container) => readContainer(container, from));
  const [worst] = containers.toSorted((one, other) => Number(other.isWaiting) - Number(one.isWaiting) || other.restarts - one.restarts);
  const { restarts = 0, isWaiting = false, why = "", wasKilled = false } = worst ?? {};
  const named = containers.find(({ oomKills }) => oomKills.length > 0) ?? worst;
  return {
    pod: pod.metadata.name,
    restarts,
    ends: containers.flatMap(({ ends }) => ends),
    oomKills: containers.flatMap(({ oomKills }) => oomKills),
    isWaiting,
    loops: isWaiting || restarts >= loopRestarts,
    where: `container ${named?.name ?? "?"} of pod ${pod.metadata.name}`,
    why,
    wasKilled,
  };
}

function isLeaving(pod: LiveObject): boolean {
  const phase = readString(read(pod, "status", "phase"));
  if (pod.metadata.deletionTimestamp !== undefined || phase === "Failed" || phase === "Succeeded") return true;
  // Eviction, preemption, a taint or a shutdown of the node: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
  return conditionIsTrue(pod, "DisruptionTarget") !== undefined;
}

interface Container {
  readonly name: string;
  readonly isInit: boolean;
  readonly status: unknown;
}

function statusesOf(pod: LiveObject): readonly Container[] {
  return (["initContainerStatuses", "containerStatuses"] as const).flatMap((list) =>
    readList(read(pod, "status", list)).map((status) => ({
      name: readString(read(status, "name")) ?? "?",
      isInit: list === "initContainerStatuses",
      status,
    })),
  );
}

/** One end of a container. */
interface End {
  /** Milliseconds; -Infinity where it is not known. */
  readonly at: number;
  readonly startedAt: number;
  readonly reason: string;
  readonly exitCode: number;
}

/**
 * A container shows its last end, or two, with their times; `restartCount` counts all of them. An end before those came before the start
 * of the oldest one that is shown, so it is known to be in time where that start is.
 */
function readContainer({ name, isInit, status }: Container, from: number) {
  const isRunning = read(status, "state", "running") !== undefined;
  const shown = ["state", "lastState"].flatMap((state) => endOf(read(status, state, "terminated")) ?? []);
  const all = readCount(read(status, "restartCount")) + (read(status, "state", "terminated") === undefined ? 0 : 1);
  const [last] = shown;
  const oldest = shown.at(-1);
  const unseen = Math.max(0, all - shown.length);
  const isUnseenInTime = from === Number.NEGATIVE_INFINITY || (oldest !== undefined && oldest.startedAt >= from);
  const counted = shown.filter((end) => isInTime(end.at, from) && !isExcused(end, { isInit, isRunning }));
  const earlier = from === Number.NEGATIVE_INFINITY ? unseen : Math.min(1, unseen);
  const ends = [...counted.map(({ at }) => at), ...(isUnseenInTime && earlier > 0 ? [oldest?.startedAt ?? Number.NEGATIVE_INFINITY] : [])];
  return {
    name,
    restarts: counted.length + (isUnseenInTime ? earlier : 0),
    ends,
    oomKills: counted.filter(({ reason }) => reason === "OOMKilled").map(({ at }) => at),
    isWaiting: readString(read(status, "state", "waiting", "reason")) === "CrashLoopBackOff",
    why: last === undefined ? "its end is not shown" : describeEnd(last),
    wasKilled: last !== undefined && isKill(last),
  };
}

function endOf(terminated: unknown): readonly End[] | undefined {
  if (terminated === undefined) return undefined;
  const time = (field: string) => {
    const at = Date.parse(readString(read(terminated, field)) ?? "");
    // The kubelet writes year 1 where it lost sight of the container.
    return Number.isNaN(at) || at <= 0 ? Number.NEGATIVE_INFINITY : at;
  };
  const reason = readString(read(terminated, "reason")) ?? "Error";
  return [{ at: time("finishedAt"), startedAt: time("startedAt"), reason, exitCode: readCount(read(terminated, "exitCode")) }];
}

function isInTime(at: number, from: number): boolean {
  return at === Number.NEGATIVE_INFINITY || at >= from;
}

/** The reasons of a container that its runtime lost, as after a reboot of the node. */
const lostReasons = new Set(["Unknown", "ContainerStatusUnknown"]);
const lostExitCode = 255;
/** The runtime could not even start it: a fault of the node, or of a command that does not exist. */
const startFailures = new Set(["StartError", "ContainerCannotRun"]);

/** What the node did; and an init container has to end well. */
function isExcused(end: End, { isInit, isRunning }: { readonly isInit: boolean; readonly isRunning: boolean }): boolean {
  if (lostReasons.has(end.reason) || end.exitCode === lostExitCode) return true;
  // Once it runs, the node had stumbled; a command that does not exist never runs.
  if (startFailures.has(end.reason)) return isRunning;
  return isInit && !isRunning && end.exitCode === 0;
}

const [killed, terminated] = [137, 143];

/** Ended by a signal that nothing inside sends; an app that ends in order when it is asked to leaves 0 instead. */
function isKill({ reason, exitCode }: End): boolean {
  return reason !== "OOMKilled" && [killed, terminated, 0].includes(exitCode);
}

/** The kubelet keeps the reason of a kill to its events; a pod's status shows only the exit code. */
function describeEnd({ reason, exitCode }: End): string {
  if (reason === "OOMKilled") return "killed for its memory";
  switch (exitCode) {
    case killed:
    case terminated:
      return `killed from outside, as after a failed liveness or startup probe (exit code ${exitCode})`;
    case 0:
      return "it ended in order: of itself, or because a liveness or startup probe failed (exit code 0)";
    default:
      return startFailures.has(reason) ? `it could not be started (exit code ${exitCode})` : `exit code ${exitCode}`;
  }
}
