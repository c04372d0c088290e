import { webCanaryName, webPreviewName } from "../../resources/names.ts";
import type { RenderedTracks } from "../../resources/tracks.ts";
import { decidePrune, type Prune } from "../prune.ts";
import type { Snapshot } from "../snapshot.ts";
import { decideHistory, isOfRelease, type HistoryLimits } from "./history.ts";

/** What a prune has to respect. */
export interface PruneLimits extends HistoryLimits {
  /** No release is under way or could still be rolled back to by itself: the phase is Stable or Suspended. */
  readonly resting: boolean;
}

/**
 * What to delete of an app whose releases run on the given tracks: the candidate's own objects as soon as there is no candidate; what
 * the spec no longer wants only when nothing runs, or could return to, a release that needs it; old releases by the history.
 */
export function decideReleasePrune(
  snapshot: Pick<Snapshot, "app" | "owned" | "pods">,
  rendered: Pick<RenderedTracks, "children" | "held" | "settled">,
  limits: PruneLimits,
): readonly Prune[] {
  const { name } = snapshot.app.metadata;
  const ofCandidate = new Set([`Deployment/${webCanaryName(name)}`, `Service/${webPreviewName(name)}`]);
  const intended = [...rendered.children, ...rendered.held];
  const unwanted = decidePrune(intended, snapshot.owned).filter(({ object }) => !isOfRelease(object));
  const resting = limits.resting && rendered.settled;
  return [
    ...unwanted.filter(({ object }) => resting || ofCandidate.has(`${object.kind}/${object.metadata.name}`)),
    ...decideHistory(snapshot, limits),
  ];
}
