import type { SideBySide } from "../measurement/measurement.ts";
import type { SampledPod, SampledRelease } from "../measurement/sampling-job.ts";

/** The same placements with at most so many pods of each release, ready ones first. */
export function boundPlacements(placements: SideBySide<SampledRelease>, max: SideBySide<number>): SideBySide<SampledRelease> {
  const { stable, candidate } = placements;
  return {
    stable: { ...stable, pods: boundPods(stable.pods, max.stable) },
    candidate: { ...candidate, pods: boundPods(candidate.pods, max.candidate) },
  };
}

/** Pod names end in random characters, so the first by name are a sample that stays the same from round to round. */
function boundPods(pods: readonly SampledPod[], max: number): readonly SampledPod[] {
  return pods.toSorted((a, b) => Number(b.ready) - Number(a.ready) || (a.pod < b.pod ? -1 : 1)).slice(0, max);
}
