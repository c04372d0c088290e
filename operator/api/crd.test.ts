import { describe, expect, test } from "vitest";
import { buildCrd, specJsonSchema, statusJsonSchema } from "./crd.ts";
import { toStructuralSchema } from "./structural-schema.ts";
import type { Tree } from "../base/tree.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";

interface Node {
  readonly path: string;
  readonly schema: Tree;
}

const version = read(buildCrd(), "spec", "versions");
const root = Array.isArray(version) ? read(version[0], "schema", "openAPIV3Schema") : undefined;

function nodesBelow(path: string, schema: unknown): readonly Node[] {
  if (!isTree(schema)) {
    return [];
  }
  const properties = isTree(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  return [
    { path, schema },
    ...properties.flatMap(([name, child]) => nodesBelow(`${path}.${name}`, child)),
    ...nodesBelow(`${path}[]`, schema["items"]),
    ...nodesBelow(`${path}.*`, schema["additionalProperties"]),
  ];
}

const nodes = [...nodesBelow("spec", read(root, "properties", "spec")), ...nodesBelow("status", read(root, "properties", "status"))];

function pathsWhere(predicate: (schema: Tree) => boolean): readonly string[] {
  return nodes.filter(({ schema }) => predicate(schema)).map(({ path }) => path);
}

function node(path: string): Tree {
  return nodes.find((each) => each.path === path)?.schema ?? {};
}

function isField(path: string): boolean {
  return !path.endsWith("[]") && !path.endsWith(".*");
}

function isUnbounded(schema: Tree): boolean {
  return (
    (schema["type"] === "integer" || schema["type"] === "number") && (schema["minimum"] === undefined || schema["maximum"] === undefined)
  );
}

describe("every field", () => {
  // The API server fills it into each entry, and GitOps tools see an entry that differs from Git.
  test("within a list has no default", () => {
    expect(pathsWhere((schema) => schema["default"] !== undefined).filter((path) => path.includes("[]"))).toEqual([]);
  });

  test("has a description", () => {
    expect(nodes.filter(({ path, schema }) => isField(path) && typeof schema["description"] !== "string").map(({ path }) => path)).toEqual(
      [],
    );
  });

  test("that is text has a longest length or a list of words", () => {
    expect(
      pathsWhere((schema) => schema["type"] === "string" && schema["maxLength"] === undefined && schema["enum"] === undefined),
    ).toEqual([]);
  });

  test("that is a list has a longest length", () => {
    expect(pathsWhere((schema) => schema["type"] === "array" && schema["maxItems"] === undefined)).toEqual([]);
  });

  test("that is a map has a largest size", () => {
    expect(pathsWhere((schema) => schema["additionalProperties"] !== undefined && schema["maxProperties"] === undefined)).toEqual([]);
  });

  test("that is a number of the spec has both bounds, but for limits of queries", () => {
    expect(pathsWhere(isUnbounded).filter((path) => path.startsWith("spec") && !/queries\[\]\.(min|max)$/.test(path))).toEqual([]);
  });

  test("is distinguished by its key in lists of objects that have one", () => {
    expect(node("spec.workers")["x-kubernetes-list-map-keys"]).toEqual(["name"]);
    expect(node("spec.files")["x-kubernetes-list-map-keys"]).toEqual(["path"]);
    expect(node("status.conditions")["x-kubernetes-list-map-keys"]).toEqual(["type"]);
  });
});

describe("defaults", () => {
  test("that a stage fills in otherwise, or a later version may, are left to the parser", () => {
    expect(node("spec.web.autoscaling.minReplicas")["default"]).toBeUndefined();
    expect(node("spec.web.autoscaling.predictive.enabled")["default"]).toBeUndefined();
    expect(node("spec.postgres.pooler.mode")["default"]).toBeUndefined();
  });

  test("that never change stand in the CRD", () => {
    expect(node("spec.web.port")["default"]).toBe(8080);
    expect(node("spec.web.autoscaling.cpu.scaleOutAbovePercent")["default"]).toBe(70);
  });

  test("are never whole blocks but that of a status that nobody wrote yet, nor inside lists", () => {
    expect(pathsWhere((schema) => typeof schema["default"] === "object")).toEqual(["status"]);
    expect(nodes.filter(({ path, schema }) => path.includes("[]") && schema["default"] !== undefined).map(({ path }) => path)).toEqual([]);
  });
});

test("a union that no CRD can express is refused at once", () => {
  expect(() => toStructuralSchema({ anyOf: [{ type: "string" }, { type: "boolean" }] }, "spec.a", () => true)).toThrow(
    "must be marked intOrString",
  );
});

test("the printer shows readiness and the release", () => {
  const columns = Array.isArray(version) ? read(version[0], "additionalPrinterColumns") : [];
  expect(Array.isArray(columns) ? columns.map((column) => read(column, "name")) : []).toEqual([
    "Stage",
    "Ready",
    "Release",
    "Phase",
    "Candidate",
    "Weight",
    "Replicas",
    "Connections",
    "Age",
    "Message",
    "Step",
    "Progress",
    "Image",
  ]);
});

test("the JSON schemas hold the defaults of whole blocks too", () => {
  expect(read(specJsonSchema(), "properties", "scratch", "default")).toEqual(["/tmp"]);
  expect(read(statusJsonSchema(), "properties", "conditions", "type")).toBe("array");
});
