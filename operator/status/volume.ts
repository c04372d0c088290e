import type { VolumeTrouble } from "../plan/volumes.ts";
import type { Report, Verdict } from "./report.ts";
import { verdict } from "./report.ts";

const reasons = { refused: "VolumeNotExpandable", fixed: "VolumeFixed", expanding: "VolumeExpanding" } as const;
/** What asks somebody to act comes first. */
const order = ["refused", "fixed", "expanding"] as const;

/** What keeps volumes from being as the spec asks. They work on as they are, so nothing else follows from it. */
export function judgeVolumes({ volumes = [] }: Pick<Report, "volumes">): readonly Verdict[] {
  const sorted = volumes.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  const [worst] = sorted;
  return worst === undefined ? [] : [verdict("VolumeMismatch", true, reasons[worst.state], sorted.map(describe).join("; "))];
}

function describe({ state, message, field }: VolumeTrouble): string {
  if (state !== "refused") return message;
  return `${message}. Restore ${field}, or let the StorageClass allow it (allowVolumeExpansion: true)`;
}
