import { RELEASE_LABEL, SECRETS_ANNOTATION } from "../../api/labels.ts";
import { carriedSecrets } from "../../resources/secret-versions.ts";
import { releaseOf } from "../migration.ts";
import { findPodTrouble } from "../pod-trouble.ts";
import { condition, read, readCount, readList, readString } from "../read.ts";
import type { LiveObject } from "../snapshot.ts";
import type { Crash, TrackHealth } from "./observation.ts";

/** Restarts of one container after which it counts as crashing, though it may run at this moment. */
const crashRestarts = 2;

/**
 * Judges a live Deployment and the pods of its newest template; undefined where there is none or it is being deleted. `floor` is the
 * fewest ready pods with which it is settled (default: as many as it asks for), so that an autoscaler beyond it holds no release up.
 */
export function judgeTrack(deployment: LiveObject | undefined, pods: readonly LiveObject[], floor?: number): TrackHealth | undefined {
  if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return undefined;
  const release = releaseOf(deployment);
  const all = podsOf(deployment, pods);
  const same = all.filter(({ metadata }) => metadata.labels?.[RELEASE_LABEL] === release);
  const secrets = carriedSecrets(deployment);
  const own = same.filter(({ metadata }) => metadata.annotations?.[SECRETS_ANNOTATION] === secrets);
  const counts = countsOf(deployment);
  const progress = condition(deployment, "Progressing");
  const refused = condition(deployment, "ReplicaFailure");
  const isSeen = isObserved(deployment, counts);
  // The counts speak of the template before until its controller has acted; the pods tell the truth by then.
  const uniform = counts.updated >= counts.replicas && all.every((pod) => own.includes(pod) || hasEnded(pod));
  const trouble = own.map(findPodTrouble).find((found) => found !== undefined)?.message;
  return {
    name: deployment.metadata.name,
    release,
    ...counts,
    oneRelease: runsOneRelease(all, same, counts),
    uniform,
    settled: isSeen && uniform && counts.ready >= Math.min(floor ?? counts.desired, counts.desired),
    crash: own.map(findCrash).find((found) => found !== undefined),
    trouble: trouble ?? (refused?.status === "True" ? refused.message : undefined),
    deadlineExceeded: isSeen && progress?.status === "False" && progress.reason === "ProgressDeadlineExceeded",
  };
}

/** The cache of pods may lag behind what their controller counts. */
function runsOneRelease(all: readonly LiveObject[], same: readonly LiveObject[], { updated, replicas }: Counts): boolean {
  return all.every((pod) => same.includes(pod) || hasEnded(pod)) && (updated >= replicas || same.length >= replicas);
}

type Counts = Pick<TrackHealth, "desired" | "replicas" | "updated" | "ready">;

function countsOf(deployment: LiveObject): Counts {
  const wanted = read(deployment, "spec", "replicas");
  return {
    desired: typeof wanted === "number" ? wanted : 1,
    replicas: readCount(read(deployment, "status", "replicas")),
    updated: readCount(read(deployment, "status", "updatedReplicas")),
    ready: readCount(read(deployment, "status", "availableReplicas")),
  };
}

/** What a Deployment reports is of no use before its controller has acted on the newest template. */
function isObserved(deployment: LiveObject, { desired, replicas, updated }: Counts): boolean {
  const observed = readCount(read(deployment, "status", "observedGeneration"));
  if (observed >= (deployment.metadata.generation ?? 0)) return true;
  // An autoscaler's write is a new generation too, and no release.
  return updated === replicas && replicas > 0 && desired !== replicas;
}

function podsOf(deployment: LiveObject, pods: readonly LiveObject[]): readonly LiveObject[] {
  const selector = Object.entries(read(deployment, "spec", "selector", "matchLabels") ?? {});
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata: { labels } }) => selector.length > 0 && selector.every(([name, value]) => labels?.[name] === value))
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

/** Evicted pods stay as a record. */
function hasEnded(pod: LiveObject): boolean {
  const phase = readString(read(pod, "status", "phase"));
  return phase === "Failed" || phase === "Succeeded";
}

function findCrash(pod: LiveObject): Crash | undefined {
  const statuses = [...readList(read(pod, "status", "initContainerStatuses")), ...readList(read(pod, "status", "containerStatuses"))];
  return statuses.map((status) => crashOf(pod.metadata.name, status)).find((found) => found !== undefined);
}

function crashOf(pod: string, status: unknown): Crash | undefined {
  const where = `container ${readString(read(status, "name")) ?? "?"} of pod ${pod}`;
  const remedy = "read its log with kubectl logs --previous";
  if (isOutOfMemory(status)) {
    return { pod, reason: "ContainerOutOfMemory", message: `${where} was killed for its memory: raise its limit, or look for a leak` };
  }
  const restarts = readCount(read(status, "restartCount"));
  const waiting = readString(read(status, "state", "waiting", "reason"));
  if (waiting !== "CrashLoopBackOff" && restarts < crashRestarts) return undefined;
  const code = readCount(read(status, "lastState", "terminated", "exitCode"));
  return { pod, reason: "PodsCrashing", message: `${where} ends again and again (exit code ${code}, ${restarts} restarts): ${remedy}` };
}

function isOutOfMemory(status: unknown): boolean {
  return ["state", "lastState"].some((state) => readString(read(status, state, "terminated", "reason")) === "OOMKilled");
}
