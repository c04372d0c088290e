import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { type AuditEvent, endOfAuditLog, gatewayApiCrds, readAuditLog } from "../../e2e/cluster/index.ts";
import { permissionsFor } from "./permissions.ts";
import type { Permission } from "./permissions.ts";

const suffix = randomBytes(3).toString("hex");
const namespace = `rights-${suffix}`;
const ownNamespace = `rights-own-${suffix}`;
const lease = `rights-${suffix}`;
const user = "operator";
const granted = permissionsFor("get");

/**
 * Rights that the API server asks for within a request of another verb: an apply that makes the object needs create too,
 * and an owner reference that blocks deletion needs update of finalizers.
 */
function isAskedWithin(right: string): boolean {
  const applied = [...children.map(({ resource }) => resource), "persistentvolumeclaims"].map((resource) => `${resource} create`);
  // An app is read live only where the cache lags behind for long.
  return right === "scalableapps/finalizers update" || right === "scalableapps get" || applied.includes(right);
}

const children = permissionsFor("none").filter(({ verbs }) => verbs.includes("delete"));

let operator: ChildProcess | undefined;
let auditStart = 0;

beforeAll(async () => {
  auditStart = await endOfAuditLog(inject("auditLog"));
  await apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: ownNamespace } },
    ...grant("watched", namespace),
    ...grant("own", ownNamespace),
    { apiVersion: "v1", kind: "Secret", metadata: { name: "shop-db", namespace }, stringData: { url: "postgres://u:p@db/shop" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shop", namespace }, data: { LOG_LEVEL: "info" } },
  ]);
  operator = startOperator();
  // The operator starts without the Gateway API, and finds it when an app asks for it.
  await kubectl("apply", "--server-side", "-f", join(await gatewayApiCrds(), "gateway.networking.k8s.io_httproutes.yaml"));
});

afterAll(async () => {
  if (operator?.exitCode === null) {
    operator.kill("SIGTERM");
    await new Promise((resolve) => operator?.once("exit", resolve));
  }
  await kubectl("delete", "namespace", namespace, ownNamespace, "--wait=false");
});

async function kubectl(...args: readonly string[]): Promise<string> {
  return (await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args])).stdout;
}

async function pipe(input: string, kubeconfig: string, args: readonly string[]): Promise<void> {
  await execa(inject("kubectl"), ["--kubeconfig", kubeconfig, ...args], { input });
}

async function apply(items: readonly object[]): Promise<void> {
  await pipe(JSON.stringify({ apiVersion: "v1", kind: "List", items }), inject("kubeconfig"), ["apply", "-f", "-"]);
}

function grant(where: Permission["where"], place: string): object[] {
  const rules = granted
    .filter((permission) => permission.where === where)
    .map(({ group, resource, verbs, only }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs,
      ...(only === undefined ? {} : { resourceNames: [lease] }),
    }));
  return roleOf(user, place, rules);
}

function roleOf(name: string, place: string, rules: readonly object[]): object[] {
  const metadata = { name, namespace: place };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, roleRef, subjects: [{ kind: "User", name }] },
  ];
}

function startOperator(): ChildProcess {
  const flags = ["--metrics-port=0", "--health-port=0", `--watch-namespaces=${namespace}`, `--leader-election-id=${lease}`];
  return spawn(process.execPath, ["operator/main.ts", ...flags, "--log-level=warn", "--log-format=pretty"], {
    env: { PATH: process.env["PATH"], KUBECONFIG: inject("operatorKubeconfig"), POD_NAMESPACE: ownNamespace },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function app(spec: object, name = "shop"): object {
  const postgres = { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 300 };
  return {
    apiVersion: "scalableapp.dev/v1alpha1",
    kind: "ScalableApp",
    metadata: { name, namespace },
    spec: { postgres, envFrom: [{ configMapRef: { name: "shop" } }], rollout, ...spec },
  };
}

const everything = {
  stage: "steady",
  workers: [{ name: "orders", command: ["work"] }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
  redis: { cache: { memory: "64Mi" }, queue: { memory: "64Mi", storage: "1Gi" } },
  migration: { command: ["migrate"] },
  routing: { hosts: ["shop.example.com"], gateway: { name: "public" } },
};

const little = { stage: "mvp", serviceAccount: { name: "default" } };

/** Every release is stable as soon as its pods are ready, and none but the one before is kept. */
const rollout = { strategy: "rolling", bakeSeconds: 0, revisionHistory: 1 };

/** Does the kubelet's part, as there is none: ends the migration's pods. */
async function endMigrationPods(end: "Succeeded" | "Failed"): Promise<void> {
  const names = await kubectl("-n", namespace, "get", "pods", "-l", "app.kubernetes.io/component=migration", "-o", "name");
  const status = JSON.stringify({ status: { phase: end } });
  for (const name of names.split("\n").filter((line) => line !== "")) {
    await kubectl("-n", namespace, "patch", name, "--subresource=status", "--type=merge", "--patch", status);
  }
}

/** Does the kubelet's part: the pods that serve are ready. */
async function startPods(): Promise<void> {
  const names = await kubectl("-n", namespace, "get", "pods", "-l", "app.kubernetes.io/component!=migration", "-o", "name");
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  const status = JSON.stringify({ status: { phase: "Running", conditions } });
  for (const name of names.split("\n").filter((line) => line !== "")) {
    // A pod that is replaced meanwhile needs no status.
    await kubectl("-n", namespace, "patch", name, "--subresource=status", "--type=merge", "--patch", status).catch(() => "");
  }
}

/** The operator's caches lose what carries its label no more, so it makes it again, and finds it there. */
async function takeLabelsOff(kinds: string): Promise<void> {
  const label = "app.kubernetes.io/managed-by";
  await kubectl("-n", namespace, "label", kinds, "-l", `${label}=scalable-app`, `${label}-`);
}

async function phase(): Promise<string> {
  await endMigrationPods("Succeeded");
  await startPods();
  return kubectl("-n", namespace, "get", "scalableapp", "shop", "-o", "jsonpath={.status.release.phase} {.status.release.stable}");
}

/** Applies a spec, and waits until its release serves all users. */
async function release(spec: object): Promise<void> {
  const before = await kubectl("-n", namespace, "get", "scalableapp", "shop", "-o", "jsonpath={.status.release.stable}");
  await apply([app(spec)]);
  await expect.poll(phase, patience).not.toContain(before);
  await expect.poll(phase, patience).toContain("Stable ");
}

function rightOf({ verb, objectRef }: AuditEvent): string {
  const resource = objectRef?.subresource === undefined ? objectRef?.resource : `${objectRef.resource}/${objectRef.subresource}`;
  return `${resource} ${verb}`;
}

async function requests(): Promise<readonly AuditEvent[]> {
  const { events } = await readAuditLog(inject("auditLog"), auditStart);
  return events.filter((event) => event.user.username === user && event.objectRef?.resource !== undefined && belongsHere(event));
}

function belongsHere({ objectRef }: AuditEvent): boolean {
  return objectRef?.namespace === namespace || objectRef?.namespace === ownNamespace;
}

const patience = { timeout: 30_000, interval: 100 };

async function missing(rights: readonly string[]): Promise<readonly string[]> {
  const seen = new Set((await requests()).map(rightOf));
  return rights.filter((right) => !seen.has(right));
}

describe("the operator, with the rights of the table and no others", () => {
  test("makes every child, once the migration is done", async () => {
    await apply([app({ image: "example.com/shop:1", ...everything })]);
    await expect.poll(() => missing(["jobs patch"]), patience).toEqual([]);
    await expect.poll(() => takeLabelsOff("jobs").then(() => missing(["jobs get"])), patience).toEqual([]);
    const applies = children.map(({ resource }) => `${resource} patch`);
    await expect.poll(() => endMigrationPods("Succeeded").then(() => missing(applies)), patience).toEqual([]);
    await expect.poll(phase, patience).toContain("Stable ");
  });

  test("asks who owns what has a name that is taken", async () => {
    const kinds = children.map(({ resource }) => resource).filter((resource) => resource !== "jobs");
    await takeLabelsOff(kinds.join(","));
    await expect.poll(() => missing(kinds.map((resource) => `${resource} get`)), patience).toEqual([]);
    await expect.poll(phase, patience).toContain("Stable ");
  });

  test("reads the log of a migration that fails", async () => {
    await apply([app({ image: "example.com/shop:2", ...everything, migration: { command: ["migrate"], deadlineSeconds: 5 } })]);
    await expect.poll(() => endMigrationPods("Failed").then(() => missing(["pods/log get"])), patience).toEqual([]);
  });

  test("takes away what is no longer wanted", async () => {
    for (const image of ["example.com/shop:3", "example.com/shop:4", "example.com/shop:1"]) await release({ image, ...little });
    const deletes = children.map(({ resource }) => `${resource} delete`);
    await expect.poll(() => missing(deletes), patience).toEqual([]);
  });

  test("takes back what ending a worker was said to cost during a release", async () => {
    await release({ image: "example.com/shop:5", ...little, workers: everything.workers });
    const workers = ["-n", namespace, "pods", "-l", "app.kubernetes.io/component=worker-orders"] as const;
    await kubectl("annotate", ...workers, "controller.kubernetes.io/pod-deletion-cost=10");
    const cost = "{.items[*].metadata.annotations.controller\\.kubernetes\\.io/pod-deletion-cost}";
    await expect.poll(() => kubectl("get", ...workers, "-o", `jsonpath=${cost}`), patience).toBe("");
    expect(await missing(["pods patch"])).toEqual([]);
  });

  test("reads what the cluster records about a pod that is not ready, and reports it", async () => {
    const pod = [
      "-n",
      namespace,
      "pod",
      await kubectl("-n", namespace, "get", "pods", "-l", "app.kubernetes.io/component=web", "-o", "jsonpath={.items[0].metadata.name}"),
    ] as const;
    const uid = await kubectl("get", ...pod, "-o", "jsonpath={.metadata.uid}");
    const metadata = { name: `mount-${suffix}`, namespace };
    const involvedObject = { apiVersion: "v1", kind: "Pod", namespace, name: pod[3], uid };
    const message = 'MountVolume.SetUp failed for volume "database" : secret "shop-db" not found';
    const lastTimestamp = "2026-01-01T00:00:00Z";
    await apply([
      { apiVersion: "v1", kind: "Event", metadata, involvedObject, type: "Warning", reason: "FailedMount", message, lastTimestamp },
    ]);
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime: lastTimestamp }];
    const status = JSON.stringify({ status: { conditions } });
    const said = [
      "-n",
      namespace,
      "get",
      "scalableapp",
      "shop",
      "-o",
      'jsonpath={.status.conditions[?(@.type=="Ready")].message}',
    ] as const;
    // Again and again: the scheduler, which has no node, says so whenever it looks.
    const look = async () => {
      await kubectl("patch", ...pod, "--subresource=status", "--type=merge", "--patch", status);
      return kubectl(...said);
    };
    await expect.poll(look, patience).toContain("postgres.urlFrom cannot be mounted");
    await startPods();
  });

  test("reports what it does, and counts what happens again", async () => {
    let suspend = false;
    const suspendOrResume = async (): Promise<void> => {
      suspend = !suspend;
      // Another app: the releases of the first have used up the events that one object may cause at once.
      await apply([app({ image: "example.com/shop:1", ...little, suspend }, "other")]);
    };
    await expect.poll(() => suspendOrResume().then(() => missing(["events create", "events patch"])), patience).toEqual([]);
  });

  test("makes the volume of a queue grow", async () => {
    const disk = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: namespace } };
    const size = { capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: `/tmp/${namespace}` } };
    const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: namespace } };
    await apply([
      { ...storageClass, provisioner: "kubernetes.io/no-provisioner", allowVolumeExpansion: true },
      { ...disk, spec: { ...size, storageClassName: namespace } },
    ]);
    const stored = (storage: string) =>
      app({ image: "example.com/shop:1", ...little, redis: { queue: { storage, storageClassName: namespace } } }, "stored");
    await apply([stored("5Gi")]);
    const claim = ["-n", namespace, "get", "pvc", "data-stored-redis-queue-0", "-o"] as const;
    await expect.poll(() => kubectl(...claim, "jsonpath={.status.phase}").catch(() => ""), patience).toBe("Bound");
    await apply([stored("8Gi")]);
    await expect.poll(() => missing(["persistentvolumeclaims patch"]), patience).toEqual([]);
  });

  test("makes the claim of a volume, and asks whose one is", async () => {
    const volumes = [{ name: "uploads", storage: "1Gi", path: "/uploads" }];
    await apply([app({ image: "example.com/shop:1", ...little, volumes }, "stored")]);
    await expect.poll(() => missing(["persistentvolumeclaims patch"]), patience).toEqual([]);
    const claim = ["-n", namespace, "pvc", "stored-volume-uploads"] as const;
    const label = "app.kubernetes.io/managed-by";
    await expect.poll(() => kubectl("get", ...claim, "-o", "name").catch(() => ""), patience).not.toBe("");
    await kubectl("label", ...claim, `${label}-`);
    await expect.poll(() => missing(["persistentvolumeclaims get"]), patience).toEqual([]);
    await kubectl("label", ...claim, `${label}=scalable-app`);
  });

  test("is refused nothing", async () => {
    const refused = (await requests()).filter(({ responseStatus }) => responseStatus?.code === 403).map(rightOf);
    expect([...new Set(refused)]).toEqual([]);
  });

  test("asks for nothing beyond the table, and for all of it", async () => {
    const asked = new Set((await requests()).map(rightOf));
    const table = new Set(granted.flatMap(({ resource, verbs }) => verbs.map((verb) => `${resource} ${verb}`)));
    expect([...asked].filter((right) => !table.has(right))).toEqual([]);
    expect([...table].filter((right) => !asked.has(right) && !isAskedWithin(right))).toEqual([]);
  });

  test("would be refused to apply a new child without the right to create it", async () => {
    await apply(roleOf("viewer", namespace, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"] }]));
    const object = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new", namespace } });
    await expect(pipe(object, inject("viewerKubeconfig"), ["apply", "--server-side", "-f", "-"])).rejects.toThrow(
      'cannot create resource "configmaps"',
    );
  });
});
