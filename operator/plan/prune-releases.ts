import { RELEASE_LABEL } from "../api/labels.ts";
import { contractName, webCanaryName, webPreviewName } from "../resources/names.ts";
import type { RenderedReleases } from "../resources/render-releases.ts";
import { decidePrune, type Prune } from "./prune.ts";
import { read } from "../base/read.ts";
import { findOwned, type LiveObject, type Snapshot } from "./observe/snapshot.ts";
import { decideHistory, isOfRelease, type HistoryLimits } from "./history.ts";
import type { RolloutDecision } from "./rollout/next-step.ts";
import { observeMigration } from "./rollout/observe-rollout.ts";

/** What a prune has to respect. */
export interface PruneLimits extends HistoryLimits {
  /** No release is under way or could still be rolled back to by itself: the phase is Stable or Suspended. */
  readonly idle: boolean;
  /** The release that was given up, where its own workers and schedules must not run on beside the stable one. */
  readonly leftBehind?: string | undefined;
}

/**
 * What to delete of an app whose releases are placed so: the candidate's own objects as soon as there is no candidate; what
 * the spec no longer wants only when nothing runs, or could return to, a release that needs it; old releases by the history.
 */
export function decideReleasePrune(
  snapshot: Pick<Snapshot, "app" | "owned" | "pods">,
  rendered: Pick<RenderedReleases, "children" | "held" | "rolledOut">,
  limits: PruneLimits,
): readonly Prune[] {
  const { name } = snapshot.app.metadata;
  const ofCandidate = new Set([`Deployment/${webCanaryName(name)}`, `Service/${webPreviewName(name)}`]);
  const intended = [...rendered.children, ...rendered.held];
  const unwanted = decidePrune(intended, snapshot.owned).filter(({ object }) => !isOfRelease(object));
  const idle = limits.idle && rendered.rolledOut;
  const strays = new Set(unwanted.filter(({ object }) => carries(object, limits.leftBehind)).map(({ object }) => object.metadata.name));
  return [
    ...unwanted.filter(({ object: { kind, metadata } }) => {
      // A route that nobody adjusts any more would go on sending requests to pods that are about to go.
      if (idle || kind === "HTTPRoute") return true;
      return ofCandidate.has(`${kind}/${metadata.name}`) || (ofWorkload.has(kind) && strays.has(metadata.name));
    }),
    ...decideHistory(snapshot, limits),
  ];
}

/** A workload, and what scales and protects it under the same name. */
const ofWorkload = new Set(["Deployment", "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget"]);

function carries(object: LiveObject, release: string | undefined): boolean {
  if (release === undefined || (object.kind !== "Deployment" && object.kind !== "CronJob")) return false;
  const template = object.kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
  return read(object, ...template, "metadata", "labels", RELEASE_LABEL) === release;
}

/** What to delete for a decision: what the releases in use do not need, and Jobs that make room. */
export function decidePrunes(
  snapshot: Snapshot,
  rendered: RenderedReleases,
  { release, discards, desired }: Pick<RolloutDecision, "release" | "discards"> & { readonly desired: string },
): readonly Prune[] {
  const limits = {
    keep: snapshot.app.spec.rollout.revisionHistory,
    protected: [release.stable, release.candidate, release.previous, desired],
    // Without a stable release there is nothing to return to, so nothing is kept for it.
    leftBehind: release.stable === undefined ? undefined : leftBehindBy(release, desired),
    idle: release.stable === undefined || release.phase === "Stable" || release.phase === "Suspended",
  };
  const { name } = snapshot.app.metadata;
  return [
    ...decideReleasePrune(snapshot, rendered, limits),
    ...jobNamed(snapshot, failedMigration(snapshot, discards.migration), "its migration is tried again"),
    ...jobNamed(snapshot, discards.job, "its release was superseded before its migration began"),
    ...jobNamed(snapshot, discards.contract && contractName(name, discards.contract), "its contract migration is tried again"),
  ];
}

function leftBehindBy({ phase, candidate }: RolloutDecision["release"], desired: string): string | undefined {
  if (phase === "RollingBack") return candidate;
  return phase === "Failed" ? desired : undefined;
}

function failedMigration(snapshot: Snapshot, release: string | undefined): string | undefined {
  const failed = release === undefined ? undefined : observeMigration(snapshot, release);
  return failed?.state === "failed" ? failed.job : undefined;
}

/** A Job makes room for another of its name, or for another release. */
function jobNamed(snapshot: Snapshot, name: string | undefined, reason: string): readonly Prune[] {
  const job = name === undefined ? undefined : findOwned(snapshot, "Job", name);
  return job ? [{ object: job, reason }] : [];
}
