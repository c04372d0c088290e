import { ORDER_PREFIX, PATCH_DIRECTIVE, patchMergeKey, REMOVE_PREFIX, RETAIN_DIRECTIVE } from "./merge-keys.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec } from "./scalable-app.ts";
import { asText, isTree, valueAt } from "./tree.ts";
import type { Tree } from "./tree.ts";

const OVERLAY_KEYS: readonly string[] = ["metadata", "spec"];
/** Fields that cannot change once the object exists, or that somebody else owns. */
const OWNED_FIELDS = ["replicas", "selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy"];
/** The same of the Jobs of a schedule. */
const OWNED_JOB_FIELDS = ["selector", "manualSelector"];

/** What is wrong with the overlays of a spec. */
export function overlayProblems(spec: Pick<EffectiveSpec, "overlays" | "workers" | "schedules">): readonly Problem[] {
  const components = componentsOf(spec);
  return Object.entries(spec.overlays).flatMap(([name, patch]) => {
    const path = `spec.overlays.${name}`;
    const unknown = { path, message: `is no component of the app: use one of ${[...components].join(", ")}` };
    return [
      ...(components.has(name) ? [] : [unknown]),
      ...foreignKeys(patch, path),
      ...owned(patch, path),
      ...OVERLAY_KEYS.flatMap((key) => patchProblems(patch[key], { field: key, path: `${path}.${key}` })),
    ];
  });
}

function componentsOf({ workers, schedules }: Pick<EffectiveSpec, "workers" | "schedules">): ReadonlySet<string> {
  return new Set([
    "web",
    "migration",
    "contract",
    "redis-cache",
    "redis-queue",
    ...workers.map(({ name }) => `worker-${name}`),
    ...schedules.map(({ name }) => `schedule-${name}`),
  ]);
}

function foreignKeys(patch: Tree, path: string): readonly Problem[] {
  return Object.keys(patch)
    .filter((key) => !OVERLAY_KEYS.includes(key))
    .map((key) => ({ path: `${path}.${key}`, message: `cannot be changed: an overlay may hold ${OVERLAY_KEYS.join(" and ")}` }));
}

function owned(patch: Tree, path: string): readonly Problem[] {
  const places = [
    ...[...OWNED_FIELDS, "manualSelector"].map((field) => ["spec", field]),
    ...OWNED_JOB_FIELDS.map((field) => ["spec", "jobTemplate", "spec", field]),
  ];
  return places
    .filter((place) => valueAt(patch, place) !== undefined)
    .map((place) => ({
      path: `${path}.${place.join(".")}`,
      message: "belongs to the operator: remove it (for replicas use spec.web.replicas or the worker's replicas)",
    }));
}

interface Place {
  /** The name under which the value stands. */
  readonly field: string;
  readonly path: string;
}

/** What a strategic merge patch cannot mean. */
function patchProblems(value: unknown, place: Place): readonly Problem[] {
  const key = patchMergeKey(place.field);
  if (key !== undefined && value !== null && value !== undefined && !Array.isArray(value)) {
    return [{ path: place.path, message: `must be a list whose entries have a ${key}, or null to remove it` }];
  }
  if (Array.isArray(value))
    return value.flatMap((entry, index) => entryProblems(entry, { ...place, path: `${place.path}[${index}]` }, key));
  return isTree(value) ? fieldProblems(value, place.path) : [];
}

function entryProblems(entry: unknown, { field, path }: Place, key: string | undefined): readonly Problem[] {
  if (key === undefined) return isTree(entry) ? fieldProblems(entry, path) : [];
  if (!isTree(entry)) return [{ path, message: `must be an object with a ${key}` }];
  if (entry[PATCH_DIRECTIVE] === "merge")
    return [{ path: `${path}.$patch`, message: "must be replace or delete in a list: remove it to merge" }];
  const isWhole = entry[PATCH_DIRECTIVE] === "replace";
  const isNamed = typeof entry[key] === "string" || typeof entry[key] === "number";
  const unnamed = { path: `${path}.${key}`, message: `is required: it identifies the entries of ${field}, so add it` };
  return [...(isWhole || isNamed ? [] : [unnamed]), ...fieldProblems(entry, path)];
}

function fieldProblems(map: Tree, path: string): readonly Problem[] {
  return Object.entries(map).flatMap(([name, value]) => {
    const inner = `${path}.${name}`;
    return name.startsWith("$") ? directiveProblems(name, value, inner) : patchProblems(value, { field: name, path: inner });
  });
}

function directiveProblems(name: string, value: unknown, path: string): readonly Problem[] {
  if (name === PATCH_DIRECTIVE) {
    if (value === "replace" || value === "delete" || value === "merge") return [];
    return [{ path, message: `"${asText(value)}" is no directive: use replace, delete or merge` }];
  }
  const isKnown = name === RETAIN_DIRECTIVE || name.startsWith(ORDER_PREFIX) || name.startsWith(REMOVE_PREFIX);
  if (!isKnown) {
    const known = `${PATCH_DIRECTIVE}, ${RETAIN_DIRECTIVE}, ${ORDER_PREFIX}<list> or ${REMOVE_PREFIX}<list>`;
    return [{ path, message: `is no directive of a strategic merge patch: use ${known}, or remove it` }];
  }
  return Array.isArray(value) ? [] : [{ path, message: "must be a list" }];
}
