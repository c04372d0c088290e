import type { OwnerReference } from "../base/object.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";

/** The owner of a child; the garbage collector follows it. */
export type ControllingOwner = OwnerReference & { readonly controller: true; readonly blockOwnerDeletion: true };

/** The metadata of every child. */
export interface ManifestMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly ControllingOwner[];
}

/** One child as plain JSON, ready to be applied: nothing undefined, no empty map, no empty list. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMetadata;
  readonly [key: string]: unknown;
}

/** Maps whose presence means something although they are empty. */
const meaningfulWhenEmpty: ReadonlySet<string> = new Set(["emptyDir", "podSelector", "namespaceSelector"]);

/**
 * A copy without undefined values, empty maps and empty lists, so that server-side apply owns exactly what was meant.
 * Items of lists are kept even when they become empty: their position means something.
 */
export function withoutEmpty<T>(value: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only optional fields are left out
  return prune(value) as T;
}

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  return isTree(value) ? pruneFields(value) : value;
}

function pruneFields(fields: Tree): Tree {
  const kept: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const pruned = prune(field);
    if (pruned !== undefined && (!isEmpty(pruned) || meaningfulWhenEmpty.has(key))) kept[key] = pruned;
  }
  return kept;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isTree(value) && Object.keys(value).length === 0;
}
