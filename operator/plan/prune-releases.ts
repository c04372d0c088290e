import { RELEASE_LABEL } from "../api/labels.ts";
import { webCanaryName, webPreviewName } from "../resources/names.ts";
import type { RenderedReleases } from "../resources/render-releases.ts";
import { decidePrune, type Prune } from "./prune.ts";
import { read } from "../base/read.ts";
import type { LiveObject, Snapshot } from "./observe/snapshot.ts";
import { decideHistory, isOfRelease, type HistoryLimits } from "./history.ts";

/** What a prune has to respect. */
export interface PruneLimits extends HistoryLimits {
  /** No release is under way or could still be rolled back to by itself: the phase is Stable or Suspended. */
  readonly resting: boolean;
  /** The release that was given up, where its own workers and schedules must not run on beside the stable one. */
  readonly abandoned?: string | undefined;
}

/**
 * What to delete of an app whose releases run on the given tracks: the candidate's own objects as soon as there is no candidate; what
 * the spec no longer wants only when nothing runs, or could return to, a release that needs it; old releases by the history.
 */
export function decideReleasePrune(
  snapshot: Pick<Snapshot, "app" | "owned" | "pods">,
  rendered: Pick<RenderedReleases, "children" | "held" | "settled">,
  limits: PruneLimits,
): readonly Prune[] {
  const { name } = snapshot.app.metadata;
  const ofCandidate = new Set([`Deployment/${webCanaryName(name)}`, `Service/${webPreviewName(name)}`]);
  const intended = [...rendered.children, ...rendered.held];
  const unwanted = decidePrune(intended, snapshot.owned).filter(({ object }) => !isOfRelease(object));
  const resting = limits.resting && rendered.settled;
  const strays = new Set(unwanted.filter(({ object }) => carries(object, limits.abandoned)).map(({ object }) => object.metadata.name));
  return [
    ...unwanted.filter(({ object: { kind, metadata } }) => {
      // A route that nobody adjusts any more would go on sending requests to pods that are about to go.
      if (resting || kind === "HTTPRoute") return true;
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
