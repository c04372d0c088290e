import { expect, test } from "vitest";
import { appOf, database } from "../testing/rendered.ts";
import { trackedReferences } from "./references.ts";

test("an app without references has none", () => {
  expect(trackedReferences(appOf())).toEqual({ configMaps: [], secrets: [], pullSecrets: [] });
});

test("every ConfigMap and Secret that a pod reads is found, once and in order", () => {
  const app = appOf({
    env: [
      { name: "A", valueFrom: { configMapKeyRef: { name: "c-env", key: "a" } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "s-env", key: "b" } } },
      { name: "C", value: "c" },
      { name: "D", valueFrom: { secretKeyRef: { name: "s-env", key: "d" } } },
    ],
    envFrom: [{ configMapRef: { name: "c-from" } }, { secretRef: { name: "s-from" } }],
    files: [
      { path: "/c", configMapRef: { name: "c-file" } },
      { path: "/s", secretRef: { name: "s-file" } },
    ],
    imagePullSecrets: [{ name: "registry" }, { name: "other-registry" }],
    initContainers: [{ name: "wait", image: "i:1", envFrom: [{ secretRef: { name: "s-init" } }] }],
    sidecars: [{ name: "agent", image: "i:1", env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "c-side", key: "a" } } }] }],
    postgres: {
      ...database,
      tls: { caSecretRef: { name: "db-ca", key: "ca.crt" } },
      replicas: [{ urlFrom: { secretKeyRef: { name: "db-ro", key: "url" } } }],
    },
    redis: {
      cache: { urlFrom: { secretKeyRef: { name: "redis", key: "cache" } } },
      queue: { urlFrom: { secretKeyRef: { name: "redis", key: "queue" } } },
    },
  });
  expect(trackedReferences(app)).toEqual({
    configMaps: ["c-env", "c-file", "c-from", "c-side"].map((name) => ({ name, optional: false })),
    secrets: ["db-ca", "db-ro", "redis", "s-env", "s-file", "s-from", "s-init", "shop-db"].map((name) => ({ name, optional: false })),
    pullSecrets: ["other-registry", "registry"],
  });
});

test("so is what one component alone reads, and the Secrets with the parts of connections", () => {
  const own = (name: string) => ({
    env: [{ name: "A", valueFrom: { configMapKeyRef: { name: `c-${name}`, key: "a" } } }],
    envFrom: [{ secretRef: { name: `s-${name}` } }],
  });
  const app = appOf({
    web: own("web"),
    workers: [{ name: "mail", command: ["work"], ...own("worker") }],
    schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"], ...own("schedule") }],
    migration: { command: ["migrate"], ...own("migration") },
    postgres: { ...database, partsFrom: { secretName: "s-parts" } },
    redis: { cache: { urlFrom: database.urlFrom, partsFrom: { secretName: "s-cache" } } },
  });
  const names = (kind: "configMaps" | "secrets") => trackedReferences(app)[kind].map(({ name }) => name);
  expect(names("configMaps")).toEqual(["c-migration", "c-schedule", "c-web", "c-worker"]);
  expect(names("secrets")).toEqual(["s-cache", "s-migration", "s-parts", "s-schedule", "s-web", "s-worker", "shop-db"]);
});

test("an object is optional only where every mention of it is", () => {
  const app = appOf({
    envFrom: [{ configMapRef: { name: "both", optional: true } }, { configMapRef: { name: "may", optional: true } }],
    env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "both", key: "a" } } }],
  });
  expect(trackedReferences(app).configMaps).toEqual([
    { name: "both", optional: false },
    { name: "may", optional: true },
  ]);
});
