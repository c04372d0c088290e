import type { ScalableApp } from "../../api/scalable-app.ts";
import { conditionIsTrue } from "../../base/condition.ts";
import { read, readCount, readList, readString } from "../../base/read.ts";
import { fieldOfContainer } from "./component-fields.ts";
import { eventsOf } from "./pod-events.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { describeUnhealthy } from "./unhealthy-trouble.ts";
import { isUnready } from "./unready-pods.ts";

/** Seconds that a container may hold up those after it before that is worth a word. */
const patienceSeconds = 120;

/** The container that those after it wait for. */
interface Holder {
  readonly name: string;
  /** A native sidecar: it need not end, only start. */
  readonly isSidecar: boolean;
  readonly status: unknown;
}

/**
 * Which init container or sidecar keeps those after it from starting, and why; undefined where none does, or not for long. One that crashes
 * or cannot be pulled is described as every container is.
 */
export function describeInitialization(
  pod: LiveObject,
  component: string,
  { app, now, podEvents }: Pick<Snapshot, "app" | "now" | "podEvents">,
): string | undefined {
  const holder = findHolder(pod, app);
  if (holder === undefined) return undefined;
  const { name, isSidecar, status } = holder;
  const field = fieldOfContainer(app, component, name);
  const kind = isSidecar ? "sidecar" : "init container";
  const who = `${kind} ${name} of pod ${pod.metadata.name}`;
  const log = `read its log with kubectl logs ${pod.metadata.name} -c ${name}`;
  const failed = isSidecar
    ? describeUnhealthy(eventsOf(pod, podEvents), { app, component }, { container: name, probes: ["startupProbe"] })
    : undefined;
  if (failed !== undefined) return `${who} has not started, and the containers after it wait: ${failed}`;
  const code = readCount(read(status, "state", "terminated", "exitCode"));
  if (code !== 0 && readCount(read(status, "restartCount")) > 0) {
    return `${who} ends with exit code ${code} again and again, and the containers after it wait: ${log} --previous, or correct ${field}`;
  }
  const since = runningSince(status);
  if (since === undefined || secondsBetween(since, now) < patienceSeconds) return undefined;
  const must = isSidecar ? "has not passed its startup probe" : "has not ended";
  return `${who} runs since ${since} and ${must}, and the containers after it wait: ${log}, or correct ${field}`;
}

/** Milliseconds until a container that holds up others is worth a word; undefined where none will be. */
export function initializationPatienceMs({ app, pods, now }: Pick<Snapshot, "app" | "pods" | "now">): number | undefined {
  const left = pods.filter(isUnready).flatMap((pod) => {
    const since = runningSince(findHolder(pod, app)?.status);
    const seconds = since === undefined ? 0 : patienceSeconds - secondsBetween(since, now);
    return seconds > 0 ? [seconds * 1000] : [];
  });
  return left.length === 0 ? undefined : Math.min(...left);
}

/** The first in their order that is not done. */
function findHolder(pod: LiveObject, { spec }: ScalableApp): Holder | undefined {
  // A sidecar that is restarted later holds nobody up.
  if (conditionIsTrue(pod, "Initialized")) return undefined;
  const own = readList(read(pod, "spec", "initContainers")).filter((each) => read(each, "restartPolicy") === "Always");
  const sidecars = new Set(["pgbouncer", ...spec.sidecars.map(({ name }) => name), ...own.map((each) => readString(read(each, "name")))]);
  return readList(read(pod, "status", "initContainerStatuses"))
    .map((status) => ({ name: readString(read(status, "name")) ?? "?", status }))
    .map(({ name, status }) => ({ name, status, isSidecar: sidecars.has(name) }))
    .find(({ status, isSidecar }) => !(isSidecar ? read(status, "started") === true : hasEndedWell(status)));
}

function hasEndedWell(status: unknown): boolean {
  return read(status, "ready") === true || read(status, "state", "terminated", "exitCode") === 0;
}

function runningSince(status: unknown): string | undefined {
  return readString(read(status, "state", "running", "startedAt"));
}

function secondsBetween(since: string, now: string): number {
  return (Date.parse(now) - Date.parse(since)) / 1000;
}
