import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { mergeStrategic } from "./strategic-merge.ts";

const base: Tree = {
  dnsPolicy: "Default",
  nodeSelector: { a: "1", b: "2" },
  tolerations: [{ key: "gpu" }],
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
  containers: [
    {
      name: "app",
      args: ["serve"],
      ports: [{ name: "http", containerPort: 8080 }],
      volumeMounts: [
        { name: "data", mountPath: "/a" },
        { name: "data", mountPath: "/b" },
      ],
    },
    { name: "proxy", image: "proxy:1" },
  ],
};

const app = (rest: Tree) => ({ containers: [{ name: "app", ...rest }] });
const [appContainer, proxy] = base["containers"] as [Tree, Tree];
const withApp = (rest: Tree) => ({ ...base, containers: [{ ...appContainer, ...rest }, proxy] });

describe("a strategic merge patch", () => {
  test.each<[string, Tree, Tree]>([
    ["merges maps", { nodeSelector: { b: "3", c: "4" } }, { ...base, nodeSelector: { a: "1", b: "3", c: "4" } }],
    ["removes by null", { dnsPolicy: null, nodeSelector: { a: null } }, without({ ...base, nodeSelector: { b: "2" } }, "dnsPolicy")],
    [
      "keeps no null in what it adds",
      { affinity: { podAffinity: null, nodeAffinity: { x: 1 } } },
      { ...base, affinity: { nodeAffinity: { x: 1 } } },
    ],
    [
      "replaces an atomic list, though its entries have a key",
      { tolerations: [{ key: "spot" }] },
      { ...base, tolerations: [{ key: "spot" }] },
    ],
    ["replaces arguments", app({ args: ["work"] }), withApp({ args: ["work"] })],
    [
      "merges hosts by ip",
      { hostAliases: [{ ip: "10.0.0.1", hostnames: ["b"] }, { ip: "10.0.0.2" }] },
      { ...base, hostAliases: [{ ip: "10.0.0.1", hostnames: ["b"] }, { ip: "10.0.0.2" }] },
    ],
    [
      "merges ports by containerPort, not by name",
      app({
        ports: [
          { containerPort: 8080, hostPort: 1 },
          { name: "http", containerPort: 9090 },
        ],
      }),
      withApp({
        ports: [
          { name: "http", containerPort: 8080, hostPort: 1 },
          { name: "http", containerPort: 9090 },
        ],
      }),
    ],
    [
      "merges mounts by mountPath, not by name",
      app({
        volumeMounts: [
          { name: "other", mountPath: "/b" },
          { name: "data", mountPath: "/c" },
        ],
      }),
      withApp({
        volumeMounts: [
          { name: "data", mountPath: "/a" },
          { name: "other", mountPath: "/b" },
          { name: "data", mountPath: "/c" },
        ],
      }),
    ],
    ["deletes an entry", { containers: [{ name: "proxy", $patch: "delete" }] }, { ...base, containers: [appContainer] }],
    ["deletes an entry that is not there", { containers: [{ name: "none", $patch: "delete" }] }, base],
    ["replaces an entry's map", app({ securityContext: { $patch: "replace", x: 1 } }), withApp({ securityContext: { x: 1 } })],
    ["replaces a list", { containers: [{ $patch: "replace" }, { name: "only" }] }, { ...base, containers: [{ name: "only" }] }],
    ["replaces a map", { nodeSelector: { $patch: "replace", c: "3" } }, { ...base, nodeSelector: { c: "3" } }],
    ["empties a map", { nodeSelector: { $patch: "delete" } }, { ...base, nodeSelector: {} }],
    ["merges where it says so", { nodeSelector: { $patch: "merge", c: "3" } }, { ...base, nodeSelector: { a: "1", b: "2", c: "3" } }],
    ["retains keys", { nodeSelector: { $retainKeys: ["b", "c"], c: "3" } }, { ...base, nodeSelector: { b: "2", c: "3" } }],
    [
      "orders entries",
      { "$setElementOrder/containers": [{ name: "proxy" }, { name: "app" }] },
      { ...base, containers: [proxy, appContainer] },
    ],
    [
      "takes plain values out of a list",
      { containers: [{ name: "app", "$deleteFromPrimitiveList/args": ["serve"] }] },
      withApp({ args: [] }),
    ],
  ])("%s", (_what, patch, expected) => {
    expect(mergeStrategic(base, patch)).toEqual(expected);
  });

  test.each<[string, Readonly<Record<"given" | "patch" | "expected", Tree>>]>([
    ["livenessProbe", { given: { httpGet: { port: 1 }, periodSeconds: 5 }, patch: { exec: {} }, expected: { exec: {}, periodSeconds: 5 } }],
    [
      "livenessProbe",
      { given: { httpGet: { port: 1, path: "/" } }, patch: { httpGet: { port: 2 } }, expected: { httpGet: { port: 2, path: "/" } } },
    ],
    ["preStop", { given: { sleep: { seconds: 5 } }, patch: { exec: {} }, expected: { exec: {} } }],
    ["strategy", { given: { type: "RollingUpdate", rollingUpdate: {} }, patch: { type: "Recreate" }, expected: { type: "Recreate" } }],
    [
      "valueFrom",
      { given: { secretKeyRef: { key: "a" } }, patch: { configMapKeyRef: { key: "b" } }, expected: { configMapKeyRef: { key: "b" } } },
    ],
    [
      "resources",
      { given: { limits: { cpu: 1 } }, patch: { requests: { cpu: 1 } }, expected: { limits: { cpu: 1 }, requests: { cpu: 1 } } },
    ],
  ])("keeps one of the fields of %s of which only one may stand, and all others", (field, { given, patch, expected }) => {
    expect(mergeStrategic({ [field]: given }, { [field]: patch })).toEqual({ [field]: expected });
  });
});

function without(tree: Tree, key: string): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => name !== key));
}
