import { COMPONENT_LABEL } from "../../api/labels.ts";
import { read, readCount, readList } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";
import { hasEnded } from "./unfinished-migration.ts";

/** Seconds beyond its grace period after which a pod is no longer waited for: its node is lost. */
const lostAfterSeconds = 30;
/** Seconds until a tick that the CronJob controller was acting on while it was asked to rest has become a run that can be seen. */
const tickSeconds = 5;

/** What is to rest. */
export interface Quiesced {
  /** Names of the worker Deployments and CronJobs that were asked to. */
  readonly names: readonly string[];
  /** When they were asked to, ISO 8601. */
  readonly since: string | undefined;
}

/**
 * Which workers and schedules still work, in words; undefined where all rest. Every wait has an end: Kubernetes kills a pod after its
 * grace period and a run of a schedule after its deadline, and what a lost node should have killed is not waited for.
 */
export function findNotQuiesced({ owned, pods, now }: Pick<Snapshot, "owned" | "pods" | "now">, idle: Quiesced): string | undefined {
  const reported = owned.filter(({ metadata }) => idle.names.includes(metadata.name) && metadata.deletionTimestamp === undefined);
  const running = pods.filter((pod) => !hasEnded(pod));
  const hasTicked = idle.since !== undefined && Date.parse(now) - Date.parse(idle.since) >= tickSeconds * 1000;
  const found = reported.flatMap((object) => {
    const own = running.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === object.metadata.labels?.[COMPONENT_LABEL]);
    const alive = own.filter((pod) => !isLost(pod, now)).length;
    if (object.kind === "Deployment") return describeWorker(object, alive);
    return object.kind === "CronJob" ? describeSchedule(object, { alive, isLost: own.length > alive, hasTicked }) : [];
  });
  return found.length === 0 ? undefined : found.toSorted().join(", ");
}

function describeWorker(deployment: LiveObject, alive: number): readonly string[] {
  const { name, generation = 0 } = deployment.metadata;
  if (alive > 0) return [`${name} (${alive} ${alive === 1 ? "pod ends" : "pods end"} within workers[].drainSeconds)`];
  const isSeen = readCount(read(deployment, "status", "observedGeneration")) >= generation;
  const isAtZero = read(deployment, "spec", "replicas") === 0 && isSeen && readCount(read(deployment, "status", "replicas")) === 0;
  return isAtZero ? [] : [`${name} (it is being scaled to zero)`];
}

/** Between two tries of a run there is no pod, so the CronJob's own list counts too. */
function describeSchedule(
  cronJob: LiveObject,
  { alive, isLost: hasLost, hasTicked }: { readonly alive: number; readonly isLost: boolean; readonly hasTicked: boolean },
): readonly string[] {
  const { name } = cronJob.metadata;
  const isListed = readList(read(cronJob, "status", "active")).length > 0 && !hasLost;
  if (alive > 0 || isListed) return [`${name} (its run ends within schedules[].deadlineSeconds)`];
  return hasTicked && read(cronJob, "spec", "suspend") === true ? [] : [`${name} (it is being suspended)`];
}

/** Whether a pod should have ended long ago. The API server puts the end of its grace period into its deletionTimestamp. */
export function isLost({ metadata: { deletionTimestamp } }: LiveObject, now: string): boolean {
  return deletionTimestamp !== undefined && Date.parse(now) - Date.parse(deletionTimestamp) > lostAfterSeconds * 1000;
}
