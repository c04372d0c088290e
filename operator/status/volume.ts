import type { VolumeTrouble } from "../plan/volumes.ts";
import type { Report, Verdict } from "./report.ts";
import { verdict } from "./report.ts";

const reasons = { expanding: "VolumeExpanding", refused: "VolumeNotExpandable", fixed: "VolumeFixed" } as const;

/** What keeps the queue's volume from being as the spec asks. The queue works on, so nothing else follows from it. */
export function judgeVolume({ volume }: Pick<Report, "volume">): readonly Verdict[] {
  return volume === undefined ? [] : [verdict("VolumeMismatch", true, reasons[volume.state], describe(volume))];
}

function describe({ state, message }: VolumeTrouble): string {
  if (state !== "refused") return message;
  return `${message}. Restore spec.redis.queue.storage, or let the StorageClass allow it (allowVolumeExpansion: true)`;
}
