import { specJsonSchema } from "./crd.ts";
import { formatPath } from "./problem.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";

const schema = specJsonSchema();

/** A spec, and what of it this version does not know. */
export interface KnownSpec {
  /** The spec without the unknown fields. */
  readonly spec: unknown;
  /** Such as "spec.web.turbo" or "spec.workers[0].turbo". */
  readonly unknown: readonly string[];
}

/**
 * Takes out of a live spec what this version does not know: the API server has accepted it, so the CRD is newer than this operator, as in
 * the middle of an upgrade or after a downgrade.
 */
export function withoutUnknownFields(spec: unknown): KnownSpec {
  const unknown: (readonly PropertyKey[])[] = [];
  const known = walk(spec, schema, { at: [], unknown });
  return { spec: known, unknown: unknown.map((path) => formatPath("spec", path)) };
}

interface Walk {
  readonly at: readonly PropertyKey[];
  readonly unknown: (readonly PropertyKey[])[];
}

function walk(value: unknown, of: unknown, { at, unknown }: Walk): unknown {
  if (!isTree(of) || of["x-kubernetes-preserve-unknown-fields"] === true) return value;
  const inner = (key: PropertyKey) => ({ at: [...at, key], unknown });
  if (Array.isArray(value)) return value.map((entry, index) => walk(entry, of["items"], inner(index)));
  if (!isTree(value)) return value;
  const { properties, additionalProperties } = of;
  const entries = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    const child = isTree(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (isTree(child)) return [[name, walk(field, child, inner(name))]];
    unknown.push([...at, name]);
    return [];
  });
  return Object.fromEntries(entries);
}

/** The fields of a live spec that this version does not know. */
export function unknownFields(rawSpec: unknown): readonly string[] {
  return withoutUnknownFields(rawSpec).unknown;
}

/** A live object as this version understands it. */
export function withKnownFields(raw: Tree): Tree {
  return { ...raw, spec: withoutUnknownFields(raw["spec"]).spec };
}
