import { isTree } from "../base/tree.ts";
import { isOwnedWhole, listMapKeys } from "./list-types.ts";
import { parseQuantity } from "../base/quantity.ts";

/** How objects are compared. */
export interface DifferenceOptions {
  /** The most paths that are reported. Default: 10. */
  readonly limit?: number;
  /**
   * Which lists have keys: "kubernetes": those of the built-in kinds, all others are atomic; "any": every list whose entries a usual key
   * identifies, whatever their order. Default: "kubernetes".
   */
  readonly keyedLists?: "kubernetes" | "any";
}

/**
 * True when every field that `intended` sets is present in `live` with an equal meaning (quantities by value, keyed lists by key), and what
 * is owned as a whole holds nothing else.
 */
export function isSubset(intended: unknown, live: unknown, options: DifferenceOptions = {}): boolean {
  return differences(intended, live, { ...options, limit: 1 }).length === 0;
}

/** The paths at which `live` differs from `intended`. */
export function differences(intended: unknown, live: unknown, options: DifferenceOptions = {}): readonly string[] {
  const { limit = 10, keyedLists = "kubernetes" } = options;
  const found: string[] = [];
  compare({ found, limit, keyedLists, quantities: false, whole: false, field: "", parent: "", path: "" }, intended, live);
  return found;
}

/** The place that is looked at, and how. */
interface Walk {
  readonly found: string[];
  readonly limit: number;
  readonly keyedLists: "kubernetes" | "any";
  /** Whether strings here are resource quantities ("1000m" equals "1"). */
  readonly quantities: boolean;
  /** Whether this is inside of something that is owned as a whole. */
  readonly whole: boolean;
  /** Names of the field and of the one that holds it; entries of a list go by the list's name. */
  readonly field: string;
  readonly parent: string;
  readonly path: string;
}

// Where the API server rewrites quantities into their canonical form.
const QUANTITY_FIELDS: ReadonlySet<string> = new Set([
  "requests",
  "limits",
  "capacity",
  "hard",
  "sizeLimit",
  "averageValue",
  "divisor",
  "tolerance",
  "storage",
  "target",
]);

// The usual keys, the more specific first; one is used only where it names every entry once.
const USUAL_KEYS: readonly (readonly string[])[] = [["name"], ["type"], ["action"], ["release"], ["key"], ["uid"]];

function compare(walk: Walk, intended: unknown, live: unknown): void {
  const { found, limit, path } = walk;
  if (found.length >= limit || isEmpty(intended)) return;
  if (Array.isArray(intended)) compareLists(walk, intended, live);
  else if (isTree(intended)) compareMaps(walk, intended, live);
  else if (!isEqualScalar(walk, intended, live)) found.push(path);
}

// null, {} and [] say nothing: the API server drops them on storing, or they mean "no opinion" in an apply.
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isTree(value) && Object.keys(value).length === 0;
}

function compareMaps(walk: Walk, intended: Record<string, unknown>, live: unknown): void {
  if (!isTree(live)) {
    // A live field may be missing where all that is intended in it is empty.
    if (Object.values(intended).some((value) => !isNothing(value))) walk.found.push(walk.path);
    return;
  }
  for (const [name, value] of Object.entries(intended)) compareField(walk, name, { value, live });
  if (!walk.whole) return;
  // Nothing else may stand here, however it came there.
  const foreign = Object.keys(live).filter((name) => isEmpty(intended[name]) && !isNothing(live[name]) && !isFalsy(live[name]));
  walk.found.push(...foreign.map((name) => inside(walk, name)).slice(0, walk.limit - walk.found.length));
}

function compareField(
  walk: Walk,
  name: string,
  { value, live }: { readonly value: unknown; readonly live: Record<string, unknown> },
): void {
  const quantities = walk.quantities || QUANTITY_FIELDS.has(name);
  const whole = walk.whole || isOwnedWhole(name);
  const inner = { ...walk, quantities, whole, field: name, parent: walk.field, path: inside(walk, name) };
  compare(inner, value, Object.hasOwn(live, name) ? live[name] : undefined);
}

function inside({ path }: Walk, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isNothing(value: unknown): boolean {
  if (isEmpty(value)) return true;
  return isTree(value) && Object.values(value).every(isNothing);
}

function compareLists(walk: Walk, intended: readonly unknown[], live: unknown): void {
  const { found, limit, path } = walk;
  const actual: readonly unknown[] = Array.isArray(live) ? live : [];
  const keys = mergeKeys(walk, intended, actual);
  if (keys === undefined) {
    // An atomic list is as long as it was written; a keyed one may have been extended by others.
    if (actual.length !== intended.length) found.push(path);
    else for (const [index, value] of intended.entries()) compare({ ...walk, path: `${path}[${index}]` }, value, actual[index]);
    return;
  }
  const byKey = new Map(actual.map((value) => [keyOf(keys, value), value]));
  for (const value of intended) {
    const key = keyOf(keys, value);
    const inner = `${path}[${keys[0]}=${key}]`;
    if (byKey.has(key)) compare({ ...walk, path: inner }, value, byKey.get(key));
    else if (found.length < limit) found.push(inner);
  }
}

/** The keys that identify the entries of both lists; undefined: their place does. */
function mergeKeys(walk: Walk, intended: readonly unknown[], live: readonly unknown[]): readonly string[] | undefined {
  const own = walk.keyedLists === "any" ? USUAL_KEYS : [walk.whole ? undefined : listMapKeys(walk)];
  return own.find((keys) => keys !== undefined && isKeyed(keys, intended) && isKeyed(keys, live));
}

function isKeyed(keys: readonly string[], list: readonly unknown[]): boolean {
  const names = list.map((value) => keyOf(keys, value));
  return names.every((name) => name !== undefined) && new Set(names).size === list.length;
}

// A protocol left out means TCP, which the API server fills in.
function keyOf(keys: readonly string[], value: unknown): string | undefined {
  if (!isTree(value)) return undefined;
  const parts = keys.map((key) => value[key] ?? (key === "protocol" ? "TCP" : undefined));
  return parts.every((part) => typeof part === "string" || typeof part === "number") ? parts.join("/") : undefined;
}

function isEqualScalar(walk: Walk, intended: unknown, live: unknown): boolean {
  if (intended === live) return true;
  // int-or-string: 80 and "80" are one port.
  if (!isTextOrNumber(intended) || !isTextOrNumber(live)) return isFalsy(intended) && live === undefined;
  if (String(intended) === String(live)) return true;
  if (!walk.quantities) return false;
  const wanted = parseQuantity(String(intended));
  return wanted !== undefined && wanted === parseQuantity(String(live));
}

// The API server omits false and "" (Go's omitempty); 0 it keeps wherever it matters (pointers), so a missing 0 is a difference.
function isFalsy(value: unknown): boolean {
  return value === false || value === "";
}

function isTextOrNumber(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
