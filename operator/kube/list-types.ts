/** Where a list stands: its field, and the field of the object or of the list that holds it ("" at the top). */
export interface ListPlace {
  readonly field: string;
  readonly parent: string;
}

const byName = ["name"];

/**
 * Lists whose entries are identified by a key, so that others may add entries of their own (an injected sidecar, say): the
 * x-kubernetes-list-map-keys of the kinds that we write. All other lists are atomic: whoever writes one owns it as a whole.
 */
const MAP_LISTS: Readonly<Record<string, readonly string[]>> = {
  containers: byName,
  initContainers: byName,
  ephemeralContainers: byName,
  env: byName,
  volumes: byName,
  imagePullSecrets: byName,
  claims: byName,
  resourceClaims: byName,
  schedulingGates: byName,
  secrets: byName,
  volumeMounts: ["mountPath"],
  volumeDevices: ["devicePath"],
  hostAliases: ["ip"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
  ownerReferences: ["uid"],
  conditions: ["type"],
};

const CONTAINER_LISTS: ReadonlySet<string> = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** The keys of a list's entries; undefined: the list is atomic. */
export function listMapKeys({ field, parent }: ListPlace): readonly string[] | undefined {
  if (field === "ports") {
    if (CONTAINER_LISTS.has(parent)) return ["containerPort", "protocol"];
    // Those of a Service; the ports of a NetworkPolicy's rule are atomic.
    return parent === "spec" ? ["port", "protocol"] : undefined;
  }
  // Those of a ServiceAccount are atomic, those of a pod are not.
  if (field === "imagePullSecrets" && parent === "") return undefined;
  return Object.hasOwn(MAP_LISTS, field) ? MAP_LISTS[field] : undefined;
}

/**
 * Fields that whoever writes them owns as a whole (atomic lists and maps) and in which the API server fills in no default, so that
 * anything in them that we did not write is a difference. In other atomic lists an additional field may be a default.
 */
const WHOLE: ReadonlySet<string> = new Set([
  "args",
  "command",
  "configMapKeyRef",
  "envFrom",
  "httpHeaders",
  "labelSelector",
  "matchExpressions",
  "matchFields",
  "matchLabels",
  "metrics",
  "namespaceSelector",
  "nodeSelector",
  "nodeSelectorTerms",
  "policies",
  "preferredDuringSchedulingIgnoredDuringExecution",
  "readinessGates",
  "requiredDuringSchedulingIgnoredDuringExecution",
  "secretKeyRef",
  "selector",
  "sysctls",
  "tolerations",
]);

/** Whether a field is ours as a whole, and only what we wrote may stand in it. */
export function isOwnedWhole(field: string): boolean {
  return WHOLE.has(field);
}
