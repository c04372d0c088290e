import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differences, isSubset } from "./diff.ts";

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
      "ports of a container by containerPort, with a defaulted protocol",
      { containers: [{ name: "app", ports: [{ containerPort: 80 }, { containerPort: 81 }] }] },
      {
        containers: [
          {
            name: "app",
            ports: [
              { containerPort: 81, protocol: "TCP" },
              { containerPort: 80, protocol: "TCP" },
            ],
          },
        ],
      },
    ],
    [
      "one port number of a Service under two protocols",
      { spec: { ports: [{ port: 53, protocol: "UDP" }, { port: 53 }] } },
      {
        spec: {
          ports: [
            { port: 53, protocol: "TCP" },
            { port: 53, protocol: "UDP" },
          ],
        },
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

/** A Deployment with one field of its pods. */
function pods(spec: object): object {
  return { spec: { template: { spec } } };
}

const app = (rest: object) => ({ containers: [{ name: "app", ...rest }] });
const toleration = { key: "gpu", operator: "Exists", effect: "NoSchedule" };
const spread = { topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "shop" } } };
const zone = { key: "zone", operator: "In", values: ["a", "b"] };
const nodes = (...expressions: object[]) => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] } },
  },
});
const near = (term: object) => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });

describe("what somebody did to a list or map that is ours as a whole", () => {
  test.each<[string, object, object, string]>([
    ["added a toleration", { tolerations: [toleration] }, { tolerations: [toleration, { key: "spot" }] }, "tolerations"],
    ["added one of the same key", { tolerations: [toleration] }, { tolerations: [toleration, toleration] }, "tolerations"],
    ["removed a toleration", { tolerations: [toleration, { key: "spot" }] }, { tolerations: [toleration] }, "tolerations"],
    [
      "changed a toleration",
      { tolerations: [toleration] },
      { tolerations: [{ ...toleration, effect: "NoExecute" }] },
      "tolerations[0].effect",
    ],
    [
      "widened a toleration",
      { tolerations: [{ key: "gpu" }] },
      { tolerations: [{ key: "gpu", tolerationSeconds: 0 }] },
      "tolerations[0].tolerationSeconds",
    ],
    ["added an argument", app({ args: ["a"] }), app({ args: ["a", "b"] }), "containers[name=app].args"],
    ["removed an argument", app({ command: ["a", "b"] }), app({ command: ["a"] }), "containers[name=app].command"],
    [
      "added a source of variables",
      app({ envFrom: [{ secretRef: { name: "a" } }] }),
      app({ envFrom: [{ secretRef: { name: "a" } }, { secretRef: { name: "b" } }] }),
      "containers[name=app].envFrom",
    ],
    [
      "made a source of variables optional",
      app({ envFrom: [{ secretRef: { name: "a" } }] }),
      app({ envFrom: [{ secretRef: { name: "a", optional: true } }] }),
      "containers[name=app].envFrom[0].secretRef.optional",
    ],
    [
      "added an expression",
      nodes(zone),
      nodes(zone, { key: "disk", operator: "Exists" }),
      "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions",
    ],
    [
      "added a value",
      nodes(zone),
      nodes({ ...zone, values: ["a", "b", "c"] }),
      "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values",
    ],
    [
      "narrowed a term",
      near({ topologyKey: "host" }),
      near({ topologyKey: "host", namespaces: ["x"] }),
      "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespaces",
    ],
    [
      "added a label to a selector",
      { topologySpreadConstraints: [spread] },
      { topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: { app: "shop", tier: "x" } } }] },
      "topologySpreadConstraints[topologyKey=zone/DoNotSchedule].labelSelector.matchLabels.tier",
    ],
    [
      "added an expression to a selector",
      { topologySpreadConstraints: [spread] },
      { topologySpreadConstraints: [{ ...spread, labelSelector: { ...spread.labelSelector, matchExpressions: [zone] } }] },
      "topologySpreadConstraints[topologyKey=zone/DoNotSchedule].labelSelector.matchExpressions",
    ],
    ["added a node label", { nodeSelector: { a: "1" } }, { nodeSelector: { a: "1", b: "2" } }, "nodeSelector.b"],
    [
      "dropped a capability",
      app({ securityContext: { capabilities: { drop: ["ALL"] } } }),
      app({ securityContext: { capabilities: { drop: ["ALL", "X"] } } }),
      "containers[name=app].securityContext.capabilities.drop",
    ],
    [
      "added a source of a volume",
      { volumes: [{ name: "a", projected: { sources: [{ secret: { name: "s" } }] } }] },
      { volumes: [{ name: "a", projected: { sources: [{ secret: { name: "s" } }, { secret: { name: "t" } }] } }] },
      "volumes[name=a].projected.sources",
    ],
  ])("%s: it is seen", (_what, intended, live, path) => {
    expect(differences(pods(intended), pods(live))).toEqual([`spec.template.spec.${path}`]);
    expect(differences(pods(intended), pods(intended))).toEqual([]);
  });

  test.each<[string, object, object, string[]]>([
    [
      "a label in a Service's selector",
      { spec: { selector: { a: "1" } } },
      { spec: { selector: { a: "1", b: "2" } } },
      ["spec.selector.b"],
    ],
    [
      "a backend of a route",
      { spec: { rules: [{ backendRefs: [{ name: "web" }] }] } },
      { spec: { rules: [{ backendRefs: [{ name: "web" }, { name: "x" }] }] } },
      ["spec.rules[0].backendRefs"],
    ],
    [
      "a metric of an autoscaler",
      { spec: { metrics: [{ type: "Resource" }] } },
      { spec: { metrics: [{ type: "Resource" }, { type: "Pods" }] } },
      ["spec.metrics"],
    ],
    [
      "a pull secret of a ServiceAccount",
      { imagePullSecrets: [{ name: "a" }] },
      { imagePullSecrets: [{ name: "a" }, { name: "b" }] },
      ["imagePullSecrets"],
    ],
  ])("%s, added by somebody: it is seen", (_what, intended, live, paths) => {
    expect(differences(intended, live)).toEqual(paths);
  });
});

test("another order of an atomic list is a difference", () => {
  const [a, b] = [{ key: "a" }, { key: "b" }];
  expect(isSubset(pods({ tolerations: [a, b] }), pods({ tolerations: [b, a] }))).toBe(false);
});

describe("what others may add to lists with keys", () => {
  test.each<[string, object, object]>([
    ["a sidecar", app({}), { containers: [{ name: "proxy" }, { name: "app" }] }],
    ["an init container", { initContainers: [{ name: "a" }] }, { initContainers: [{ name: "a" }, { name: "proxy-init" }] }],
    [
      "a variable",
      app({ env: [{ name: "A", value: "1" }] }),
      app({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      }),
    ],
    [
      "a mount",
      app({ volumeMounts: [{ mountPath: "/a", name: "a" }] }),
      app({
        volumeMounts: [
          { mountPath: "/b", name: "a" },
          { mountPath: "/a", name: "a" },
        ],
      }),
    ],
    [
      "a port",
      app({ ports: [{ containerPort: 80 }] }),
      app({
        ports: [
          { containerPort: 80, protocol: "TCP" },
          { containerPort: 81, protocol: "TCP" },
        ],
      }),
    ],
    [
      "a volume",
      { volumes: [{ name: "a", emptyDir: {} }] },
      {
        volumes: [
          { name: "token", projected: {} },
          { name: "a", emptyDir: {} },
        ],
      },
    ],
    ["a pull secret of pods", { imagePullSecrets: [{ name: "a" }] }, { imagePullSecrets: [{ name: "a" }, { name: "b" }] }],
    ["a constraint", { topologySpreadConstraints: [spread] }, { topologySpreadConstraints: [{ ...spread, topologyKey: "host" }, spread] }],
    ["a host", { hostAliases: [{ ip: "10.0.0.1" }] }, { hostAliases: [{ ip: "10.0.0.2" }, { ip: "10.0.0.1" }] }],
  ])("%s: it is left alone", (_what, intended, live) => {
    expect(differences(pods(intended), pods(live))).toEqual([]);
  });

  test.each<[string, object, object]>([
    [
      "a mode of a volume's claim",
      { volumeClaimTemplates: [{ metadata: { name: "data" } }] },
      { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { volumeMode: "Filesystem" } }] },
    ],
    [
      "the age of a token",
      { sources: [{ serviceAccountToken: { path: "t" } }] },
      { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 3600 } }] },
    ],
    [
      "the kind of a backend",
      { rules: [{ backendRefs: [{ name: "web" }] }] },
      { rules: [{ backendRefs: [{ name: "web", kind: "Service", weight: 1 }] }] },
    ],
  ])("%s, which the API server fills into an atomic list, is no difference", (_what, intended, live) => {
    expect(differences({ spec: intended }, { spec: live })).toEqual([]);
  });

  test("a status is compared by the usual keys, for its lists may stand in another order", () => {
    const components = [{ name: "web" }, { name: "worker-a" }];
    const status = (list: object[]) => ({ components: list });
    expect(isSubset(status(components), status(components.toReversed()))).toBe(false);
    expect(isSubset(status(components), status(components.toReversed()), { keyedLists: "any" })).toBe(true);
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
});
