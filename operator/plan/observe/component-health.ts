import { COMPONENT_LABEL, RELEASE_LABEL, SECRETS_ANNOTATION } from "../../api/labels.ts";
import type { Child } from "../../resources/children.ts";
import { carriedSecrets } from "../../resources/secret-versions.ts";
import { releaseOf } from "./migration.ts";
import { findPodTrouble, type PodTrouble } from "./pod-trouble.ts";
import { condition } from "../../base/condition.ts";
import { read, readCount } from "../../base/read.ts";
import { findOwned, type LiveObject, type Snapshot } from "./snapshot.ts";

/** How a Deployment or StatefulSet of the app does. */
export interface ComponentHealth {
  readonly name: string;
  readonly kind: string;
  /** Pods that the spec or the autoscaler asks for now. */
  readonly desired: number;
  /** The fewest ready pods with which the component counts as available. */
  readonly floor: number;
  readonly replicas: number;
  readonly ready: number;
  readonly updated: number;
  /** Pods of an older template are still there, or the newest template has not been acted on yet. */
  readonly rolling: boolean;
  /** Its pods are replaced by pods of the same release, because a Secret that they read has other data. */
  readonly restarting: boolean;
  readonly deadlineExceeded: boolean;
  /** The workload controller's own word why it can create no pod, such as an exhausted quota. */
  readonly refused: string | undefined;
  readonly trouble: PodTrouble | undefined;
}

/** How the parts of the app do. */
export interface Components {
  /** Those that the app needs. */
  readonly components: readonly ComponentHealth[];
  /** The pods of the release on trial: reported, but the app does without them. */
  readonly trial: ComponentHealth | undefined;
}

const webRole = "web/deployment";
const trialRole = "web-canary/deployment";

/** What is wanted of the workloads. */
interface Wanted {
  readonly children: readonly Child[];
  /** Bounds of web that move with time; `needed` pods must be there now. */
  readonly scaling?: { readonly needed: number } | undefined;
}

/** Judges every workload that the plan wants. */
export function judgeComponents({ children, scaling }: Wanted, snapshot: Snapshot): Components {
  const workloads = children.filter(({ object }) => object.kind === "Deployment" || object.kind === "StatefulSet");
  const floorNow = (child: Child) => Math.min(floorOf(child), (child.role === webRole ? scaling?.needed : undefined) ?? Infinity);
  const judge = (child: Child) =>
    judgeComponent({ child, floor: floorNow(child), live: findOwned(snapshot, child.object.kind, child.object.metadata.name) }, snapshot);
  const trial = workloads.find(({ role }) => role === trialRole);
  return {
    components: workloads.filter(({ role }) => role !== trialRole).map(judge),
    trial: trial && { ...judge(trial), name: "web-canary" },
  };
}

interface Judged {
  readonly child: Child;
  readonly floor: number;
  readonly live: LiveObject | undefined;
}

function judgeComponent({ child, floor, live }: Judged, snapshot: Snapshot): ComponentHealth {
  const { pods } = snapshot;
  const name = child.object.metadata.labels[COMPONENT_LABEL] ?? child.role;
  const replicas = readCount(read(live, "status", "replicas"));
  const updated = readCount(read(live, "status", "updatedReplicas"));
  const ready = readCount(read(live, "status", live?.kind === "StatefulSet" ? "readyReplicas" : "availableReplicas"));
  const failure = condition(live, "ReplicaFailure");
  const progress = condition(live, "Progressing");
  const stale = live === undefined || isStale(live, child, { replicas, updated });
  const rolling = stale || replicas > updated || updated < floor;
  return {
    name,
    kind: child.object.kind,
    desired: live ? readCount(read(live, "spec", "replicas")) : floor,
    floor,
    replicas,
    ready,
    updated,
    rolling,
    restarting: rolling && live !== undefined && isRestarting(live, child, pods),
    deadlineExceeded: !stale && progress?.status === "False" && progress.reason === "ProgressDeadlineExceeded",
    refused: failure?.status === "True" ? failure.message : undefined,
    trouble: firstTrouble(snapshot, name, releaseOf(live)),
  };
}

function floorOf({ replicas }: Child): number {
  if (!replicas) return 1;
  return "fixed" in replicas ? replicas.fixed : replicas.autoscaled.min;
}

/** What a workload reports is of no use before it carries the intended release, and before its controller has acted on that. */
function isStale(live: LiveObject, child: Child, count: { replicas: number; updated: number }): boolean {
  if (releaseOf(live) !== releaseOf(child.object) || carriedSecrets(live) !== carriedSecrets(child.object)) return true;
  const observed = readCount(read(live, "status", "observedGeneration"));
  return observed < (live.metadata.generation ?? 0) && !isBeingScaled(live, count);
}

/** Pods that were lost meanwhile are made anew with the data of today, and are no part of it. */
function isRestarting(live: LiveObject, { object }: Child, pods: readonly LiveObject[]): boolean {
  const release = releaseOf(object);
  const secrets = carriedSecrets(object);
  if (releaseOf(live) !== release) return false;
  const component = object.metadata.labels[COMPONENT_LABEL];
  const own = pods.filter(({ metadata: { labels } }) => labels?.[COMPONENT_LABEL] === component);
  const isOld = ({ metadata: { labels, annotations } }: LiveObject) =>
    labels?.[RELEASE_LABEL] === release && annotations?.[SECRETS_ANNOTATION] !== secrets;
  return carriedSecrets(live) !== secrets || own.some(isOld);
}

/** Every write of an autoscaler is a new generation too; it is no release, and must not cost the app its Ready for a moment. */
function isBeingScaled(live: LiveObject, count: { replicas: number; updated: number }): boolean {
  return count.updated === count.replicas && readCount(read(live, "spec", "replicas")) !== count.replicas;
}

/** Pods of a release that is being replaced are on their way out, so what ails them is nobody's concern. */
function firstTrouble(snapshot: Snapshot, component: string, release: string | undefined): PodTrouble | undefined {
  return snapshot.pods
    .filter(({ metadata: { labels } }) => labels?.[COMPONENT_LABEL] === component && (labels[RELEASE_LABEL] ?? release) === release)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => findPodTrouble(pod, snapshot))
    .find((trouble) => trouble !== undefined);
}

/** Whether the component has the pods it needs, all of the newest release. */
export function isUpToDate(component: ComponentHealth): boolean {
  return !component.rolling && isAvailable(component);
}

/** Whether pods of an older template are still there. */
export function isReplacing(component: ComponentHealth): boolean {
  return component.replicas > component.updated;
}

/** Whether enough pods are ready, of whichever release. */
export function isAvailable(component: ComponentHealth): boolean {
  return component.ready >= component.floor;
}
