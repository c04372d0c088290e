import { describe, expect, test } from "vitest";
import { completed, owned, settle, snapshotOf } from "../testing/snapshots.ts";
import { database } from "../testing/rendered.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { Reference, References, Snapshot } from "./snapshot.ts";

const everything = {
  stage: "steady",
  postgres: database,
  migration: { command: ["migrate"] },
  workers: [{ name: "orders", replicas: 2 }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
};
const found = { "secret/shop-db": { state: "found", digest: "d1" } } as const;

const named = (children: Plan["children"]) => children.map(({ object }) => `${object.kind}/${object.metadata.name}`);
const applied = (plan: Plan) => named(plan.waves.flat());
const jobs = (names: readonly string[]) => names.filter((name) => name.startsWith("Job/"));
const podBearing = ["CronJob/shop-nightly", "Deployment/shop-web", "Deployment/shop-worker-orders"];

function revisionOf(spec: object, references: References = found): string {
  return makePlan(snapshotOf({ ...everything, ...spec }, { references })).revision;
}

function withJob(snapshot: Snapshot, status: object): Snapshot {
  const name = `shop-migrate-${makePlan(snapshot).revision}`;
  return { ...snapshot, owned: [...snapshot.owned, owned("Job", name, { status })] };
}

describe("waves", () => {
  test("what pods need comes first, then the migration, then the pods and what scales them", () => {
    const { waves } = makePlan(withJob(snapshotOf(everything, { references: found }), completed));
    const kinds = waves.map((wave) => [...new Set(wave.map(({ object }) => object.kind))].toSorted());
    expect(kinds).toEqual([
      ["ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
      ["Job"],
      ["CronJob", "Deployment", "HorizontalPodAutoscaler"],
    ]);
    expect(named(waves[0] ?? []).filter((name) => podBearing.includes(name))).toEqual([]);
  });

  test("every child of the spec is either applied or held, never both", () => {
    for (const snapshot of [snapshotOf(everything), snapshotOf(everything, { references: found })]) {
      const plan = makePlan(snapshot);
      expect([...applied(plan), ...named(plan.held)].toSorted()).toEqual(named(plan.children).toSorted());
    }
  });

  test("an app without a migration has no wave for one", () => {
    expect(makePlan(snapshotOf()).waves).toHaveLength(2);
  });
});

describe("the migration gate", () => {
  const failed = { conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", message: "too slow" }] };
  const start = snapshotOf(everything, { references: found });

  test.each([
    ["not begun", start, "MigrationRunning"],
    ["running", withJob(start, {}), "MigrationRunning"],
    ["failed", withJob(start, failed), "MigrationFailed"],
  ])("pods wait while it has %s, and all that is no pod goes on", (_story, snapshot, reason) => {
    const plan = makePlan(snapshot);
    expect(plan.hold?.reason).toBe(reason);
    expect(named(plan.held).toSorted()).toEqual(podBearing);
    expect(jobs(applied(plan))).toHaveLength(1);
    expect(applied(plan)).toContain("Service/shop-web");
  });

  test("a finished one lets the pods go", () => {
    const plan = makePlan(withJob(start, completed));
    expect(plan.hold).toBeUndefined();
    expect(plan.held).toEqual([]);
    expect(applied(plan)).toEqual(expect.arrayContaining(podBearing));
  });

  test("a finished Job that somebody deleted is not wanted back while its release runs", () => {
    const settled = settle(start);
    const plan = makePlan({ ...settled, owned: settled.owned.filter(({ kind }) => kind !== "Job") });
    expect(plan.migration).toEqual({ state: "done", job: undefined });
    expect(plan.hold).toBeUndefined();
    expect(jobs(named(plan.children))).toEqual([]);
  });

  test("a new release wants a Job of its own, and the old one is pruned only once nothing waits", () => {
    const before = settle(start);
    const { app, rawSpec } = snapshotOf({ ...everything, image: "ghcr.io/acme/shop:2" });
    const next = { ...before, app, rawSpec };
    const waits = makePlan(next);
    expect(waits.revision).not.toBe(makePlan(before).revision);
    expect(waits.running).toBe(makePlan(before).revision);
    expect(waits.prune).toEqual([]);
    const goes = makePlan(withJob(next, completed));
    const old = makePlan(before).revision;
    expect(goes.prune.map(({ object }) => object.metadata.name)).toEqual([`shop-pgbouncer-${old}`, `shop-migrate-${old}`]);
  });
});

describe("references", () => {
  const missing: Reference = { state: "missing" };

  test("a missing one holds the pods and the migration, but not what stands around them", () => {
    const plan = makePlan(snapshotOf(everything, { references: { "secret/shop-db": missing } }));
    expect(plan.hold?.reason).toBe("ReferenceMissing");
    expect(jobs(named(plan.held))).toHaveLength(1);
    expect(applied(plan)).toContain("ServiceAccount/shop");
  });

  test("a missing one is told before a failed migration", () => {
    const snapshot = snapshotOf(everything, { references: { "secret/shop-db": missing } });
    const failed = withJob(snapshot, { conditions: [{ type: "Failed", status: "True" }] });
    expect(makePlan(failed).hold?.reason).toBe("ReferenceMissing");
  });

  test("while pods are held, nothing is pruned: the running release may need it", () => {
    const snapshot = snapshotOf(everything, {
      references: { "secret/shop-db": missing },
      owned: [owned("Deployment", "shop-worker-gone")],
    });
    expect(makePlan(snapshot).prune).toEqual([]);
    expect(makePlan({ ...withJob({ ...snapshot, references: found }, completed) }).prune).toHaveLength(1);
  });

  test("new content is a new release, and a reference nobody may look at does not make one", () => {
    const secret = (reference: Reference) => revisionOf({}, { "secret/shop-db": reference });
    expect(secret({ state: "found", digest: "d1" })).not.toBe(secret({ state: "found", digest: "d2" }));
    expect(secret({ state: "unknown" })).toBe(revisionOf({}, {}));
  });
});

describe("the revision", () => {
  test.each([
    ["the image", { image: "ghcr.io/acme/shop:2" }, true],
    ["a variable", { env: [{ name: "LOG_LEVEL", value: "debug" }] }, true],
    ["the migration's command", { migration: { command: ["migrate", "--all"] } }, true],
    ["the number of replicas", { workers: [{ name: "orders", replicas: 5 }] }, false],
    ["suspend", { suspend: true }, false],
    ["the ceiling", { web: { autoscaling: { minReplicas: 4, maxReplicas: 30 } } }, false],
  ])("with another value of %s it changes: %#", (_what, change, changes) => {
    expect(revisionOf(change) !== revisionOf({})).toBe(changes);
  });
});
