/**
 * The patchMergeKey of every list below a workload that a strategic merge patch merges; it replaces all other lists. Of one name they have
 * one key, so the name is enough.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  env: "name",
  imagePullSecrets: "name",
  resourceClaims: "name",
  schedulingGates: "name",
  ports: "containerPort",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
  ownerReferences: "uid",
};

/** The field by which a strategic merge patch identifies the entries of a list; undefined: it replaces the list. */
export function patchMergeKey(list: string): string | undefined {
  return Object.hasOwn(MERGE_KEYS, list) ? MERGE_KEYS[list] : undefined;
}

/** What a map or an entry of a list says of itself: replace, delete or merge. */
export const PATCH_DIRECTIVE = "$patch";
/** The only fields of a map that stay. */
export const RETAIN_DIRECTIVE = "$retainKeys";
/** In front of a list's name: the order of its entries. */
export const ORDER_PREFIX = "$setElementOrder/";
/** In front of a list's name: plain values to take out of it. */
export const REMOVE_PREFIX = "$deleteFromPrimitiveList/";
