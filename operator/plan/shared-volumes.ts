import type { OwnVolume } from "../api/pod.ts";
import { ownVolumes } from "../api/pod.ts";
import { read, readList, readString } from "../base/read.ts";
import { accessModesOf } from "../resources/persistent-volume-claim.ts";
import { volumeClaimName } from "../resources/names.ts";
import type { LiveObject, Snapshot } from "./observe/snapshot.ts";
import { decideGrowth, isLess, requestOf, type VolumeDecision } from "./volumes.ts";

/** What to do about the claims of spec.volumes that exist: they grow, and what no claim can do is said. One that is missing is a child to make. */
export function decideSharedVolumes({ app, claims = [] }: Pick<Snapshot, "app" | "claims">): readonly VolumeDecision[] {
  return ownVolumes(app.spec).map((volume) => {
    const name = volumeClaimName(app.metadata.name, volume.name);
    const claim = claims.find(({ metadata }) => metadata.name === name && metadata.deletionTimestamp === undefined);
    if (!claim) return {};
    const field = `spec.volumes[${volume.name}].storage`;
    const fixed = whyFixed(claim, volume);
    if (fixed !== undefined) return { trouble: { state: "fixed", claim: name, message: withRemedy(claim, fixed), field } };
    return decideGrowth(claim, { storage: volume.storage, field });
  });
}

interface Fixed {
  readonly what: string;
  readonly restore: string;
}

function whyFixed(claim: LiveObject, volume: OwnVolume): Fixed | undefined {
  const entry = `spec.volumes[${volume.name}]`;
  const className = readString(read(claim, "spec", "storageClassName"));
  if (volume.storageClassName !== undefined && volume.storageClassName !== className) {
    const restore = className === undefined ? "remove it" : `restore ${className}`;
    return { what: `${entry}.storageClassName cannot change on a claim that exists`, restore };
  }
  const [modes, wanted] = [readList(read(claim, "spec", "accessModes")).map(String), accessModesOf(volume)];
  if (modes.toSorted().join() !== wanted.toSorted().join()) {
    return { what: `${entry}.accessModes cannot change on a claim that exists`, restore: `restore [${modes.join(", ")}]` };
  }
  const asked = requestOf(claim);
  if (asked === undefined || !isLess(volume.storage, asked)) return undefined;
  return { what: `${entry}.storage cannot shrink from ${asked} to ${volume.storage}, for no volume does`, restore: `restore ${asked}` };
}

/** A claim that was never bound holds nothing; the operator deletes none all the same. */
function withRemedy(claim: LiveObject, { what, restore }: Fixed): string {
  if (readString(read(claim, "status", "phase")) !== "Pending") return `${what}: ${restore}`;
  return `${what}: ${restore}, or delete the claim ${claim.metadata.name}, which is Pending and holds nothing; it is made again as the spec asks`;
}
