import { expect, test } from "vitest";
import { specJsonSchema } from "./crd.ts";
import { parseScalableApp } from "./parse.ts";
import { FULL_SPEC } from "./testdata/valid-manifests.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { readTree } from "../base/read.ts";

/** Every way down the schema, in objects, lists and maps. */
function pathsBelow(schema: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (!isTree(schema)) return [];
  const { properties, items, additionalProperties } = schema;
  return [
    path,
    ...Object.entries(readTree(properties)).flatMap(([name, child]) => pathsBelow(child, [...path, name])),
    ...pathsBelow(items, [...path, "[]"]),
    ...pathsBelow(additionalProperties, [...path, "some"]),
  ];
}

/** The value with another one at a path; what is missing on the way is made. */
function withValue(given: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (head === "[]") {
    const entries: readonly unknown[] = Array.isArray(given) && given.length > 0 ? given : [undefined];
    return entries.map((entry, index) => (index === 0 ? withValue(entry, rest, value) : entry));
  }
  const fields: Tree = readTree(given);
  return { ...fields, [head]: withValue(fields[head], rest, value) };
}

/** One way to each kind of field: what has the same last three names is the same part of the schema. */
const paths = [...new Map(pathsBelow(specJsonSchema(), []).map((path) => [path.slice(-3).join("."), path])).values()].filter(
  ({ length }) => length > 0,
);
const wrong = [-1, 0.5, true, "", "a b", "x".repeat(400), [7], { "a b": 1 }, { nope: null }];
const raw = /\b(Invalid|expected|received|Too (big|small)|Unrecognized|undefined|NaN|\[object)\b/u;

test("no wrong value throws, or is named in words of a library", () => {
  expect(paths.length).toBeGreaterThan(200);
  const said = new Set<string>();
  for (const path of paths) {
    for (const value of wrong) {
      const result = parseScalableApp({ metadata: { name: "shop" }, spec: withValue(FULL_SPEC, path, value) });
      for (const { path: field, message } of result.ok ? [] : result.problems) {
        if (raw.test(message) || !field.startsWith("spec")) said.add(`${field} ${message}`);
      }
    }
  }
  expect([...said]).toEqual([]);
});
