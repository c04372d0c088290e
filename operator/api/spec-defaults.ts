import { isDeepStrictEqual } from "node:util";
import { isStageDependent, specJsonSchema } from "./crd.ts";
import { isNullable } from "./structural-schema.ts";
import { isTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

const schema = specJsonSchema();

/**
 * A spec without everything that means nothing: values equal to their static default, in list entries and maps too, empty maps,
 * and empty lists. A value that some stage would replace stays: "none" written down is not the same as nothing said.
 */
export function withoutSpecDefaults(spec: Tree): Tree {
  const stripped = strip(spec, schema, "spec");
  return isTree(stripped) ? stripped : {};
}

function strip(value: unknown, of: unknown, path: string): unknown {
  if (!isTree(of) || of["x-kubernetes-preserve-unknown-fields"] === true) return value;
  if (Array.isArray(value)) return value.map((entry) => strip(entry, of["items"], `${path}[]`));
  return isTree(value) ? stripFields(value, of, path) : value;
}

function stripFields(fields: Tree, of: Tree, path: string): Tree {
  const { properties, additionalProperties } = of;
  const kept = Object.entries(fields).flatMap(([name, value]) => {
    const child = isTree(properties) && properties[name] !== undefined ? properties[name] : additionalProperties;
    const stripped = strip(value, child, `${path}.${name}`);
    return meansNothing(stripped, child, `${path}.${name}`) ? [] : [[name, stripped] as const];
  });
  return Object.fromEntries(kept);
}

/** Fields of one component that replace those of the app: an empty one is not the same as none. */
const replacing = /^spec\.(?:web|workers\[\]|schedules\[\]|migration)\.scheduling\.\w+$/u;

function meansNothing(value: unknown, of: unknown, path: string): boolean {
  // The API server fills in the default for null too, but where null is a value of its own.
  if (value === undefined || value === null) return value === undefined || !isNullable(of);
  if (replacing.test(path)) return false;
  if (isTree(value)) return Object.keys(value).length === 0;
  if (!path.includes("[]") && isStageDependent(path)) return false;
  const fallback = isTree(of) ? of["default"] : undefined;
  if (fallback !== undefined) return isDeepStrictEqual(value, fallback);
  return Array.isArray(value) && value.length === 0;
}
