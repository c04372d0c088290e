/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The owner of a child; the garbage collector follows it. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  readonly blockOwnerDeletion: true;
}

/** The metadata of every child. */
export interface ManifestMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
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
  return prune(value) as T;
}

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, prune(item)] as const)
    .filter(([key, item]) => meaningfulWhenEmpty.has(key) || !isEmpty(item))
    .filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
