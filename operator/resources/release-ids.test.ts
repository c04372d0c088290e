import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { isStageDependent, specJsonSchema } from "../api/crd.ts";
import { FROZEN_DEFAULTS, FROZEN_EMPTY_LISTS } from "../api/frozen-defaults.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { expectGolden } from "../testing/golden.ts";
import { releaseInputs } from "./release-inputs.ts";
import { computeRevision } from "./revision.ts";
import { readTree } from "../base/read.ts";

const root = new URL("../../", import.meta.url);

/** Every manifest of which the project keeps a rendered twin. */
function manifests(): readonly string[] {
  const examples = readdirSync(new URL("examples", root)).map((name) => `examples/${name}/app.yaml`);
  const testdata = "operator/resources/testdata";
  const full = readdirSync(new URL(testdata, root)).filter((name) => name.endsWith(".app.yaml"));
  return [...examples, ...full.map((name) => `${testdata}/${name}`)].filter((path) => existsSync(new URL(path, root))).toSorted();
}

function specOf(path: string): Tree {
  const object: unknown = parse(readFileSync(new URL(path, root), "utf8"));
  if (!isTree(object) || !isTree(object["spec"])) throw new Error(`${path} is no ScalableApp`);
  return object["spec"];
}

/** Every path below spec that can stand in a release's id, with its static default and whether it is a list. */
function idFields(): ReadonlyMap<string, { readonly fallback: unknown; readonly isList: boolean }> {
  const found = new Map<string, { fallback: unknown; isList: boolean }>();
  walkSchema(specJsonSchema(), "", (path, schema) => {
    const probe = JSON.stringify(releaseInputs(withNeeds(path, nest(path.split("."), "probe"))));
    if (probe.includes('"probe"')) found.set(path, { fallback: schema["default"], isList: schema["type"] === "array" });
  });
  return found;
}

/** The keys of a Redis' parts count only beside its URL. */
function withNeeds(path: string, spec: Tree): Tree {
  const server = /^redis\.(?<name>cache|queue)\.partsFrom/u.exec(path)?.groups?.["name"];
  const given = isTree(spec["redis"]) && server !== undefined ? spec["redis"][server] : undefined;
  return server !== undefined && isTree(given) ? { redis: { [server]: { ...given, urlFrom: {} } } } : spec;
}

function walkSchema(schema: unknown, path: string, visit: (path: string, schema: Tree) => void): void {
  if (!isTree(schema)) return;
  if (path !== "") visit(path, schema);
  const { properties, items, additionalProperties } = schema;
  for (const [name, child] of Object.entries(readTree(properties))) walkSchema(child, path === "" ? name : `${path}.${name}`, visit);
  walkSchema(items, `${path}[]`, visit);
  walkSchema(additionalProperties, `${path}.*`, visit);
}

function nest([head = "", ...rest]: readonly string[], value: unknown): Tree {
  const inner = rest.length === 0 ? value : nest(rest, value);
  return head.endsWith("[]") ? { [head.slice(0, -2)]: [inner] } : { [head === "*" ? "any" : head]: inner };
}

function isByStage(path: string): boolean {
  return !path.includes("[]") && isStageDependent(`spec.${path}`);
}

function isFilled(fallback: unknown): boolean {
  return fallback !== undefined && (Array.isArray(fallback) ? fallback.length > 0 : !isTree(fallback));
}

describe("the id of a release never changes by a version of the operator or of the CRD", () => {
  test("of every example, and of the full manifests: a line whose manifest is the same must stay the same for ever", () => {
    const lines = manifests().map((path) => `${computeRevision(specOf(path), {})} ${path}`);
    expect(lines.length).toBeGreaterThanOrEqual(12);
    expectGolden(new URL("testdata/release-ids.golden", import.meta.url), `${lines.join("\n")}\n`);
  });

  test("the defaults of fields that pods are made of are the frozen ones, so a changed default needs a new served version", () => {
    const defaults = [...idFields()].filter(([path, { fallback }]) => isFilled(fallback) && !isByStage(path));
    expect(defaults.length).toBeGreaterThan(20);
    expect(Object.fromEntries(defaults.map(([path, { fallback }]) => [path, fallback]))).toEqual(FROZEN_DEFAULTS);
  });

  test("the lists that some stage fills in are the frozen ones", () => {
    const lists = [...idFields()].filter(([path, { isList }]) => isList && isByStage(path)).map(([path]) => path);
    expect(lists).toEqual(FROZEN_EMPTY_LISTS);
  });

  test("a stored default of yesterday, which stands there like a user's word, is no part of it", () => {
    const app = { image: "shop:1", workers: [{ name: "orders", command: ["work"] }] };
    for (const [path, fallback] of Object.entries(FROZEN_DEFAULTS).filter(([at]) => !at.includes("[]"))) {
      const idOf = (value: unknown) => computeRevision({ ...app, ...withNeeds(path, nest(path.split("."), value)) }, {});
      expect(idOf(fallback), path).toBe(path.startsWith("redis") ? idOf(undefined) : computeRevision(app, {}));
    }
  });

  test.each([
    ["a field of a newer CRD", { turbo: true }],
    ["one within a component", { web: { turbo: { level: 11 } } }],
    ["one within an entry", { workers: [{ name: "orders", command: ["work"], turbo: 1 }] }],
  ])("%s that this version does not know is no part of it", (_what, spec) => {
    const app = { image: "shop:1", workers: [{ name: "orders", command: ["work"] }] };
    expect(computeRevision({ ...app, ...spec }, {})).toBe(computeRevision(app, {}));
  });
});

describe("what can be changed freely, its default too", () => {
  test("nothing of the rollout is part of the id: not the analysis, and no default of it", () => {
    const paths = [...idFields().keys()];
    expect(paths.filter((path) => path.startsWith("rollout"))).toEqual([]);
    const analysis = { minRequests: 7, errorRatePercent: 3, intervalSeconds: 11, failureLimit: 4, enabled: false };
    expect(computeRevision({ image: "shop:1", rollout: { strategy: "canary", bakeSeconds: 3, canary: { analysis } } }, {})).toBe(
      computeRevision({ image: "shop:1" }, {}),
    );
  });

  test.each([
    "routing",
    "slos",
    "monitoring",
    "networkPolicy",
    "disruption",
    "suspend",
    "deletionPolicy",
    "web.autoscaling",
    "web.replicas",
    "web.metrics",
  ])("nor is %s", (field) => {
    expect([...idFields().keys()].filter((path) => path === field || path.startsWith(`${field}.`))).toEqual([]);
  });
});
