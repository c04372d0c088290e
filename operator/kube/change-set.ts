import type { Resource } from "../base/object.ts";

/** What became of one child in a reconcile. */
export type ChangeAction = "created" | "configured" | "unchanged" | "deleted" | "skipped";

/** One child and what was done to it, with the reason. */
export interface Change {
  readonly action: ChangeAction;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly reason: string;
}

/** All that one reconcile did, in order. */
export interface ChangeSet {
  readonly changes: readonly Change[];
}

/** True when the set holds a write. */
export function hasWrites(set: ChangeSet): boolean {
  return set.changes.some((change) => change.action !== "unchanged" && change.action !== "skipped");
}

/** How many changes of each kind the set holds. */
export function countChanges(set: ChangeSet): Readonly<Record<ChangeAction, number>> {
  const counts = { created: 0, configured: 0, unchanged: 0, deleted: 0, skipped: 0 };
  for (const change of set.changes) counts[change.action] += 1;
  return counts;
}
