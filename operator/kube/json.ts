import { isTree } from "../base/tree.ts";
import type { KubeObject, Resource } from "../base/object.ts";

/** True when the value carries what every Kubernetes object carries: apiVersion, kind and a metadata object. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isTree(value) && typeof value["apiVersion"] === "string" && typeof value["kind"] === "string" && isTree(value["metadata"]);
}

/** The value as an object of the resource: items of lists and metadata-only answers come without (or with another) apiVersion and kind. */
export function asObjectOf(resource: Resource, value: unknown): KubeObject | undefined {
  if (!isTree(value) || !isTree(value["metadata"]) || typeof value["metadata"]["name"] !== "string") return undefined;
  const object: unknown = { ...value, apiVersion: resource.apiVersion, kind: resource.kind };
  return isKubeObject(object) ? object : undefined;
}
