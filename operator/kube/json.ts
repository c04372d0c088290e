import type { KubeObject, Resource } from "../base/object.ts";

/** True for a JSON object (not an array, not null). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value when it is a JSON object, else an empty one. */
export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** The value when it is a string, else undefined. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value when it is a number, else undefined. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** True when the value carries what every Kubernetes object carries: apiVersion, kind and a metadata object. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isRecord(value) && typeof value["apiVersion"] === "string" && typeof value["kind"] === "string" && isRecord(value["metadata"]);
}

/** The value as an object of the resource: items of lists and metadata-only answers come without (or with another) apiVersion and kind. */
export function asObjectOf(resource: Resource, value: unknown): KubeObject | undefined {
  if (!isRecord(value) || !isRecord(value["metadata"]) || typeof value["metadata"]["name"] !== "string") return undefined;
  const object: unknown = { ...value, apiVersion: resource.apiVersion, kind: resource.kind };
  return isKubeObject(object) ? object : undefined;
}

/** Freezes a JSON value through and through, so that a cache can share it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
