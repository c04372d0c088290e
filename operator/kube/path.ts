import type { Resource } from "../base/object.ts";

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of a collection: all namespaces when the namespace is undefined. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const root = resource.apiVersion.includes("/") ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : "";
  return `${root}${scope}/${resource.plural}`;
}

/** The path of one object, or of its subresource. */
export function objectPath(resource: Resource, namespace: string | undefined, name: string, subresource?: string): string {
  if (resource.namespaced && namespace === undefined) throw new Error(`a ${resource.kind} lives in a namespace: give one`);
  const path = `${collectionPath(resource, namespace)}/${segment(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The path with a query string. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

// "." and ".." are not escaped by encodeURIComponent and would climb to another path of the API.
function segment(value: string): string {
  if (value === "" || value === "." || value === "..") throw new Error(`"${value}" is not the name of a Kubernetes object`);
  return encodeURIComponent(value);
}
