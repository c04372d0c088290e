import { isNullable } from "./structural-schema.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";

/**
 * A value without the fields that are null, as the API server stores it: null means "not given" for a field that the schema names, unless it
 * is a value of its own there.
 * Entries of lists and maps keep it, which kubectl refuses, and so does what the schema leaves open (overlays).
 */
export function withoutNulls(value: unknown, schema: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutNulls(entry, isTree(schema) ? schema["items"] : undefined));
  return isTree(value) ? fieldsWithoutNulls(value, schema) : value;
}

function fieldsWithoutNulls(fields: Tree, schema: unknown): Tree {
  const kept = Object.entries(fields).flatMap(([name, value]) =>
    value === null && isNamed(schema, name) && !isNullable(schemaOfField(schema, name))
      ? []
      : [[name, withoutNulls(value, schemaOfField(schema, name))] as const],
  );
  return Object.fromEntries(kept);
}

function isNamed(schema: unknown, name: string): boolean {
  const properties = read(schema, "properties");
  return isTree(properties) && Object.hasOwn(properties, name);
}

/** The schema of a field of an object: its own, or that of every entry of a map; undefined where the schema leaves it open. */
export function schemaOfField(schema: unknown, name: string): unknown {
  if (!isTree(schema) || schema["x-kubernetes-preserve-unknown-fields"] === true) return undefined;
  const { properties, additionalProperties } = schema;
  return isTree(properties) && Object.hasOwn(properties, name)
    ? properties[name]
    : isTree(additionalProperties)
      ? additionalProperties
      : undefined;
}
