import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FEATURES, notImplementedFields } from "./not-implemented.ts";
import { FULL_SPEC, MINIMAL_MANIFEST } from "./testdata/valid-manifests.ts";
import { STAGES } from "./scalable-app.ts";
import { parseScalableApp } from "./parse.ts";
import { specJsonSchema } from "./crd.ts";
import { isTree } from "../base/tree.ts";

test("the smallest manifest asks for nothing that is missing", () => {
  expect(notImplementedFields(MINIMAL_MANIFEST["spec"])).toEqual([]);
});

test("each field without effect is named", () => {
  expect(notImplementedFields(FULL_SPEC)).toEqual([
    "spec.web.autoscaling.predictive.enabled",
    "spec.web.autoscaling.databaseGuard.enabled",
    "spec.web.autoscaling.triggers",
    "spec.workers[0].autoscaling.minReplicas",
    "spec.routing.tls",
    "spec.routing.rateLimits",
    "spec.routing.static",
    "spec.rollout.freeze.whenErrorBudgetBelowPercent",
    "spec.slos",
    "spec.networkPolicy",
    "spec.monitoring.serviceMonitor",
    "spec.monitoring.prometheusRule",
  ]);
});

test("values that ask for nothing are not named", () => {
  const spec = {
    image: "shop",
    web: {
      autoscaling: { schedules: [], triggers: [], predictive: { enabled: false, leadSeconds: 60 }, databaseGuard: { enabled: false } },
    },
    postgres: { pooler: { mode: "sidecar" }, partitions: [] },
    rollout: { strategy: "rolling", rolling: { batch: 2 }, progressDeadlineSeconds: 60, freeze: {} },
    routing: { hosts: ["shop.example.com"], gateway: { name: "public" }, webSockets: ["/ws"], rateLimits: [], static: [] },
    slos: [],
    networkPolicy: { enabled: false },
  };
  expect(notImplementedFields(spec)).toEqual([]);
});

test.each([
  ["a number of jobs without an autoscaler", { queue: { bullmq: "a", jobsPerReplica: 9 } }, []],
  ["a queue and an autoscaler", { queue: { bullmq: "a" }, autoscaling: { minReplicas: 1 } }, []],
  ["the default that the API server fills in", { queue: { bullmq: "a", jobsPerReplica: 50 }, autoscaling: {} }, []],
  ["another number of jobs", { queue: { bullmq: "a", jobsPerReplica: 9 }, autoscaling: {} }, ["queue.jobsPerReplica"]],
  ["a floor of none", { queue: { bullmq: "a" }, autoscaling: { minReplicas: 0 } }, ["autoscaling.minReplicas"]],
])("that the queue does not scale a worker is reported where it was asked to: %s", (_, fields, expected) => {
  const workers = [{ name: "orders", command: ["work"], ...fields }];
  expect(notImplementedFields({ image: "shop", workers })).toEqual(expected.map((field) => `spec.workers[0].${field}`));
});

test.each(STAGES)("stage %s asks for nothing that is missing", (stage) => {
  const workers = [{ name: "orders", command: ["work"], queue: { bullmq: "orders" } }];
  expect(notImplementedFields({ image: "shop", stage, postgres: {}, workers, routing: { hosts: ["a.example.com"] } })).toEqual([]);
});

test("defaults that the parser fills in are not named", () => {
  const result = parseScalableApp(MINIMAL_MANIFEST);
  expect(result.ok && notImplementedFields(result.app.spec)).toEqual([]);
});

function leavesBelow(path: string, schema: unknown): readonly string[] {
  if (!isTree(schema)) {
    return [];
  }
  if (isTree(schema["properties"]) && Object.keys(schema["properties"]).length > 0) {
    return Object.entries(schema["properties"]).flatMap(([name, child]) => leavesBelow(path === "" ? name : `${path}.${name}`, child));
  }
  return isTree(schema["items"]) && isTree(schema["items"]["properties"]) ? leavesBelow(`${path}[]`, schema["items"]) : [path];
}

/** Blocks that the builders hand on whole, so that their fields are never named. */
const HANDED_ON = [
  "env[]",
  "envFrom[]",
  "initContainers[]",
  "sidecars[]",
  "imagePullSecrets[]",
  "scheduling.tolerations[]",
  "rollout.canary.analysis.probes[]",
  "web.autoscaling.metrics[]",
  "workers[].autoscaling.metrics[]",
];

/** Fields that the schema itself acts on: whether the rest of their block counts, and what fills it in. */
const SWITCHES = ["redis.cache.enabled", "redis.queue.enabled", "web.autoscaling.predictive", "web.metrics"];

function isExcused(path: string): boolean {
  const own = path.replace(/^(?:web|workers\[\]|schedules\[\]|migration)\.(?=env|scheduling)/u, "");
  return [...HANDED_ON, ...SWITCHES, ...FEATURES.map((feature) => feature.path)].some((excused) =>
    [path, own].some((each) => each.startsWith(excused)),
  );
}

test("every field is read by the operator, or named as having no effect", () => {
  const folders = ["resources", "plan", "status", "controller"].map((folder) => join(import.meta.dirname, "..", folder));
  const files = folders.flatMap((folder) => globSync("**/*.ts", { cwd: folder }).map((file) => join(folder, file)));
  const sources = files.filter((file) => !file.includes(".test.")).map((file) => readFileSync(file, "utf8"));
  const words = new Set(sources.flatMap((source) => source.match(/\w+/g) ?? []));
  const leaves = leavesBelow("", specJsonSchema());
  expect(leaves.length).toBeGreaterThan(100);
  expect(leaves.filter((path) => !isExcused(path) && !words.has(path.split(".").at(-1)?.replace("[]", "") ?? ""))).toEqual([]);
});

test.each([undefined, null, 1, []])("no spec at all: %j", (spec) => {
  expect(notImplementedFields(spec)).toEqual([]);
});
