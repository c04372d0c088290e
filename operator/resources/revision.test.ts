import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isStageDependent, specJsonSchema } from "../api/crd.ts";
import { FULL_SPEC } from "../api/testdata/valid-manifests.ts";
import { isTree, mergeOver } from "../base/tree.ts";
import { read, readTree } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import { childrenOf, database } from "../testing/rendered.ts";
import { isReleaseScoped } from "./release.ts";
import { computeRevision } from "./revision.ts";

const spec: Tree = {
  image: "ghcr.io/acme/shop:1",
  stage: "steady",
  env: [{ name: "A", value: "a" }],
  envFrom: [{ configMapRef: { name: "shop" } }],
  web: { resources: { requests: { cpu: "1" } } },
  workers: [{ name: "orders", command: ["node", "worker.js"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }],
  migration: { command: ["node", "migrate.js"] },
  postgres: database,
  redis: { cache: { memory: "256Mi" }, queue: {} },
};
const digests = { "configmap/shop": "one", "configmap/other": "two" };

function revisionOf(changes: Tree = {}, contents: Readonly<Record<string, string>> = digests): string {
  return computeRevision({ ...spec, ...changes }, contents);
}

test("a revision is ten hexadecimal digits, and the same for the same release", () => {
  expect(revisionOf()).toMatch(/^[0-9a-f]{10}$/u);
  expect(revisionOf()).toBe(revisionOf());
});

const newReleases: readonly (readonly [string, Tree])[] = [
  ["the image", { image: "ghcr.io/acme/shop:2" }],
  ["the pull policy", { imagePullPolicy: "Always" }],
  ["a variable", { env: [{ name: "A", value: "b" }] }],
  [
    "an empty variable",
    {
      env: [
        { name: "A", value: "a" },
        { name: "B", value: "" },
      ],
    },
  ],
  [
    "the order of variables, which may use each other",
    {
      env: [
        { name: "B", value: "$(A)" },
        { name: "A", value: "a" },
      ],
    },
  ],
  ["a file", { files: [{ path: "/etc/shop", configMapRef: { name: "shop" } }] }],
  ["no scratch directory", { scratch: [] }],
  ["the web command", { web: { ...(spec["web"] as Tree), command: ["node", "other.js"] } }],
  ["the port", { web: { ...(spec["web"] as Tree), port: 3000 } }],
  ["resources", { web: { resources: { requests: { cpu: "2" } } } }],
  ["a worker's command", { workers: [{ name: "orders", command: ["node", "other.js"] }] }],
  ["a further worker", { workers: [...(spec["workers"] as unknown[]), { name: "mail", command: ["node", "mail.js"] }] }],
  ["a schedule's command", { schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "other.js"] }] }],
  ["a schedule's time", { schedules: [{ name: "report", cron: "0 4 * * *", command: ["node", "report.js"] }] }],
  ["the migration", { migration: { command: ["node", "other.js"] } }],
  ["the pooler's settings", { postgres: { ...database, pooler: { poolSize: 7 } } }],
  ["no pooler, where the stage has one", { postgres: { ...database, pooler: { mode: "none" } } }],
  ["no spread, where the stage has one", { scheduling: { spread: [] } }],
  ["the Secret of the database", { postgres: { urlFrom: { secretKeyRef: { name: "other-db", key: "url" } } } }],
  ["no cache, where the stage has one", { redis: { cache: { enabled: false }, queue: {} } }],
  ["an external cache", { redis: { cache: { urlFrom: { secretKeyRef: { name: "cache", key: "url" } } }, queue: {} } }],
  ["a sidecar", { sidecars: [{ name: "agent", image: "agent:1" }] }],
  ["an overlay of pods", { overlays: { web: { spec: { template: { spec: { dnsPolicy: "None" } } } } } }],
  ["an overlay of pods that removes", { overlays: { web: { spec: { template: { spec: { dnsPolicy: null } } } } } }],
  ["a variable of the web component", { web: { resources: { requests: { cpu: "1" } }, env: [{ name: "B", value: "b" }] } }],
  ["the web component's probes", { web: { resources: { requests: { cpu: "1" } }, health: { host: "shop.example.com" } } }],
  ["a worker's image", { workers: [{ name: "orders", command: ["node", "worker.js"], image: "acme/worker:2" }] }],
  ["a worker's variable", { workers: [{ name: "orders", command: ["node", "worker.js"], env: [{ name: "B", value: "b" }] }] }],
  ["a worker's port", { workers: [{ name: "orders", command: ["node", "worker.js"], port: 4000 }] }],
  ["a worker's scheduling", { workers: [{ name: "orders", command: ["node", "worker.js"], scheduling: { spread: [] } }] }],
  ["a schedule's image", { schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"], image: "acme/report:2" }] }],
  ["a volume", { volumes: [{ name: "uploads", claimName: "uploads", path: "/uploads" }] }],
  ["a volume that the operator provides", { volumes: [{ name: "uploads", storage: "1Gi", path: "/uploads" }] }],
  ["the size of scratch directories", { scratchSize: "2Gi" }],
  ["no user of ours", { podSecurity: { runAsUser: null } }],
  ["the components of a sidecar", { sidecars: [{ name: "agent", image: "agent:1", components: ["web"] }] }],
  ["the database's name", { postgres: { ...database, database: "orders" } }],
  ["a parameter of the URL", { postgres: { ...database, urlParameters: { schema: "a" } } }],
  ["where the parts of the URL are", { postgres: { ...database, partsFrom: { secretName: "parts" } } }],
  [
    "where the parts of an external cache are",
    { redis: { cache: { urlFrom: { secretKeyRef: { name: "cache", key: "url" } }, partsFrom: { secretName: "cache" } }, queue: {} } },
  ],
  ["a label of pods", { podMetadata: { labels: { team: "a" } } }],
];

describe("a change of these is a new release", () => {
  test.each(newReleases)("%s", (_, changes) => {
    expect(revisionOf(changes)).not.toBe(revisionOf());
  });

  test("the content of a ConfigMap that the app reads", () => {
    expect(revisionOf({}, { ...digests, "configmap/shop": "changed" })).not.toBe(revisionOf());
    expect(revisionOf({}, { "configmap/shop": "one" })).not.toBe(revisionOf());
  });

  test("each of them is another one", () => {
    expect(new Set(newReleases.map(([, changes]) => revisionOf(changes))).size).toBe(newReleases.length);
  });
});

test("a null that kubectl drops when it applies the same overlay again is no part of a release, where another handler stands beside it", () => {
  const probe = (livenessProbe: Tree) => ({ web: { spec: { template: { spec: { containers: [{ name: "app", livenessProbe }] } } } } });
  const id = (overlay: Tree) => revisionOf({ overlays: probe(overlay) });
  expect(id({ httpGet: null, tcpSocket: { port: 1 } })).toBe(id({ tcpSocket: { port: 1 } }));
  expect(id({ httpGet: null })).not.toBe(id({}));
  expect(id({ httpGet: null, tcpSocket: { port: 1 } })).not.toBe(id({ tcpSocket: { port: 2 } }));
});

const sameRelease: readonly (readonly [string, Tree])[] = [
  ["the bounds of autoscaling", { web: { autoscaling: { minReplicas: 5, maxReplicas: 9 } } }],
  ["the speed of autoscaling", { web: { autoscaling: { scaleOut: { by: 5 } } } }],
  ["a fixed number of replicas", { web: { replicas: 3 } }],
  ["the names of metrics", { web: { metrics: { path: "/other" } } }],
  ["where a worker says how busy it is", { workers: [{ name: "orders", command: ["node", "worker.js"], busy: { port: 8080 } }] }],
  ["a worker's replicas", { workers: [{ name: "orders", command: ["node", "worker.js"], replicas: 7 }] }],
  [
    "a worker's autoscaling",
    { workers: [{ name: "orders", command: ["node", "worker.js"], autoscaling: { minReplicas: 2, maxReplicas: 9 } }] },
  ],
  ["a schedule's pause", { schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"], suspend: true }] }],
  ["quiescing", { migration: { command: ["node", "migrate.js"], quiesce: true } }],
  ["the disruption budget", { disruption: { maxUnavailable: 2 } }],
  ["the pace of a rollout", { rollout: { rolling: { batch: 3 }, progressDeadlineSeconds: 900, strategy: "canary" } }],
  ["the memory of a Redis", { redis: { cache: { memory: "1Gi" }, queue: { storage: "20Gi" } } }],
  ["that a worker must never run twice", { workers: [{ name: "orders", command: ["node", "worker.js"], singleton: true }] }],
  ["the limits of a Redis", { redis: { cache: { memory: "256Mi", resources: { limits: { cpu: "1" } } } } }],
  ["an overlay of a Service", { overlays: { "web/service": { spec: { type: "LoadBalancer" } } } }],
  ["suspension", { suspend: true }],
  ["the limits of the database", { postgres: { ...database, maxConnections: 500, reservedConnections: 20 } }],
  ["an overlay of the Deployment itself", { overlays: { web: { spec: { minReadySeconds: 3 } } } }],
  ["an overlay of Redis", { overlays: { "redis-cache": { spec: { template: { spec: { dnsPolicy: "None" } } } } } }],
  ["the cloud identity", { serviceAccount: { annotations: { role: "shop" } } }],
];

describe("a change of these is the same release", () => {
  test("the time of a contract migration; its command is another one", () => {
    const id = (contract: object) => revisionOf({ migration: { command: ["migrate"], contract } });
    expect(id({ command: ["contract"], afterSeconds: 5 })).toBe(id({ command: ["contract"] }));
    expect(id({ command: ["contract", "--all"] })).not.toBe(id({ command: ["contract"] }));
  });

  test.each(sameRelease)("%s", (_, changes) => {
    expect(computeRevision(mergeOver(spec, changes), digests)).toBe(revisionOf());
  });

  test.each(sameRelease)("%s, and so its pods are the same", (_, changes) => {
    expect(podsOf(mergeOver(spec, changes))).toEqual(podsOf(spec));
  });
});

/** All that a release's pods are made of; what a schedule's pause does is no part of them. */
function podsOf(given: Tree): unknown {
  return childrenOf(given)
    .filter(isReleaseScoped)
    .map(({ role, object }) => [role, object.kind === "Deployment" ? read(object, "spec", "template") : withoutPause(object)]);
}

function withoutPause(object: Tree): unknown {
  const { suspend: _suspend, ...rest } = isTree(object["spec"]) ? object["spec"] : {};
  return [object["data"], rest];
}

interface Default {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every field of a spec that has a static default, in list entries too, at the places that exist in the spec. */
function defaultsIn(given: unknown, schema: unknown, path: readonly string[] = []): readonly Default[] {
  if (!isTree(schema)) return [];
  if (Array.isArray(given)) return given.flatMap((entry, index) => defaultsIn(entry, schema["items"], [...path, String(index)]));
  const { properties } = schema;
  if (!isTree(properties) || (given !== undefined && !isTree(given))) return [];
  return Object.entries(properties).flatMap(([name, child]) => {
    const at = [...path, name];
    const value = isTree(given) ? given[name] : undefined;
    // A block that is not there may mean something by being absent: only those with a default of their own are entered.
    if (value === undefined && isTree(child) && isTree(child["properties"]) && child["default"] === undefined) return [];
    if (isTree(child) && child["default"] !== undefined && value === undefined && !isStageDependent(["spec", ...at].join("."))) {
      return [{ path: at, value: child["default"] }, ...defaultsIn(value, child, at)];
    }
    return defaultsIn(value, child, at);
  });
}

function withValue(tree: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(tree)) return tree.map((entry, index) => (String(index) === head ? withValue(entry, rest, value) : entry));
  const fields = readTree(tree);
  return { ...fields, [head]: withValue(fields[head], rest, value) };
}

function shuffled(value: unknown, order: () => number): unknown {
  if (Array.isArray(value)) return value.map((entry) => shuffled(entry, order));
  if (!isTree(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => [order(), key, shuffled(entry, order)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => one - other).map(([, key, entry]) => [key, entry]));
}

describe.each([
  ["a small spec", spec],
  ["a spec with everything", { ...FULL_SPEC, workers: [{ name: "a", command: ["work"], queue: { bullmq: "b" } }] }],
] as const)("of %s", (_, given) => {
  const defaults = defaultsIn(given, specJsonSchema());

  test("there are many defaults to write down", () => {
    expect(defaults.length).toBeGreaterThan(30);
  });

  test("any defaults written down, in any order of keys, are the same release", () => {
    fc.assert(
      fc.property(fc.subarray([...defaults]), fc.infiniteStream(fc.nat()), (chosen, numbers) => {
        const more = chosen.reduce<unknown>((tree, { path, value }) => withMissing(tree, path, value), given);
        const order = () => numbers.next().value ?? 0;
        expect(computeRevision(shuffled(more, order), digests)).toBe(computeRevision(given, digests));
      }),
      { numRuns: 200 },
    );
  });
});

/** Writes a default only where nothing stands: one may already have been written within a block. */
function withMissing(tree: unknown, path: readonly string[], value: unknown): unknown {
  const there = path.reduce<unknown>((at, key) => (Array.isArray(at) ? at[Number(key)] : read(at, key)), tree);
  return there === undefined ? withValue(tree, path, value) : tree;
}

test("whatever is no spec has a revision too", () => {
  expect(computeRevision(undefined, {})).toBe(computeRevision({}, {}));
});

test("the size, the class and the access modes of a volume are its claim's, and no part of a release", () => {
  const id = (volume: Tree) => revisionOf({ volumes: [{ name: "uploads", path: "/uploads", storage: "1Gi", ...volume }] });
  expect(id({ storage: "2Gi", storageClassName: "nfs", accessModes: ["ReadWriteOnce"] })).toBe(id({}));
  expect(id({ path: "/media" })).not.toBe(id({}));
});
