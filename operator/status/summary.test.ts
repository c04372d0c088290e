import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isErrorReason } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import type { LiveObject, Snapshot } from "../plan/observe/snapshot.ts";
import { makePlan } from "../plan/plan.ts";
import { database } from "../testing/rendered.ts";
import { change, owned, persist, podOf, reportOf, rollOut, snapshotOf, waiting } from "../testing/snapshots.ts";
import type { Report } from "./report.ts";
import { summarize } from "./summary.ts";

const start = snapshotOf({ web: { replicas: 2 } });
const whole = rollOut(start);
const revision = makePlan(start).revision;
const stable: ScalableAppStatus = {
  observedGeneration: 1,
  release: { stable: revision, phase: "Stable" },
  conditions: [],
};

function withWeb(snapshot: Snapshot, status: object): Snapshot {
  return change(snapshot, "Deployment/shop-web", (web): LiveObject => ({ ...web, status: { ...(web["status"] as object), ...status } }));
}

function sick(reason: string): LiveObject {
  return podOf("shop-web-1", "web", { containerStatuses: [waiting("app", reason, { message: "why" })] });
}

const conflict = { kind: "Service", name: "shop-web", holder: "belongs to Deployment other" };
const refused = {
  role: "pgbouncer/config-map",
  kind: "ConfigMap",
  name: "shop-pgbouncer",
  message: "422 Invalid: data: too long",
  reason: "ApplyRefused",
} as const;
const failed = { kind: "Service", name: "shop-web", message: "500 InternalError: etcd", reason: "ApplyFailed" } as const;
const cronJob = {
  kind: "CronJob",
  name: "shop-report",
  role: "schedule-report/cron-job",
  message: "422 Invalid",
  reason: "ApplyRefused",
} as const;
const web = {
  kind: "Deployment",
  name: "shop-web",
  role: "web/deployment",
  message: "exceeded quota: q",
  reason: "QuotaExceeded",
} as const;
const begun = persist(start);
const next = {
  ...snapshotOf({ image: "ghcr.io/acme/shop:2", web: { replicas: 2 }, rollout: { strategy: "rolling" } }),
  owned: whole.owned,
  status: whole.status,
};
const expired = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
const quota = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota: compute" };
const unready = { availableReplicas: 1 };

function migrating(status?: object): Snapshot {
  const snapshot = persist(snapshotOf({ migration: { command: ["migrate"] } }));
  return status ? { ...snapshot, owned: [owned("Job", `shop-migrate-${makePlan(snapshot).revision}`, { status })] } : snapshot;
}

const missing = snapshotOf({ postgres: database }, { references: { "secret/shop-db": { state: "missing" } } });
const unreadable = snapshotOf({ postgres: database }, { references: { "secret/shop-db": { state: "denied", message: "forbidden" } } });

describe("the app in one word", () => {
  test.each<[string, Report, { state: string; reason: string; degraded: boolean; message: string }]>([
    ["all is well", reportOf(whole), { state: "ready", reason: "Available", degraded: false, message: "(ready pods: web 2)" }],
    [
      "a name is taken",
      reportOf(whole, { conflicts: [conflict] }),
      { state: "stalled", reason: "ObjectNotOurs", degraded: false, message: "Service shop-web exists and belongs to Deployment other" },
    ],
    [
      "a name is taken, and pods are missing",
      reportOf(start, { conflicts: [conflict] }),
      { state: "stalled", reason: "ObjectNotOurs", degraded: true, message: "Delete it, or give the ScalableApp another name" },
    ],
    [
      "a child is refused",
      reportOf(whole, { failures: [refused] }),
      { state: "stalled", reason: "ApplyRefused", degraded: true, message: "refuses ConfigMap shop-pgbouncer: 422" },
    ],
    [
      "a CronJob is refused while a release is under way",
      reportOf(begun, { failures: [cronJob] }),
      { state: "working", reason: "ApplyRefused", degraded: true, message: "refuses CronJob shop-report: 422" },
    ],
    [
      "what the release needs is refused: the release will end by itself",
      reportOf(next, { failures: [web] }),
      { state: "working", reason: "QuotaExceeded", degraded: false, message: "refuses Deployment shop-web: exceeded quota" },
    ],
    [
      "several are refused",
      reportOf(whole, { failures: [cronJob, web], heldBack: [{ kind: "Service", name: "old", because: "CronJob/shop-report" }] }),
      { state: "stalled", reason: "ApplyRefused", degraded: true, message: "(waits for it: the deletion of Service/old); and 1 more" },
    ],
    [
      "the release is too large to be stored",
      reportOf(
        snapshotOf({ env: Array.from({ length: 40 }, (_, i) => ({ name: `A${i}`, value: randomBytes(24_000).toString("base64") })) }),
      ),
      { state: "stalled", reason: "ReleaseTooLarge", degraded: true, message: "move long values of spec.env" },
    ],
    [
      "a child failed",
      reportOf(whole, { failures: [failed] }),
      { state: "working", reason: "ApplyFailed", degraded: false, message: "is tried again: 500" },
    ],
    ["a Secret is missing", reportOf(missing), { state: "stalled", reason: "ReferenceMissing", degraded: true, message: "create it" }],
    [
      "a Secret may not be looked at",
      reportOf(unreadable),
      { state: "stalled", reason: "ReferenceUnreadable", degraded: true, message: "grant the operator" },
    ],
    [
      "the migration has not begun",
      reportOf(migrating()),
      { state: "working", reason: "MigrationWaiting", degraded: false, message: "has not started yet" },
    ],
    [
      "the migration runs",
      reportOf(migrating({})),
      { state: "working", reason: "MigrationRunning", degraded: false, message: "waits for its migration (Job shop-migrate-" },
    ],
    [
      "the migration failed",
      reportOf({
        ...migrating({ conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded" }] }),
        migrationLog: "relation exists\n",
      }),
      {
        state: "stalled",
        reason: "MigrationFailed",
        degraded: true,
        message:
          "DeadlineExceeded; its last log lines: relation exists. The running release was left as it is. Correct it and release again, or ask for another try: scalable-app retry",
      },
    ],
    [
      "it is suspended",
      reportOf(rollOut(snapshotOf({ suspend: true }))),
      { state: "ready", reason: "Suspended", degraded: false, message: "set it to false" },
    ],
    [
      "the deadline passed",
      reportOf(withWeb(whole, { ...unready, conditions: [expired] })),
      {
        state: "stalled",
        reason: "ProgressDeadlineExceeded",
        degraded: true,
        message: "rollout.progressDeadlineSeconds: its new pods do not become ready",
      },
    ],
    [
      "the quota is used up",
      reportOf(withWeb(whole, { ...unready, conditions: [quota] })),
      { state: "working", reason: "QuotaExceeded", degraded: true, message: "web can create no pod: exceeded quota: compute" },
    ],
    [
      "the quota is used up, but enough pods run",
      reportOf(withWeb(whole, { conditions: [quota] })),
      { state: "ready", reason: "Available", degraded: false, message: "" },
    ],
    [
      "a container crashes",
      reportOf({ ...withWeb(whole, unready), pods: [sick("CrashLoopBackOff")] }),
      { state: "working", reason: "PodsCrashing", degraded: true, message: "container app of pod shop-web-1" },
    ],
    [
      "an image cannot be pulled",
      reportOf({ ...withWeb(whole, unready), pods: [sick("ErrImagePull")] }),
      { state: "working", reason: "ImagePullFailed", degraded: true, message: "ErrImagePull: why" },
    ],
    [
      "a pod fits nowhere",
      reportOf({
        ...withWeb(whole, unready),
        pods: [podOf("p", "web", { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" }] })],
      }),
      { state: "working", reason: "PodsUnschedulable", degraded: true, message: "no room" },
    ],
    [
      "a pod beyond the needed ones crashes",
      reportOf({ ...whole, pods: [sick("CrashLoopBackOff")] }),
      { state: "ready", reason: "Available", degraded: false, message: "" },
    ],
    [
      "old pods are being replaced",
      reportOf(withWeb(whole, { replicas: 3, updatedReplicas: 1 })),
      { state: "working", reason: "RollingOut", degraded: false, message: "web 1 of 2 pods are new" },
    ],
    [
      "it starts for the first time",
      reportOf(start),
      { state: "working", reason: "ComponentsStarting", degraded: false, message: "web 0 of 2 pods ready" },
    ],
    [
      "it lost a pod",
      reportOf({ ...withWeb(whole, unready), status: stable }),
      { state: "working", reason: "ComponentsUnavailable", degraded: true, message: "web 1 of 2 pods ready" },
    ],
    [
      "its spec changed",
      reportOf({ ...withWeb(whole, unready), status: { ...stable, observedGeneration: 0 } }),
      { state: "working", reason: "ComponentsStarting", degraded: false, message: "" },
    ],
  ])("%s", (_story, report, { message, ...expected }) => {
    const summary = summarize(report);
    expect(summary).toMatchObject(expected);
    expect(summary.message).toContain(message);
  });

  test("what is stalled asks somebody to act, what is ready does not", () => {
    for (const report of [
      reportOf(whole),
      reportOf(missing),
      reportOf(whole, { conflicts: [conflict] }),
      reportOf(whole, { failures: [refused] }),
    ]) {
      const { state, reason } = summarize(report);
      expect(isErrorReason(reason), reason).toBe(state === "stalled");
    }
  });
});

test("of several troubles the one that has to be mended first is reported", () => {
  const all = { ...missing, app: snapshotOf({ postgres: database, migration: { command: ["migrate"] }, suspend: true }).app };
  const troubled = {
    ...all,
    owned: [
      ...all.owned,
      owned("Job", `shop-migrate-${makePlan(all).revision}`, { status: { conditions: [{ type: "Failed", status: "True" }] } }),
    ],
  };
  const found = persist({ ...troubled, references: {}, owned: [] });
  const jobOfFound = owned("Job", `shop-migrate-${makePlan(found).revision}`, {
    status: { conditions: [{ type: "Failed", status: "True" }] },
  });
  const ladder: readonly Report[] = [
    reportOf(troubled, { conflicts: [conflict], failures: [failed, refused] }),
    reportOf(troubled, { failures: [failed, refused] }),
    reportOf(troubled, { failures: [failed] }),
    reportOf(troubled),
    reportOf({ ...found, owned: [jobOfFound] }),
    reportOf({ ...rollOut(snapshotOf({ suspend: true })), pods: [sick("CrashLoopBackOff")] }),
    reportOf({
      ...withWeb(whole, { ...unready, replicas: 3, updatedReplicas: 1, conditions: [expired, quota] }),
      pods: [sick("ErrImagePull")],
    }),
    reportOf({ ...withWeb(whole, { ...unready, replicas: 3, updatedReplicas: 1, conditions: [quota] }), pods: [sick("ErrImagePull")] }),
    reportOf({ ...withWeb(whole, { ...unready, replicas: 3, updatedReplicas: 1 }), pods: [sick("ErrImagePull")] }),
    reportOf(withWeb(whole, { ...unready, replicas: 3, updatedReplicas: 1 })),
    reportOf(withWeb(whole, unready)),
    reportOf(whole),
  ];
  expect(ladder.map((report) => summarize(report).reason)).toEqual([
    "ObjectNotOurs",
    "ApplyRefused",
    "ApplyFailed",
    "ReferenceMissing",
    "MigrationFailed",
    "Suspended",
    "ProgressDeadlineExceeded",
    "QuotaExceeded",
    "ImagePullFailed",
    "RollingOut",
    "ComponentsStarting",
    "Available",
  ]);
});
