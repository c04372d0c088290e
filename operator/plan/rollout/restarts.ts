import { read, readCount, readList, readString } from "../read.ts";
import type { LiveObject } from "../snapshot.ts";

/** How often the containers of some pods ended unasked. */
export interface RestartCounts {
  readonly restarts: number;
  /** Containers that were ended, or last ended, for want of memory. */
  readonly oomKills: number;
  /** The container that restarted most, in words. */
  readonly worst?: string;
  /** A container that ran out of memory, in words. */
  readonly oomKilled?: string;
}

interface Restarted {
  readonly where: string;
  readonly restarts: number;
  readonly why: string;
  readonly exitCode: number;
  readonly isOom: boolean;
}

/** Why a container ended that its runtime could not even start: a fault of the node, or of a command that does not exist. */
const startFailures = new Set(["StartError", "ContainerCannotRun"]);

/**
 * Counts the restarts of all containers of the pods, sidecars too; the pods of a candidate began with none. A container that runs after
 * one start that its runtime could not carry out has not ended: the node stumbled, which says nothing of the release.
 */
export function countRestarts(pods: readonly LiveObject[]): RestartCounts {
  const containers = pods.flatMap(restartedContainers);
  const worst = containers.toSorted((a, b) => b.restarts - a.restarts)[0];
  const oom = containers.find((container) => container.isOom);
  return {
    restarts: containers.reduce((sum, container) => sum + container.restarts, 0),
    oomKills: containers.filter((container) => container.isOom).length,
    ...(worst === undefined || worst.restarts === 0
      ? {}
      : { worst: `${worst.where} restarted ${times(worst.restarts)} (${worst.why}, exit code ${worst.exitCode})` }),
    ...(oom === undefined ? {} : { oomKilled: `${oom.where} ran out of memory` }),
  };
}

function restartedContainers(pod: LiveObject): Restarted[] {
  const statuses = [...readList(read(pod, "status", "initContainerStatuses")), ...readList(read(pod, "status", "containerStatuses"))];
  return statuses.map((status) => {
    const ends = [read(status, "state", "terminated"), read(status, "lastState", "terminated")];
    const last = ends.find((end) => end !== undefined);
    const why = readString(read(last, "reason")) ?? "Error";
    const stumbled = read(status, "state", "running") !== undefined && startFailures.has(why);
    return {
      where: `container ${readString(read(status, "name")) ?? "?"} of pod ${pod.metadata.name}`,
      restarts: Math.max(0, readCount(read(status, "restartCount")) - (stumbled ? 1 : 0)),
      why,
      exitCode: readCount(read(last, "exitCode")),
      isOom: ends.some((end) => readString(read(end, "reason")) === "OOMKilled"),
    };
  });
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
