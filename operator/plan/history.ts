import { RELEASE_LABEL } from "../api/labels.ts";
import type { Placement } from "../resources/placement.ts";
import type { Prune } from "./prune.ts";
import { read, readCount, readString } from "../base/read.ts";
import type { LiveObject, Snapshot } from "./observe/snapshot.ts";

/** Kinds that a release leaves behind; each such object carries its release as a label. */
const kinds = new Set(["ControllerRevision", "ConfigMap", "Job"]);

/** Whether an object belongs to one release alone, so that it stays as long as its release is kept, whatever the spec wants now. */
export function isOfRelease(object: LiveObject): boolean {
  return kinds.has(object.kind) && object.metadata.labels?.[RELEASE_LABEL] !== undefined;
}

/** What is to be kept. */
export interface HistoryLimits {
  /** Past releases to keep: `rollout.revisionHistory`. */
  readonly keep: number;
  /** Releases that are kept however old they are: stable, candidate, previous and the one of the spec. */
  readonly protected: readonly (string | undefined)[];
}

/**
 * What of old releases to delete: those beyond the newest `keep` lose their ControllerRevision, their ConfigMaps and their migration
 * Job. A release that some workload or pod still carries is left alone.
 */
export function decideHistory({ owned, pods }: Pick<Snapshot, "owned" | "pods">, limits: HistoryLimits): readonly Prune[] {
  const kept = new Set([...limits.protected, ...inUse(owned, pods), ...newest(owned, limits.keep)]);
  return owned
    .filter((object) => isOfRelease(object) && object.metadata.deletionTimestamp === undefined)
    .filter((object) => !kept.has(releaseLabel(object)))
    .map((object) => ({ object, reason: "its release is no longer in the history" }));
}

/** A stored release that gets another number. */
export interface Renumbering {
  readonly object: LiveObject;
  readonly number: number;
}

/**
 * The release that comes into use gets the newest number, as with Deployments: one that was returned to is the last to leave the
 * history, and the numbers give the order of use.
 */
export function decideNumber(
  owned: readonly LiveObject[],
  placement: Pick<Placement, "stable" | "candidate" | "migrate">,
): Renumbering | undefined {
  const used = placement.candidate?.release ?? placement.migrate ?? placement.stable;
  const stored = owned.filter(({ kind }) => kind === "ControllerRevision");
  const object = stored.find((each) => releaseLabel(each) === used && each.metadata.deletionTimestamp === undefined);
  const highest = Math.max(0, ...stored.filter((each) => each !== object).map(numberOf));
  return object && numberOf(object) <= highest ? { object, number: highest + 1 } : undefined;
}

function newest(owned: readonly LiveObject[], keep: number): readonly (string | undefined)[] {
  return owned
    .filter(({ kind }) => kind === "ControllerRevision")
    .toSorted((one, other) => numberOf(other) - numberOf(one))
    .slice(0, keep)
    .map(releaseLabel);
}

function inUse(owned: readonly LiveObject[], pods: readonly LiveObject[]): readonly (string | undefined)[] {
  const templates = [
    ["spec", "template"],
    ["spec", "jobTemplate", "spec", "template"],
  ];
  const workloads = owned.filter(({ kind }) => kind === "Deployment" || kind === "CronJob");
  const carried = workloads.flatMap((object) =>
    templates.map((path) => readString(read(object, ...path, "metadata", "labels", RELEASE_LABEL))),
  );
  // The pods of a finished migration stay with their Job, which is what we decide about.
  const running = pods.filter(({ status }) => !["Succeeded", "Failed"].includes(readString(read(status, "phase")) ?? ""));
  return [...carried, ...running.map(releaseLabel)];
}

function numberOf(object: LiveObject): number {
  return readCount(object["revision"]);
}

function releaseLabel({ metadata }: LiveObject): string | undefined {
  return metadata.labels?.[RELEASE_LABEL];
}
