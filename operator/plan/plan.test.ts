import { describe, expect, test } from "vitest";
import { RELEASE_LABEL } from "../api/labels.ts";
import { foundSecret } from "../testing/secrets.ts";
import { completed, owned, persist, podOf, rollOut, snapshotOf } from "../testing/snapshots.ts";
import { database } from "../testing/rendered.ts";
import { makePlan, type Plan } from "./plan.ts";
import { read } from "../base/read.ts";
import type { Reference, References, Snapshot } from "./observe/snapshot.ts";

const everything = {
  stage: "steady",
  postgres: database,
  migration: { command: ["migrate"] },
  workers: [{ name: "orders", command: ["work"], replicas: 2 }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
};
const found = { "secret/shop-db": foundSecret() };

const named = (children: Plan["children"]) => children.map(({ object }) => `${object.kind}/${object.metadata.name}`);
const applied = (plan: Plan) => named(plan.waves.flat());
const jobs = (names: readonly string[]) => names.filter((name) => name.startsWith("Job/"));
const podBearing = ["CronJob/shop-nightly", "Deployment/shop-web", "Deployment/shop-worker-orders"];

/** What a reconcile drives once the steps of the release are written down. */
const drive = (snapshot: Snapshot) => makePlan(persist(snapshot));

/** The release that the pods of a child carry. */
function releaseIn(plan: Plan, name: string): unknown {
  const child = plan.children.find(({ object }) => `${object.kind}/${object.metadata.name}` === name);
  const template = child?.object.kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
  return read(child?.object, ...template, "metadata", "labels", RELEASE_LABEL);
}

function revisionOf(spec: object, references: References = found): string {
  return makePlan(snapshotOf({ ...everything, ...spec }, { references })).revision;
}

function withJob(snapshot: Snapshot, status: object): Snapshot {
  const { desired } = makePlan(snapshot);
  const job = owned("Job", `shop-migrate-${desired}`, { status, metadata: { labels: { [RELEASE_LABEL]: desired } } });
  return { ...snapshot, owned: [...snapshot.owned, job] };
}

describe("steps", () => {
  test("one that was not written down yet changes nothing of what stands", () => {
    const before = rollOut(snapshotOf(everything, { references: found }));
    const { app, rawSpec } = snapshotOf({ ...everything, image: "ghcr.io/acme/shop:2" });
    const plan = makePlan({ ...before, app, rawSpec });
    expect(plan.decision).toMatchObject({
      changed: true,
      reason: "ReleaseStarted",
      release: { phase: "Pending", candidate: plan.desired },
    });
    expect(plan.prune).toEqual([]);
    expect(plan.revision).toBe(makePlan(before).desired);
  });

  test("one that was written down is driven, and is the same however often it is looked at", () => {
    const taken = persist(snapshotOf(everything, { references: found }));
    const plan = makePlan(taken);
    expect(plan.decision.changed).toBe(false);
    expect(persist(taken)).toEqual(taken);
    expect(makePlan(taken)).toEqual(plan);
  });
});

describe("a release that is too large to be stored", () => {
  // Digits of a power of three do not compress well.
  const env = Array.from({ length: 50 }, (_, index) => ({
    name: `N${index}`,
    value: (3n ** BigInt(100_000 + index)).toString(36).slice(0, 30_000),
  }));

  test("does not begin, and says what to move; the stable one serves on", () => {
    const before = rollOut(snapshotOf(everything, { references: found }));
    const { app, rawSpec } = snapshotOf({ ...everything, env });
    const plan = drive({ ...before, app, rawSpec });
    expect(plan.tooLarge).toContain("move long values of spec.env");
    expect(plan.decision.release).toMatchObject({ phase: "Pending", candidate: plan.desired });
    expect(plan.decision.release.message).toContain("waits: the pods of the release take");
    expect(applied(plan)).not.toContain(`ControllerRevision/shop-${plan.desired}`);
    expect(plan.held).toEqual([]);
  });
});

describe("waves", () => {
  const kindsOf = ({ waves }: Plan) => waves.map((wave) => [...new Set(wave.map(({ object }) => object.kind))].toSorted());

  test("the migration comes after what it needs, and no pod beside it", () => {
    expect(kindsOf(drive(snapshotOf(everything, { references: found })))).toEqual([
      ["ConfigMap", "ControllerRevision", "Deployment", "Service", "ServiceAccount", "StatefulSet"],
      ["Job"],
    ]);
  });

  test("what pods need comes first, then the pods and what scales them", () => {
    const plan = drive(withJob(snapshotOf(everything, { references: found }), completed));
    expect(kindsOf(plan)).toEqual([
      ["ConfigMap", "ControllerRevision", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
      ["CronJob", "Deployment", "HorizontalPodAutoscaler"],
    ]);
    expect(named(plan.waves[0] ?? []).filter((name) => podBearing.includes(name))).toEqual([]);
  });

  test("every child of the spec is either applied or held, never both", () => {
    for (const snapshot of [snapshotOf(everything), snapshotOf(everything, { references: found })]) {
      const plan = drive(snapshot);
      expect([...applied(plan), ...named(plan.held)].toSorted()).toEqual(named(plan.children).toSorted());
    }
  });

  test("an app without a migration has no wave for one", () => {
    expect(drive(snapshotOf()).waves).toHaveLength(2);
  });
});

describe("the migration gate", () => {
  const failed = { conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", message: "too slow" }] };
  const start = persist(snapshotOf(everything, { references: found }));

  test.each([
    ["not begun", start, "Migrating", 1],
    // A Job that exists can never change, so it is not applied again.
    ["running", withJob(start, {}), "Migrating", 0],
    ["failed", withJob(start, failed), "Failed", 0],
  ])("pods wait while it has %s, and all that is no pod goes on", (_story, snapshot, phase, count) => {
    const plan = drive(snapshot);
    expect(plan.decision.release.phase).toBe(phase);
    expect(named(plan.held).toSorted()).toEqual(podBearing);
    expect(jobs(applied(plan))).toHaveLength(count);
    expect(applied(plan)).toContain("Service/shop-web");
    expect(plan.prune).toEqual([]);
  });

  test("a finished one lets the pods go", () => {
    const plan = drive(withJob(start, completed));
    expect(plan.decision.release.phase).toBe("RollingOut");
    expect(plan.held).toEqual([]);
    expect(applied(plan)).toEqual(expect.arrayContaining(podBearing));
  });

  test("a finished Job that somebody deleted is not wanted back while its release runs", () => {
    const rolledOut = rollOut(start);
    const plan = drive({ ...rolledOut, owned: rolledOut.owned.filter(({ kind }) => kind !== "Job") });
    expect(plan.migration).toEqual({ state: "done", job: undefined });
    expect(plan.decision.release.phase).toBe("Stable");
    expect(jobs(named(plan.children))).toEqual([]);
  });

  test("a new release wants a Job of its own; meanwhile the pods keep theirs, and all of it stays while it could come back", () => {
    const before = rollOut(start);
    const old = makePlan(before).desired;
    const { app, rawSpec } = snapshotOf({ ...everything, image: "ghcr.io/acme/shop:2" });
    const next = persist({ ...before, app, rawSpec });
    const waits = makePlan(next);
    expect(waits).toMatchObject({ running: old, revision: old, held: [], prune: [] });
    expect(waits.desired).not.toBe(old);
    expect(jobs(applied(waits))).toEqual([`Job/shop-migrate-${waits.desired}`]);
    for (const name of podBearing) expect(releaseIn(waits, name), name).toBe(old);
    const goes = drive(withJob(next, completed));
    expect(goes).toMatchObject({ revision: waits.desired, held: [], prune: [] });
    for (const name of podBearing) expect(releaseIn(goes, name), name).toBe(waits.desired);
  });
});

describe("references", () => {
  const missing: Reference = { state: "missing" };

  test("a missing one holds the pods and the migration, but not what stands around them", () => {
    const plan = drive(snapshotOf(everything, { references: { "secret/shop-db": missing } }));
    expect(plan.referenceProblems[0]?.reason).toBe("ReferenceMissing");
    expect(plan.decision.release.phase).toBe("Pending");
    expect(named(plan.held).toSorted()).toEqual(podBearing);
    expect(jobs(named(plan.children))).toEqual([]);
    expect(applied(plan)).toContain("ServiceAccount/shop");
  });

  test("a missing one is reported before a failed migration", () => {
    const snapshot = snapshotOf(everything, { references: { "secret/shop-db": missing } });
    const failed = withJob(snapshot, { conditions: [{ type: "Failed", status: "True" }] });
    expect(drive(failed).decision.release).toMatchObject({
      phase: "Pending",
      message: expect.stringContaining("Secret shop-db") as string,
    });
  });

  test("while pods are held, nothing is pruned: the running release may need it", () => {
    const snapshot = snapshotOf(everything, {
      references: { "secret/shop-db": missing },
      owned: [owned("Deployment", "shop-worker-gone")],
    });
    expect(drive(snapshot).prune).toEqual([]);
    const { prune } = drive(withJob({ ...snapshot, references: found }, completed));
    expect(prune.map(({ object }) => object.metadata.name)).toEqual(["shop-worker-gone"]);
  });

  test("new content of a ConfigMap is a new release; of a Secret it is none, whether it may be looked at or not", () => {
    const config = (digest: string) => revisionOf({}, { "configmap/shop": { state: "found", digest } });
    expect(config("d1")).not.toBe(config("d2"));
    const secret = (reference: Reference) => revisionOf({}, { "secret/shop-db": reference });
    const ids = [foundSecret("08:00:00"), foundSecret("09:00:00"), { state: "unknown" } as const, { state: "missing" } as const].map(
      secret,
    );
    expect(new Set(ids)).toEqual(new Set([revisionOf({}, {})]));
  });
});

describe("the revision", () => {
  test.each([
    ["the image", { image: "ghcr.io/acme/shop:2" }, true],
    ["a variable", { env: [{ name: "LOG_LEVEL", value: "debug" }] }, true],
    ["the migration's command", { migration: { command: ["migrate", "--all"] } }, true],
    ["the number of replicas", { workers: [{ name: "orders", command: ["work"], replicas: 5 }] }, false],
    ["suspend", { suspend: true }, false],
    ["the ceiling", { web: { autoscaling: { minReplicas: 4, maxReplicas: 30 } } }, false],
  ])("with another value of %s it changes: %#", (_what, change, changes) => {
    expect(revisionOf(change) !== revisionOf({})).toBe(changes);
  });
});

describe("a suspended app with a managed Redis", () => {
  const spec = { suspend: true, redis: { cache: { memory: "64Mi" }, queue: { memory: "64Mi", storage: "1Gi" } } };
  const redisOf = (pods: Snapshot["pods"], suspend = true) =>
    makePlan(persist(snapshotOf({ ...spec, suspend }, { pods })))
      .children.filter(({ role }) => /^redis-.*\/(deployment|stateful-set)$/u.test(role))
      .map(({ role, object, replicas }) => [role, replicas, (object["spec"] as { replicas?: number }).replicas]);

  test("keeps it as long as a worker finishes its job", () => {
    expect(redisOf([podOf("orders-1", "worker-orders", { phase: "Running" })])).toEqual([
      ["redis-cache/deployment", { fixed: 1 }, undefined],
      ["redis-queue/stateful-set", undefined, 1],
    ]);
  });

  test("lets it rest when all other pods are gone or have ended", () => {
    const pods = [
      podOf("redis-queue-0", "redis-queue", { phase: "Running" }),
      podOf("nightly-1", "schedule-nightly", { phase: "Succeeded" }),
    ];
    expect(redisOf(pods)).toEqual([
      ["redis-cache/deployment", { fixed: 0 }, undefined],
      ["redis-queue/stateful-set", { fixed: 0 }, 0],
    ]);
    expect(redisOf(pods, false)).toEqual([
      ["redis-cache/deployment", { fixed: 1 }, undefined],
      ["redis-queue/stateful-set", undefined, 1],
    ]);
  });
});
