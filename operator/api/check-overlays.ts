import { didYouMean } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { ScalableApp } from "./scalable-app.ts";
import { isTree, valueAt } from "./tree.ts";

const OVERLAY_KEYS: readonly string[] = ["metadata", "spec"];
const OWNED_FIELDS = ["replicas", "selector", "serviceName", "volumeClaimTemplates"];

/** Everything that is wrong with the patches of the escape hatch. */
export function checkOverlays({ spec }: ScalableApp): readonly Problem[] {
  const components = [
    "web",
    "migration",
    "contract",
    "redis-cache",
    "redis-queue",
    ...spec.workers.map(({ name }) => `worker-${name}`),
    ...spec.schedules.map(({ name }) => `schedule-${name}`),
  ];
  return Object.entries(spec.overlays).flatMap(([name, patch]) => {
    const path = `spec.overlays.${name}`;
    return [
      ...checkComponent(path, name, components),
      ...checkKeys(path, patch),
      ...checkOwned(path, patch),
      ...checkStrategy(path, patch),
      ...checkShape(path, patch),
    ];
  });
}

function checkComponent(path: string, name: string, components: readonly string[]): readonly Problem[] {
  if (components.includes(name)) return [];
  return [{ path, message: `is no component of the app${didYouMean(name, components)}: use one of ${components.join(", ")}` }];
}

function checkKeys(path: string, patch: object): readonly Problem[] {
  return Object.keys(patch)
    .filter((key) => !OVERLAY_KEYS.includes(key) && !key.startsWith("$"))
    .map((key) => ({ path: `${path}.${key}`, message: `cannot be changed: an overlay may hold ${OVERLAY_KEYS.join(" and ")}` }));
}

function checkOwned(path: string, patch: object): readonly Problem[] {
  return OWNED_FIELDS.filter((field) => valueAt(patch, ["spec", field]) !== undefined).map((field) => ({
    path: `${path}.spec.${field}`,
    message: "belongs to the operator: remove it (for replicas use spec.web.replicas or the worker's replicas)",
  }));
}

/** The Deployment has the settings of a rolling update, beside which the API server refuses Recreate. */
function checkStrategy(path: string, patch: object): readonly Problem[] {
  const strategy = valueAt(patch, ["spec", "strategy"]);
  if (valueAt(strategy, ["type"]) !== "Recreate" || valueAt(strategy, ["rollingUpdate"]) === null) return [];
  const message =
    "must not be Recreate beside the rolling update that every Deployment here has: write rollingUpdate: null with it, or use spec.rollout.rolling";
  return [{ path: `${path}.spec.strategy.type`, message }];
}

/** Lists of a pod by the field that names their entries; undefined where entries have no such field. */
const LISTS: Readonly<Record<string, string | undefined>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  imagePullSecrets: "name",
  env: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  envFrom: undefined,
  tolerations: undefined,
  topologySpreadConstraints: undefined,
  hostAliases: undefined,
  command: undefined,
  args: undefined,
};
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
/** Values below these are the user's own words. */
const OPAQUE = ["labels", "annotations", "nodeSelector", "matchLabels", "requests", "limits"];

/** Whether lists are lists and maps are maps, all the way down: what has another shape cannot be merged, and the API server refuses it. */
function checkShape(path: string, value: unknown): readonly Problem[] {
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const at = `${path}.${key}`;
    if (child === null || key.startsWith("$")) return [];
    if (Object.hasOwn(LISTS, key)) return checkList(at, child, LISTS[key]);
    if (MAPS.includes(key) && !isTree(child)) return [{ path: at, message: "must be an object of fields" }];
    if (OPAQUE.includes(key)) return [];
    return Array.isArray(child) ? child.flatMap((item, index) => checkShape(`${at}[${index}]`, item)) : checkShape(at, child);
  });
}

function checkList(path: string, value: unknown, key: string | undefined): readonly Problem[] {
  if (!Array.isArray(value)) {
    const entry = key === undefined ? "- ..." : `- ${key}: ...`;
    return [{ path, message: `must be a list: begin each entry with "${entry}"` }];
  }
  return value.flatMap((item: unknown, index) => {
    const at = `${path}[${index}]`;
    if (key === undefined) return checkShape(at, item);
    const isNamed = isTree(item) && (item[key] !== undefined || item["$patch"] !== undefined);
    return isNamed
      ? checkShape(at, item)
      : [
          {
            path: at,
            message: `must have ${key}, which says what it is laid over: add ${key}, such as that of the container or variable meant`,
          },
        ];
  });
}
