import { describe, expect, test } from "vitest";
import type { Tree } from "../api/tree.ts";
import { appOf, database } from "../testing/rendered.ts";
import { defaultImages } from "./images.ts";
import { canonical, computeRevision } from "./revision.ts";

const spec: Tree = {
  stage: "steady",
  env: [{ name: "A", value: "a" }],
  envFrom: [{ configMapRef: { name: "shop" } }],
  workers: [{ name: "orders", command: ["node", "worker.js"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }],
  migration: { command: ["node", "migrate.js"] },
  postgres: database,
};
const digests = { "configmap/shop": "one", "secret/shop-db": "two" };

function revisionOf(changes: Tree = {}, contents: Readonly<Record<string, string>> = digests): string {
  return computeRevision(appOf({ ...spec, ...changes }), contents, defaultImages);
}

test("a revision is ten hexadecimal digits, and the same for the same release", () => {
  expect(revisionOf()).toMatch(/^[0-9a-f]{10}$/u);
  expect(revisionOf()).toBe(revisionOf());
});

describe("a change of these is a new release", () => {
  test.each<[string, Tree]>([
    ["the image", { image: "ghcr.io/acme/shop:2" }],
    ["a variable", { env: [{ name: "A", value: "b" }] }],
    ["a file", { files: [{ path: "/etc/shop", configMapRef: { name: "shop" } }] }],
    ["the web command", { web: { command: ["node", "other.js"] } }],
    ["the port", { web: { port: 3000 } }],
    ["resources", { web: { resources: { requests: { cpu: "2" } } } }],
    ["a worker's command", { workers: [{ name: "orders", command: ["node", "other.js"] }] }],
    ["a further worker", { workers: [...(spec["workers"] as unknown[]), { name: "mail", command: ["node", "mail.js"] }] }],
    ["a schedule's command", { schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "other.js"] }] }],
    ["the migration", { migration: { command: ["node", "other.js"] } }],
    ["the pooler's settings", { postgres: { ...database, pooler: { poolSize: 7 } } }],
    ["the Secret of the database", { postgres: { urlFrom: { secretKeyRef: { name: "other-db", key: "url" } } } }],
    ["a sidecar", { sidecars: [{ name: "agent", image: "agent:1" }] }],
    ["an overlay of pods", { overlays: { web: { spec: { template: { spec: { dnsPolicy: "None" } } } } } }],
    ["a label of pods", { podMetadata: { labels: { team: "a" } } }],
  ])("%s", (_, changes) => {
    expect(revisionOf(changes)).not.toBe(revisionOf());
  });

  test("the content of a ConfigMap or Secret that the app reads", () => {
    expect(revisionOf({}, { ...digests, "configmap/shop": "changed" })).not.toBe(revisionOf());
    expect(revisionOf({}, { ...digests, "secret/shop-db": "changed" })).not.toBe(revisionOf());
  });

  test("the pooler's image", () => {
    const images = { ...defaultImages, pgbouncer: "pgbouncer:next" };
    expect(computeRevision(appOf(spec), digests, images)).not.toBe(revisionOf());
  });
});

describe("a change of these is the same release", () => {
  test.each<[string, Tree]>([
    ["the bounds of autoscaling", { web: { autoscaling: { minReplicas: 5, maxReplicas: 9 } } }],
    ["the speed of autoscaling", { web: { autoscaling: { scaleOut: { by: 5 } } } }],
    ["a worker's replicas", { workers: [{ name: "orders", command: ["node", "worker.js"], replicas: 7 }] }],
    [
      "the time of a schedule",
      { schedules: [{ name: "report", cron: "0 4 * * *", timeZone: "Europe/Berlin", command: ["node", "report.js"] }] },
    ],
    ["the disruption budget", { disruption: { maxUnavailable: 2 } }],
    ["the pace of a rollout", { rollout: { rolling: { batch: 3 }, progressDeadlineSeconds: 900 } }],
    ["the memory of a Redis", { redis: { cache: { memory: "1Gi" }, queue: { storage: "20Gi" } } }],
    ["the deadline of the migration", { migration: { command: ["node", "migrate.js"], deadlineSeconds: 60 } }],
    ["suspension", { suspend: true }],
    ["the server's limit of connections", { postgres: { ...database, maxConnections: 500 } }],
    ["an overlay of the Deployment itself", { overlays: { web: { spec: { minReadySeconds: 3 } } } }],
  ])("%s", (_, changes) => {
    expect(revisionOf(changes)).toBe(revisionOf());
  });

  test("the content of a ConfigMap that the app does not read", () => {
    expect(revisionOf({}, { ...digests, "configmap/other": "three" })).toBe(revisionOf());
  });

  test("the labels, annotations and identity of the ScalableApp", () => {
    const app = appOf(spec);
    const metadata = { ...app.metadata, uid: "uid-2", generation: 9, labels: { a: "b" }, annotations: { c: "d" } };
    expect(computeRevision({ ...app, metadata }, digests, defaultImages)).toBe(revisionOf());
  });

  test("the image of Redis, which is no part of the release", () => {
    expect(computeRevision(appOf(spec), digests, { ...defaultImages, redis: "redis:next" })).toBe(revisionOf());
  });
});

test("canonical JSON does not depend on the order of keys, and does on that of lists", () => {
  expect(canonical({ b: 1, a: { d: 2, c: 3 } })).toBe(canonical({ a: { c: 3, d: 2 }, b: 1 }));
  expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
});
