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
