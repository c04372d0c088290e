import { didYouMean } from "./nearest.ts";
import { ORDER_PREFIX, PATCH_DIRECTIVE, patchMergeKey, REMOVE_PREFIX, RETAIN_DIRECTIVE, SERVICE_PORT_KEY } from "./merge-keys.ts";
import { directiveNeed, needProblem } from "./overlay-needs.ts";
import type { Problem } from "./problem.ts";
import type { ScalableApp } from "./scalable-app.ts";
import { asText, isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";

const OVERLAY_KEYS: readonly string[] = ["metadata", "spec"];
/** Fields that cannot change once the object exists, or that somebody else owns. */
const OWNED_FIELDS = ["replicas", "selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy", "scaleTargetRef"];
/** The same of the Jobs of a schedule. */
const OWNED_JOB_FIELDS = ["selector", "manualSelector"];

/** Everything that is wrong with the patches of the escape hatch. */
export function checkOverlays({ spec }: ScalableApp): readonly Problem[] {
  const components = componentsOf(spec);
  return Object.entries(spec.overlays).flatMap(([name, patch]) => {
    const path = `spec.overlays.${name}`;
    return [
      ...unknownComponent(path, name, components),
      ...foreignKeys(patch, path),
      ...owned(patch, path),
      ...(isSingleton(spec, name) ? [] : strategyProblems(patch, path)),
      ...OVERLAY_KEYS.flatMap((key) => patchProblems(patch[key], { field: key, path: `${path}.${key}` })),
    ];
  });
}

function componentsOf({ workers, schedules }: ScalableApp["spec"]): readonly string[] {
  const scaled = ["web", ...workers.map(({ name }) => `worker-${name}`)];
  const servers = ["redis-cache", "redis-queue"];
  return [
    ...scaled,
    "migration",
    "contract",
    ...servers,
    ...schedules.map(({ name }) => `schedule-${name}`),
    "service-account",
    ...[...scaled, ...servers].map((component) => `${component}/service`),
    ...scaled.flatMap((component) => [`${component}/horizontal-pod-autoscaler`, `${component}/pod-disruption-budget`]),
  ];
}

function unknownComponent(path: string, name: string, components: readonly string[]): readonly Problem[] {
  if (components.includes(name)) return [];
  return [{ path, message: `is no component of the app${didYouMean(name, components)}: use one of ${components.join(", ")}` }];
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
    .filter((place) => read(patch, ...place) !== undefined)
    .map((place) => ({
      path: `${path}.${place.join(".")}`,
      message: "belongs to the operator: remove it (for replicas use spec.web.replicas or the worker's replicas)",
    }));
}

function isSingleton({ workers }: ScalableApp["spec"], component: string): boolean {
  return workers.some(({ name, singleton }) => singleton && component === `worker-${name}`);
}

/** The Deployment has the settings of a rolling update, beside which the API server refuses Recreate. */
function strategyProblems(patch: Tree, path: string): readonly Problem[] {
  const strategy = read(patch, "spec", "strategy");
  if (!isTree(strategy) || strategy["type"] !== "Recreate" || removesRollingUpdate(strategy)) return [];
  const message =
    "must not be Recreate beside the rolling update that the Deployment has: write rollingUpdate: null with it, or use spec.rollout.rolling";
  return [{ path: `${path}.spec.strategy.type`, message }];
}

function removesRollingUpdate(strategy: Tree): boolean {
  const retained = strategy[RETAIN_DIRECTIVE];
  const isRetained = !Array.isArray(retained) || retained.includes("rollingUpdate");
  return strategy["rollingUpdate"] === null || strategy[PATCH_DIRECTIVE] === "replace" || !isRetained;
}

/** Lists of a pod that a patch replaces as a whole. */
const WHOLE_LISTS = ["envFrom", "tolerations", "command", "args"];
const MAPS = [
  "metadata",
  "spec",
  "template",
  "jobTemplate",
  "affinity",
  "securityContext",
  "resources",
  "nodeSelector",
  "labels",
  "annotations",
  "strategy",
];
/** The keys below these are the user's own words. */
const OPAQUE = ["labels", "annotations", "nodeSelector", "matchLabels", "requests", "limits"];

interface Place {
  /** The name under which the value stands. */
  readonly field: string;
  readonly path: string;
}

/** What has another shape than the field, so that the API server refuses it, and what a strategic merge patch cannot mean. */
function patchProblems(value: unknown, place: Place): readonly Problem[] {
  const need = needProblem(value, place.path);
  if (need !== undefined) return [{ path: place.path, message: need }];
  if (value === null || value === undefined) return [];
  const key = keyAt(place);
  const shape = shapeProblem(value, place.field, key);
  if (shape !== undefined) return [{ path: place.path, message: shape }];
  if (Array.isArray(value))
    return value.flatMap((entry, index) => entryProblems(entry, { ...place, path: `${place.path}[${index}]` }, key));
  return isTree(value) ? fieldProblems(value, place) : [];
}

/** Ports of a Service have another key than those of a container. */
function keyAt({ field, path }: Place): string | undefined {
  const isService = /^spec\.overlays\.[^.]*\/service\./u.test(path);
  return isService && field === "ports" ? SERVICE_PORT_KEY : patchMergeKey(field);
}

function shapeProblem(value: unknown, field: string, key: string | undefined): string | undefined {
  if (key !== undefined && !Array.isArray(value)) return `must be a list whose entries have a ${key}, or null to remove it`;
  if (WHOLE_LISTS.includes(field) && !Array.isArray(value)) return 'must be a list: begin each entry with "- "';
  return MAPS.includes(field) && !isTree(value) ? "must be an object of fields" : undefined;
}

function entryProblems(entry: unknown, { field, path }: Place, key: string | undefined): readonly Problem[] {
  if (key === undefined) return atomicEntryProblems(entry, { field, path });
  if (!isTree(entry)) return [{ path, message: `must be an object with a ${key}` }];
  if (isRemovedContainer(entry, field)) return [{ path: `${path}.$patch`, message: "cannot delete the main container: remove the entry" }];
  if (entry[PATCH_DIRECTIVE] === "merge")
    return [{ path: `${path}.$patch`, message: "must be replace or delete in a list: remove it to merge" }];
  const isWhole = entry[PATCH_DIRECTIVE] === "replace";
  const isNamed = typeof entry[key] === "string" || typeof entry[key] === "number";
  const unnamed = { path: `${path}.${key}`, message: `is required: it identifies the entries of ${field}, so add it` };
  return [...(isWhole || isNamed ? [] : [unnamed]), ...fieldProblems(entry, { field, path })];
}

/** A list without a key is replaced as a whole; a directive in it would leave an empty entry. */
function atomicEntryProblems(entry: unknown, { field, path }: Place): readonly Problem[] {
  if (!isTree(entry)) return [];
  if (Object.hasOwn(entry, PATCH_DIRECTIVE))
    return [{ path: `${path}.$patch`, message: `has no meaning here: ${field} is replaced as a whole, so remove the entry` }];
  return fieldProblems(entry, { field, path });
}

/** The main containers that the operator renders. */
const OWN_CONTAINERS = ["app", "redis"];

function isRemovedContainer(entry: Tree, field: string): boolean {
  return field === "containers" && entry[PATCH_DIRECTIVE] === "delete" && OWN_CONTAINERS.includes(String(entry["name"]));
}

function fieldProblems(map: Tree, { field, path }: Place): readonly Problem[] {
  return Object.entries(map).flatMap(([name, value]) => {
    const inner = `${path}.${name}`;
    if (name.startsWith("$")) return directiveProblems(name, value, inner);
    return OPAQUE.includes(field) ? [] : patchProblems(value, { field: name, path: inner });
  });
}

function directiveProblems(name: string, value: unknown, path: string): readonly Problem[] {
  const need = directiveNeed(name, value, path);
  if (need !== undefined) return [{ path, message: need }];
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
