import { createHash } from "node:crypto";
import { isRecord } from "./json.ts";
import { parseQuantity } from "./quantity.ts";

/** True when every field that `intended` sets is present in `live` with an equal meaning (quantities by value, keyed lists by key). */
export function isSubset(intended: unknown, live: unknown): boolean {
  return differences(intended, live, { limit: 1 }).length === 0;
}

/** How objects are compared. */
export interface DifferenceOptions {
  /** The most paths that are told. Default: 10. */
  readonly limit?: number;
  /** Whether lists below `spec` are as long as they are intended, keyed ones too. Default: false. */
  readonly atomicLists?: boolean;
}

/** The paths at which `live` differs from `intended`. */
export function differences(intended: unknown, live: unknown, options: DifferenceOptions = {}): readonly string[] {
  const { limit = 10, atomicLists = false } = options;
  const found: string[] = [];
  compare({ found, limit, atomicLists, quantities: false }, "", intended, live);
  return found;
}

/** A stable hash (16 hex characters) of a JSON value; key order and undefined fields do not matter. */
export function hashObject(intended: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(intended)) ?? "")
    .digest("hex")
    .slice(0, 16);
}

interface Walk {
  readonly found: string[];
  readonly limit: number;
  readonly atomicLists: boolean;
  /** Whether strings here are resource quantities ("1000m" equals "1"). */
  readonly quantities: boolean;
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

// The merge keys of Kubernetes lists, the more telling first; one is used only where it names every element once.
const MERGE_KEYS: readonly (readonly string[])[] = [
  ["name"],
  ["containerPort", "protocol"],
  ["containerPort"],
  ["port", "protocol"],
  ["port"],
  ["mountPath"],
  ["devicePath"],
  ["key"],
  ["topologyKey", "whenUnsatisfiable"],
  ["topologyKey"],
  ["ip"],
  ["uid"],
];

function compare(walk: Walk, path: string, intended: unknown, live: unknown): void {
  if (walk.found.length >= walk.limit || isEmpty(intended)) return;
  if (Array.isArray(intended)) compareLists(walk, path, intended, live);
  else if (isRecord(intended)) compareMaps(walk, path, intended, live);
  else if (!isEqualScalar(walk, intended, live)) walk.found.push(path);
}

// null, {} and [] say nothing: the API server drops them on storing, or they mean "no opinion" in an apply.
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function compareMaps(walk: Walk, path: string, intended: Record<string, unknown>, live: unknown): void {
  if (!isRecord(live)) {
    // A live field may be missing where all that is intended in it is empty.
    if (Object.values(intended).some((value) => !isNothing(value))) walk.found.push(path);
    return;
  }
  for (const [name, value] of Object.entries(intended)) {
    const quantities = walk.quantities || QUANTITY_FIELDS.has(name);
    const inner = path === "" ? name : `${path}.${name}`;
    compare({ ...walk, quantities }, inner, value, Object.hasOwn(live, name) ? live[name] : undefined);
  }
}

function isNothing(value: unknown): boolean {
  if (isEmpty(value)) return true;
  return isRecord(value) && Object.values(value).every(isNothing);
}

function compareLists(walk: Walk, path: string, intended: readonly unknown[], live: unknown): void {
  const actual: readonly unknown[] = Array.isArray(live) ? live : [];
  const keys = walk.atomicLists && path.startsWith("spec.") ? undefined : mergeKey(intended, actual);
  if (keys === undefined) {
    // An atomic list is as long as it was written; a keyed one may have been extended by others.
    if (actual.length !== intended.length) walk.found.push(path);
    else for (const [index, value] of intended.entries()) compare(walk, `${path}[${index}]`, value, actual[index]);
    return;
  }
  const byKey = new Map(actual.map((value) => [keyOf(keys, value), value]));
  for (const value of intended) {
    const key = keyOf(keys, value);
    const inner = `${path}[${keys[0]}=${key}]`;
    if (byKey.has(key)) compare(walk, inner, value, byKey.get(key));
    else if (walk.found.length < walk.limit) walk.found.push(inner);
  }
}

function mergeKey(intended: readonly unknown[], live: readonly unknown[]): readonly string[] | undefined {
  return MERGE_KEYS.find((keys) => isKeyed(keys, intended) && isKeyed(keys, live));
}

function isKeyed(keys: readonly string[], list: readonly unknown[]): boolean {
  const names = list.map((value) => keyOf(keys, value));
  return names.every((name) => name !== undefined) && new Set(names).size === list.length;
}

// A protocol left out means TCP, which the API server fills in.
function keyOf(keys: readonly string[], value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
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

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
