import { isTree } from "../base/tree.ts";

/**
 * The patchMergeKey of every list below a workload that a strategic merge patch merges; it replaces all other lists. Of one name they have
 * one key, so the name is enough, but for the ports of a Service.
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

/** The key of the ports of a Service. */
export const SERVICE_PORT_KEY = "port";

/**
 * The field by which a strategic merge patch identifies the entries of a list; undefined: it replaces the list. Ports of a Service are
 * known by their entries.
 */
export function patchMergeKey(list: string, entries: readonly unknown[] = []): string | undefined {
  if (list === "ports" && entries.some((entry) => isTree(entry) && entry[SERVICE_PORT_KEY] !== undefined)) return SERVICE_PORT_KEY;
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
