import type { Volume } from "../../api/pod.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import { read, readString } from "../../base/read.ts";

/** Where in the spec a container of a component comes from: "web", "workers[orders]", "sidecars[proxy]", "postgres.pooler". */
export function fieldOfContainer({ spec }: ScalableApp, component: string, container: string): string {
  if (container === "pgbouncer") return "postgres.pooler";
  if (component === "redis-cache" || component === "redis-queue") return component.replace("-", ".");
  if (container === "app") return fieldOfComponent(component);
  const hasName = ({ name }: { readonly name: string }) => name === container;
  if (spec.sidecars.some(hasName)) return `sidecars[${container}]`;
  return spec.initContainers.some(hasName) ? `initContainers[${container}]` : `container ${container} of an overlay or a webhook`;
}

/** Where in the spec a component comes from. */
export function fieldOfComponent(component: string): string {
  const [kind, name] = splitOnce(component);
  if (name === undefined) return component;
  if (kind === "worker") return `workers[${name}]`;
  return kind === "schedule" ? `schedules[${name}]` : component;
}

/** Where in the spec the claim of a shared volume is named: the operator provides those without a name. */
export function fieldOfSharedVolume({ name, claimName }: Pick<Volume, "name" | "claimName">): string {
  return `volumes[${name}]${claimName === undefined ? "" : ".claimName"}`;
}

/** The field with the image of a container; images of the operator's own come from its chart. */
export function imageFieldOf(app: ScalableApp, component: string, container: string): string {
  const { spec } = app;
  if (container === "pgbouncer") return "images.pgbouncer of the operator's chart";
  if (component.startsWith("redis-")) return "images.redis of the operator's chart";
  if (container !== "app") return `the image in ${fieldOfContainer(app, component, container)}`;
  const field = fieldOfComponent(component);
  const [kind, name] = splitOnce(component);
  const entries: readonly unknown[] = kind === "worker" ? spec.workers : kind === "schedule" ? spec.schedules : [];
  const entry = entries.find((each) => read(each, "name") === name);
  return readString(read(entry, "image")) === undefined ? "image" : `${field}.image`;
}

function splitOnce(component: string): readonly [string, string | undefined] {
  const found = /^(worker|schedule)-(.+)$/u.exec(component);
  return found ? [found[1] ?? "", found[2]] : [component, undefined];
}

/** The fields that name a key of a Secret or ConfigMap: "env[TOKEN]", "postgres.urlFrom". Copies of ConfigMaps have names of their own. */
export function fieldsNaming({ spec }: ScalableApp, kind: "Secret" | "ConfigMap", { name, key }: { name: string; key: string }): string[] {
  const property = kind === "Secret" ? "secretKeyRef" : "configMapKeyRef";
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach((entry, index) => walk(entry, `${path}[${readString(read(entry, "name")) ?? index}]`));
    const reference = read(value, property);
    if (read(reference, "key") === key && (kind === "ConfigMap" || read(reference, "name") === name)) {
      found.push(path.replace(/\.valueFrom$/u, ""));
      return;
    }
    for (const [field, inner] of Object.entries(value)) walk(inner, path === "" ? field : `${path}.${field}`);
  };
  walk(spec, "");
  return found;
}
