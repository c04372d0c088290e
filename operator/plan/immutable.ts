import type { Child } from "../resources/children.ts";
import { findOwned, type Snapshot } from "./observe/snapshot.ts";
import { keepVolume } from "./volumes.ts";

/**
 * The children without what the API server would refuse for ever. A Job's template and an immutable ConfigMap never change once they exist,
 * and carry the release in their name: where they stand, there is nothing to apply, whatever this version would render today.
 */
export function withoutImmutable(snapshot: Pick<Snapshot, "owned">, children: readonly Child[]): readonly Child[] {
  return children.filter((child) => !isFixed(child) || !stands(snapshot, child)).map((child) => keepVolume(snapshot, child));
}

function isFixed({ object }: Child): boolean {
  return object.kind === "Job" || (object.kind === "ConfigMap" && object["immutable"] === true);
}

function stands(snapshot: Pick<Snapshot, "owned">, { object }: Child): boolean {
  const live = findOwned(snapshot, object.kind, object.metadata.name);
  return live !== undefined && live.metadata.deletionTimestamp === undefined;
}
