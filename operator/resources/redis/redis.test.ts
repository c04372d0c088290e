import { describe, expect, test } from "vitest";
import { childOf, childrenOf, containerOf, listOf, podSpecOf } from "../../testing/rendered.ts";
import { dataMebibytes } from "./pod-template.ts";

const redis = { cache: { memory: "256Mi" }, queue: { memory: "512Mi", storage: "10Gi", storageClassName: "fast" } };

/** The arguments of redis-server by name. */
function settings(role: string): Record<string, string> {
  const { args } = containerOf(childOf({ redis }, role).object, "redis");
  if (!Array.isArray(args)) throw new Error("no arguments");
  const text = args.map(String).join("\u0000");
  const named = text.split("\u0000--").map((setting) => setting.replace(/^--/u, "").split("\u0000"));
  return Object.fromEntries(named.map(([name = "", ...values]) => [name, values.join(" ")]));
}

describe("the cache", () => {
  test("forgets the least recently used keys and writes nothing down", () => {
    expect(settings("redis-cache/deployment")).toEqual({
      port: "6379",
      bind: "* -::*",
      "protected-mode": "no",
      dir: "/data",
      maxmemory: "192mb",
      "maxmemory-policy": "allkeys-lru",
      save: "",
      appendonly: "no",
    });
  });

  test("has no volume, and its replacement is ready before it goes", () => {
    const { object, replicas } = childOf({ redis }, "redis-cache/deployment");
    expect(podSpecOf(object)["volumes"]).toEqual([{ name: "data", emptyDir: {} }]);
    expect(object).toMatchObject({ spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } });
    expect(object).not.toHaveProperty("spec.replicas");
    expect(replicas).toEqual({ fixed: 1 });
  });
});

describe("the queue", () => {
  test("refuses new jobs rather than lose old ones, and writes every one down", () => {
    expect(settings("redis-queue/stateful-set")).toMatchObject({
      maxmemory: "307mb",
      "maxmemory-policy": "noeviction",
      save: "",
      appendonly: "yes",
      appendfsync: "everysec",
    });
  });

  test("has a volume that outlives the app, unless the user says otherwise", () => {
    const { object } = childOf({ redis }, "redis-queue/stateful-set");
    expect(object).toMatchObject({
      metadata: { name: "shop-redis-queue" },
      spec: {
        replicas: 1,
        serviceName: "shop-redis-queue",
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } }, storageClassName: "fast" },
          },
        ],
      },
    });
    expect(podSpecOf(object)).not.toHaveProperty("volumes");
    const deleted = childOf({ redis, deletionPolicy: { queueVolume: "delete" } }, "redis-queue/stateful-set").object;
    expect(deleted).toMatchObject({ spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" } } });
  });

  test("takes the cluster's default storage class where none is named", () => {
    const { object } = childOf({ stage: "steady" }, "redis-queue/stateful-set");
    expect(object).not.toHaveProperty("spec.volumeClaimTemplates.0.spec.storageClassName");
  });
});

test("both are reached by a Service of their name", () => {
  for (const role of ["redis-cache", "redis-queue"]) {
    expect(childOf({ redis }, `${role}/service`).object).toMatchObject({
      metadata: { name: `shop-${role}` },
      spec: {
        selector: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": role },
        ports: [{ name: "redis", port: 6379, targetPort: "redis" }],
      },
    });
  }
});

test("a server that still loads is not ready, and is not killed for being busy", () => {
  const container = containerOf(childOf({ redis }, "redis-queue/stateful-set").object, "redis");
  expect(container).toMatchObject({
    startupProbe: { exec: { command: ["redis-cli", "-e", "-p", "6379", "ping"] } },
    readinessProbe: { exec: { command: ["redis-cli", "-e", "-p", "6379", "ping"] } },
    livenessProbe: { exec: { command: ["redis-cli", "-p", "6379", "ping"] } },
  });
});

test("they run where the app runs, but are no part of its release", () => {
  const scheduling = { nodeSelector: { disk: "fast" }, priorityClassName: "high" };
  const { object } = childOf({ redis, scheduling, podMetadata: { labels: { team: "a" } } }, "redis-cache/deployment");
  expect(podSpecOf(object)).toMatchObject(scheduling);
  expect(object).toMatchObject({ spec: { template: { metadata: { labels: { team: "a" } } } } });
  expect(object).not.toHaveProperty(["spec", "template", "metadata", "labels", "scalableapp.dev/release"]);
  expect(listOf(podSpecOf(object)["containers"]).map(({ image }) => image)).toEqual(["docker.io/library/redis:8"]);
});

test("external servers and switched off ones are not made", () => {
  const urlFrom = { secretKeyRef: { name: "redis", key: "url" } };
  const roles = childrenOf({ stage: "steady", redis: { cache: { urlFrom }, queue: { enabled: false } } }).map(({ role }) => role);
  expect(roles.filter((role) => role.startsWith("redis"))).toEqual([]);
});

test.each([
  ["256Mi", 192, 153],
  ["1Gi", 768, 614],
  ["100M", 71, 57],
  ["1", 1, 1],
])("of %s of memory, data may fill %i MiB, or %i beside a file", (memory, inMemory, persistent) => {
  expect(dataMebibytes({ memory, persistent: false })).toBe(inMemory);
  expect(dataMebibytes({ memory, persistent: true })).toBe(persistent);
});
