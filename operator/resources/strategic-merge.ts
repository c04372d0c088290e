import { ORDER_PREFIX, PATCH_DIRECTIVE, patchMergeKey, REMOVE_PREFIX, RETAIN_DIRECTIVE } from "../api/merge-keys.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { withoutRivals } from "./unions.ts";
import { readTree } from "../base/read.ts";

type List = readonly unknown[];

/**
 * A map with a strategic merge patch laid over it, as the API server does it: maps merge, null removes, lists with a patchMergeKey merge by
 * it, all other lists are replaced; $patch, $retainKeys, $setElementOrder and $deleteFromPrimitiveList are followed. Where only one of some
 * fields may stand, as the handlers of a probe, the patch's one wins. `field` is the name under which the map stands.
 */
export function mergeStrategic(base: Tree, patch: Tree, field = ""): Tree {
  if (patch[PATCH_DIRECTIVE] === "delete") return {};
  const lower = patch[PATCH_DIRECTIVE] === "replace" ? {} : withoutRivals(base, patch, field);
  const result: Record<string, unknown> = { ...lower };
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else result[name] = mergeValue(lower[name], value, name);
  }
  for (const [name, value] of Object.entries(patch)) follow(result, name, value);
  return result;
}

function mergeValue(base: unknown, patch: unknown, field: string): unknown {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(base) ? base : [], patch, field);
  return isTree(patch) ? mergeStrategic(readTree(base), patch, field) : patch;
}

/** An atomic list is taken as it is written; only null and directives, which are no values, do not stay in it. */
function mergeLists(base: List, patch: List, field: string): List {
  const key = patchMergeKey(field, [...base, ...patch]);
  if (key === undefined) return patch.map((entry) => mergeValue(undefined, entry, ""));
  const entries = patch.filter(isTree);
  const isReplaced = entries.some((entry) => entry[PATCH_DIRECTIVE] === "replace");
  const kept = isReplaced ? [] : base.filter(isTree);
  const given = entries.filter((entry) => entry[PATCH_DIRECTIVE] !== "replace");
  const find = (list: readonly Tree[], entry: Tree) => list.find((other) => other[key] === entry[key]);
  const merged = kept.flatMap((entry) => {
    const over = find(given, entry);
    if (over?.[PATCH_DIRECTIVE] === "delete") return [];
    return [over === undefined ? entry : mergeStrategic(entry, over, field)];
  });
  const added = given.filter((entry) => entry[PATCH_DIRECTIVE] !== "delete" && find(kept, entry) === undefined);
  return [...merged, ...added.map((entry) => mergeStrategic({}, entry, field))];
}

/** Does what a directive asks of a map whose fields are merged already. */
function follow(result: Record<string, unknown>, name: string, value: unknown): void {
  if (!Array.isArray(value)) return;
  if (name === RETAIN_DIRECTIVE) for (const other of Object.keys(result)) if (!value.includes(other)) delete result[other];
  if (name.startsWith(REMOVE_PREFIX))
    rewrite(result, name.slice(REMOVE_PREFIX.length), (list) => list.filter((entry) => !value.includes(entry)));
  if (name.startsWith(ORDER_PREFIX)) {
    const list = name.slice(ORDER_PREFIX.length);
    rewrite(result, list, (entries) => inOrder(entries, value, patchMergeKey(list, entries)));
  }
}

function rewrite(result: Record<string, unknown>, name: string, change: (list: List) => List): void {
  const list = result[name];
  if (Array.isArray(list)) result[name] = change(list);
}

/** Entries that the order names come first, in its order; the others follow as they stand. */
function inOrder(entries: List, order: List, key: string | undefined): List {
  const nameOf = (entry: unknown) => (key !== undefined && isTree(entry) ? entry[key] : entry);
  const names = order.map(nameOf);
  const rank = (entry: unknown) => (names.includes(nameOf(entry)) ? names.indexOf(nameOf(entry)) : names.length);
  return entries.toSorted((one, other) => rank(one) - rank(other));
}
