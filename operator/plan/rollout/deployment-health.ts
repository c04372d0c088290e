import { COMPONENT_LABEL, RELEASE_LABEL, SECRETS_ANNOTATION } from "../../api/labels.ts";
import { carriedSecrets } from "../../resources/secret-versions.ts";
import { judgeRestarts, type RestartsInput } from "../analysis/restarts.ts";
import { releaseOf } from "../observe/migration.ts";
import { findPodTrouble, type PodContext } from "../observe/pod-trouble.ts";
import { condition } from "../../base/condition.ts";
import { read, readCount, readString } from "../../base/read.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import type { Crash, DeploymentHealth } from "./observation.ts";

/** How a Deployment is judged. */
export interface DeploymentSettings {
  /** The fewest ready pods that are enough, so that an autoscaler beyond them holds no release up. Default: as many as it asks for. */
  readonly floor?: number | undefined;
  /** Which restarts count. */
  readonly restarts: Pick<RestartsInput, "now" | "since" | "sidecars">;
  /** What is known of pods beside their status. */
  readonly context: PodContext;
}

/**
 * Judges a live Deployment and the pods of its newest template; undefined where there is none or it is being deleted. `pods` are all pods
 * of the app: those of the same component and another release are what its restarts are compared with.
 */
export function observeDeployment(
  deployment: LiveObject | undefined,
  pods: readonly LiveObject[],
  { floor, restarts, context }: DeploymentSettings,
): DeploymentHealth | undefined {
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
  // The counts speak of the template before until its controller has acted; the pods are right by then.
  const uniform = counts.updated >= counts.replicas && all.every((pod) => own.includes(pod) || hasEnded(pod));
  const trouble = own.map((pod) => findPodTrouble(pod, context)).find((found) => found !== undefined)?.message;
  return {
    name: deployment.metadata.name,
    release,
    ...counts,
    oneRelease: runsOneRelease(all, same, counts),
    uniform,
    rolledOut: isSeen && uniform && counts.ready >= Math.min(floor ?? counts.desired, counts.desired),
    crash: findCrash(own, othersOf(deployment, pods), restarts),
    trouble: trouble ?? (refused?.status === "True" ? refused.message : undefined),
    deadlineExceeded: isSeen && progress?.status === "False" && progress.reason === "ProgressDeadlineExceeded",
  };
}

/** The cache of pods may lag behind what their controller counts. */
function runsOneRelease(all: readonly LiveObject[], same: readonly LiveObject[], { updated, replicas }: Counts): boolean {
  return all.every((pod) => same.includes(pod) || hasEnded(pod)) && (updated >= replicas || same.length >= replicas);
}

type Counts = Pick<DeploymentHealth, "desired" | "replicas" | "updated" | "ready">;

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

/** Pods of the same component that run another release. */
function othersOf(deployment: LiveObject, pods: readonly LiveObject[]): readonly LiveObject[] {
  const component = readString(read(deployment, "spec", "selector", "matchLabels", COMPONENT_LABEL));
  const release = releaseOf(deployment);
  return pods.filter(
    ({ metadata: { labels } }) => component !== undefined && labels?.[COMPONENT_LABEL] === component && labels[RELEASE_LABEL] !== release,
  );
}

/** A crash is a fact of a pod or two; how many single restarts are too many is for the analysis to say. */
function findCrash(own: readonly LiveObject[], others: readonly LiveObject[], restarts: DeploymentSettings["restarts"]): Crash | undefined {
  const judged = judgeRestarts({ candidate: own, stable: others, ...restarts, maxRestartedPodsPercent: 100 });
  if (judged.result === "pass" || judged.pod === undefined) return undefined;
  const reason = judged.cause === "outOfMemory" ? "ContainerOutOfMemory" : "PodsCrashing";
  return { pod: judged.pod, reason, message: judged.message };
}
