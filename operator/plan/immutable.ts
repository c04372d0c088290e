import type { Child } from "../resources/children.ts";
import { findOwned, type Snapshot } from "./observe/snapshot.ts";
import { keepVolume } from "./volumes.ts";

/**
 * The children without what the API server would refuse for ever. A Job's template and an immutable ConfigMap never change once they exist,
 * and carry the release in their name; a claim only grows (shared-volumes.ts), and one that the app left behind is used again: where they stand, there is nothing to apply, whatever this version would render today.
 */
export function withoutImmutable(snapshot: Pick<Snapshot, "owned" | "claims">, children: readonly Child[]): readonly Child[] {
  return children.filter((child) => !isFixed(child) || !stands(snapshot, child)).map((child) => keepVolume(snapshot, child));
}

function isFixed({ object }: Child): boolean {
  return object.kind === "Job" || object.kind === "PersistentVolumeClaim" || (object.kind === "ConfigMap" && object["immutable"] === true);
}

function stands(snapshot: Pick<Snapshot, "owned" | "claims">, { object }: Child): boolean {
  // One that is being deleted is made again once it is gone.
  if (object.kind === "PersistentVolumeClaim")
    return snapshot.claims?.some(({ metadata }) => metadata.name === object.metadata.name) === true;
  const live = findOwned(snapshot, object.kind, object.metadata.name);
  return live !== undefined && live.metadata.deletionTimestamp === undefined;
}
