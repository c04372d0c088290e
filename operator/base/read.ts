import { isTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** The value at a path of keys in an untyped object; undefined as soon as a step is missing. */
export function read(from: unknown, ...path: readonly string[]): unknown {
  let at = from;
  for (const step of path) {
    if (!isTree(at)) return undefined;
    at = at[step];
  }
  return at;
}

/** The value where it is a string. */
export function readString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value where it is a number. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The value where it is a number, else 0, which is what Kubernetes means when it leaves a count out. */
export function readCount(value: unknown): number {
  return readNumber(value) ?? 0;
}

/** The value where it is a list, else an empty one. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value where it is an object of keys and values, else an empty one. */
export function readTree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

/** The objects of a list; none where the value is no list. */
export function readTrees(value: unknown): readonly Tree[] {
  return readList(value).filter(isTree);
}
