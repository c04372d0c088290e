import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences, hashObject, isSubset } from "./diff.ts";

describe("isSubset", () => {
  test.each([
    ["a default the API server added", { spec: { replicas: 2 } }, { spec: { replicas: 2, paused: false } }],
    [
      "quantities by value",
      { resources: { limits: { cpu: "1000m", memory: "1024Mi" } } },
      { resources: { limits: { cpu: "1", memory: "1Gi" } } },
    ],
    ["a quantity written as a number", { requests: { cpu: 1 } }, { requests: { cpu: "1" } }],
    ["a fraction as the API server writes it", { tolerance: "0.5714" }, { tolerance: "571400u" }],
    ["int-or-string", { port: 80, maxUnavailable: "1" }, { port: "80", maxUnavailable: 1 }],
    ["empty map, list and null in the intention", { a: {}, b: [], c: null, d: undefined }, {}],
    ["a map of empties that is not stored at all", { securityContext: { capabilities: {} } }, {}],
    ["false and empty text that are omitted", { tty: false, subPath: "" }, {}],
    [
      "a keyed list in another order, with others' elements",
      { env: [{ name: "A", value: "1" }] },
      { env: [{ name: "B" }, { name: "A", value: "1" }] },
    ],
    [
      "ports by containerPort with a defaulted protocol",
      { ports: [{ containerPort: 80 }, { containerPort: 81 }] },
      {
        ports: [
          { containerPort: 81, protocol: "TCP" },
          { containerPort: 80, protocol: "TCP" },
        ],
      },
    ],
    [
      "one port number under two protocols",
      { ports: [{ port: 53, protocol: "UDP" }, { port: 53 }] },
      {
        ports: [
          { port: 53, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
    ],
    ["scalar lists", { args: ["a", "b"] }, { args: ["a", "b"] }],
  ])("holds for %s", (_what, intended, live) => {
    expect(differences(intended, live)).toEqual([]);
  });

  test.each([
    ["a changed field", { spec: { replicas: 2 } }, { spec: { replicas: 3 } }, ["spec.replicas"]],
    ["a missing field", { metadata: { labels: { a: "1" } } }, { metadata: {} }, ["metadata.labels"]],
    ["zero where nothing is stored", { minReadySeconds: 0 }, {}, ["minReadySeconds"]],
    ["true where nothing is stored", { readOnly: true }, {}, ["readOnly"]],
    ["an element that is gone", { env: [{ name: "A", value: "1" }] }, { env: [{ name: "B", value: "1" }] }, ["env[name=A]"]],
    ["a changed element", { env: [{ name: "A", value: "1" }] }, { env: [{ name: "A", value: "2" }] }, ["env[name=A].value"]],
    [
      "an env value that only looks like a quantity",
      { env: [{ name: "A", value: "1000m" }] },
      { env: [{ name: "A", value: "1" }] },
      ["env[name=A].value"],
    ],
    ["a longer scalar list", { args: ["a"] }, { args: ["a", "b"] }, ["args"]],
    ["another order of a scalar list", { args: ["a", "b"] }, { args: ["b", "a"] }, ["args[0]", "args[1]"]],
    ["another type", { data: { a: "1" } }, { data: ["1"] }, ["data"]],
    ["a memory limit", { limits: { memory: "1Gi" } }, { limits: { memory: "1G" } }, ["limits.memory"]],
    ["an inherited property", { toString: "x" }, {}, ["toString"]],
  ])("does not hold for %s", (_what, intended, live, paths) => {
    expect(differences(intended, live)).toEqual(paths);
    expect(isSubset(intended, live)).toBe(false);
  });

  test("an entry that somebody added counts only where lists are owned as a whole", () => {
    const rules = (...names: readonly string[]) => ({ spec: { rules: [{ backendRefs: names.map((name) => ({ name })) }] } });
    expect(differences(rules("web"), rules("web", "other"))).toEqual([]);
    expect(differences(rules("web"), rules("web", "other"), { atomicLists: true })).toEqual(["spec.rules[0].backendRefs"]);
    expect(differences(rules("web"), rules("web"), { atomicLists: true })).toEqual([]);
  });

  test("elements whose key is not unique are compared by index", () => {
    const twice = [
      { ip: "10.0.0.1", hostnames: ["a"] },
      { ip: "10.0.0.1", hostnames: ["b"] },
    ];
    expect(isSubset({ hostAliases: twice }, { hostAliases: twice })).toBe(true);
    expect(differences({ hostAliases: twice }, { hostAliases: twice.toReversed() })).not.toEqual([]);
  });

  test("the number of named differences is bounded", () => {
    const intended = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, index]));
    expect(differences(intended, {}, { limit: 4 })).toHaveLength(4);
  });
});

const json = fc.jsonValue({ maxDepth: 4 });

describe("properties", () => {
  test("every value is a subset of itself, and of itself with more fields", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (value, extra) => {
        expect(differences(value, value)).toEqual([]);
        expect(differences(value, { ...extra, ...value })).toEqual([]);
      }),
    );
  });

  test("a changed leaf is always found", () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), leaf, (path, value) => {
        const wrap = (inner: unknown): unknown => path.reduceRight<unknown>((below, name) => Object.fromEntries([[name, below]]), inner);
        expect(isSubset(wrap(value), wrap("another value"))).toBe(value === "another value");
      }),
    );
  });

  test("the hash does not depend on the order of keys, and does on every value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), fc.integer(), (value, number) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(hashObject(reversed)).toBe(hashObject(value));
        expect(hashObject({ ...value, "a new key": number })).not.toBe(hashObject({ ...value, "a new key": number + 1 }));
      }),
    );
    expect(hashObject({ a: undefined })).toBe(hashObject({}));
    expect(hashObject({ a: 1 })).toMatch(/^[0-9a-f]{16}$/);
  });
});
