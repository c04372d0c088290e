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
  const copy = structuredClone(value);
  prune(copy);
  return copy;
}

function prune(value: unknown): void {
  if (Array.isArray(value)) value.forEach(prune);
  else if (isTree(value)) pruneFields(value);
}

function pruneFields(fields: Tree): void {
  for (const [key, field] of Object.entries(fields)) {
    prune(field);
    if (field === undefined || (isEmpty(field) && !meaningfulWhenEmpty.has(key))) Reflect.deleteProperty(fields, key);
  }
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isTree(value) && Object.keys(value).length === 0;
}
