import { describe, expect, test } from "vitest";
import { CONDITIONS, type Condition } from "../api/conditions.ts";
import type { LiveObject, Snapshot } from "../plan/observe/snapshot.ts";
import { database } from "../testing/rendered.ts";
import { change, owned, reportOf, rollOut, snapshotOf, testNow } from "../testing/snapshots.ts";
import { judgeConditions, judgeInvalid, stampConditions } from "./conditions.ts";
import type { Report } from "./report.ts";
import { verdict } from "./report.ts";

const earlier = "2026-11-27T07:00:00Z";
const conflict = { kind: "Service", name: "shop-web", holder: "has no controller" };
const autoscaled = { web: { autoscaling: { minReplicas: 2, maxReplicas: 8 } } };

const schedule = { name: "report", cron: "0 * * * *", command: ["r"] };
const inSchedule = (podSpec: object) => ({ spec: { jobTemplate: { spec: { template: { spec: podSpec } } } } });
const locked = { privileged: true, allowPrivilegeEscalation: true, capabilities: { drop: null, add: ["NET_ADMIN"] } };
const loosening = { spec: { template: { spec: { hostNetwork: true, containers: [{ name: "app", securityContext: locked }] } } } };
const hastyApp = { name: "app", livenessProbe: null, lifecycle: null };
const hasty = { spec: { template: { spec: { terminationGracePeriodSeconds: 1, containers: [hastyApp] } } } };

function withScaler(status: object): Snapshot {
  return change(rollOut(snapshotOf(autoscaled)), "HorizontalPodAutoscaler/shop-web", (object): LiveObject => ({ ...object, status }));
}

describe("each condition says what to know or change", () => {
  const pooled = (maxConnections: number, mode = "sidecar") => ({
    postgres: { ...database, maxConnections, reservedConnections: 0, pooler: { mode, poolSize: 5 } },
  });
  const limited = { type: "ScalingLimited", status: "True", reason: "TooManyReplicas" };
  const blind = { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: "no metrics known" };

  test.each<[string, Report, string, string | RegExp]>([
    ["every reference there", reportOf(snapshotOf()), "ReferencesFound True AllReferencesFound", "every ConfigMap and Secret"],
    [
      "a reference missing",
      reportOf(snapshotOf({ postgres: database }, { references: { "secret/shop-db": { state: "missing" } } })),
      "ReferencesFound False ReferenceMissing",
      "Secret shop-db in namespace retail does not exist: create it",
    ],
    ["the restricted standard", reportOf(snapshotOf()), "Restricted True RestrictedStandard", "all pods meet"],
    [
      "a writable root",
      reportOf(snapshotOf({ podSecurity: { readOnlyRootFilesystem: false } })),
      "Restricted False PodSecurityLoosened",
      "spec.podSecurity: readOnlyRootFilesystem is false",
    ],
    [
      "privileges, a capability and the host's network by overlay",
      reportOf(snapshotOf({ overlays: { web: loosening } })),
      "Restricted False PodSecurityLoosened",
      "spec.overlays[web]: hostNetwork is true, container app: securityContext.privileged is true, container app: securityContext.allowPrivilegeEscalation is true, container app: securityContext.capabilities.drop lacks ALL, container app: securityContext.capabilities.add has NET_ADMIN",
    ],
    [
      "a writable root, and a container that an overlay adds",
      reportOf(
        snapshotOf({
          podSecurity: { readOnlyRootFilesystem: false },
          schedules: [schedule],
          overlays: { "schedule-report": inSchedule({ containers: [{ name: "extra", image: "x:1" }] }) },
        }),
      ),
      "Restricted False PodSecurityLoosened",
      "spec.podSecurity: readOnlyRootFilesystem is false; spec.overlays[schedule-report]: container extra: securityContext.allowPrivilegeEscalation is not false",
    ],
    [
      "an overlay that opens nothing",
      reportOf(snapshotOf({ overlays: { web: { spec: { template: { spec: { dnsPolicy: "Default" } } } } } })),
      "Restricted True RestrictedStandard",
      "all pods meet",
    ],
    [
      "an overlay that lets runs overlap",
      reportOf(snapshotOf({ schedules: [schedule], overlays: { "schedule-report": { spec: { concurrencyPolicy: "Allow" } } } })),
      "OverlayReported True PromiseOverlaid",
      "spec.overlays[schedule-report] changes concurrencyPolicy: runs of the schedule may overlap",
    ],
    [
      "an overlay that drops the arguments of Redis",
      reportOf(
        snapshotOf({
          redis: { queue: {} },
          overlays: { "redis-queue": { spec: { template: { spec: { containers: [{ name: "redis", args: [] }] } } } } },
        }),
      ),
      "OverlayReported True PromiseOverlaid",
      "spec.overlays[redis-queue] changes args of container redis: its limit of memory, its persistence and its eviction",
    ],
    [
      "an overlay without a probe, without a drain and with less time",
      reportOf(snapshotOf({ overlays: { web: hasty } })),
      "OverlayReported True PromiseOverlaid",
      "spec.overlays[web] changes livenessProbe of container app: a pod that does not work is not noticed; spec.overlays[web] changes lifecycle.preStop of container app: requests may be cut off when a pod ends; spec.overlays[web] changes terminationGracePeriodSeconds: requests or jobs may be cut off when a pod ends",
    ],
    [
      "an overlay that migrates twice",
      reportOf(snapshotOf({ migration: { command: ["m"] }, overlays: { migration: { spec: { backoffLimit: 3 } } } })),
      "OverlayReported True PromiseOverlaid",
      "spec.overlays[migration] changes backoffLimit: the migration may run twice",
    ],
    [
      "a budget that fits",
      reportOf(snapshotOf(pooled(15))),
      "ConnectionBudget True WithinBudget",
      /^3 x 5 = 15 of 15 connections at the worst moment \(pods: web 1 \+ 1 surge \+ 1 ending\)$/u,
    ],
    [
      "a smaller pool",
      reportOf(snapshotOf(pooled(14))),
      "ConnectionBudget True WithinBudget",
      "3 x 4 = 12 of 14 connections at the worst moment (pods: web 1 + 1 surge + 1 ending); each pool has 4 instead of 5",
    ],
    [
      "a lower ceiling",
      reportOf(snapshotOf({ ...pooled(14), web: { autoscaling: { minReplicas: 1, maxReplicas: 9 } } })),
      "ConnectionBudget False CeilingLowered",
      "web has at most 3 replicas instead of 9: 7 x 2 = 14 of 14 connections",
    ],
    [
      "a budget that does not",
      reportOf(snapshotOf(pooled(5))),
      "ConnectionBudget False BudgetExceeded",
      "3 x 2 = 6 of 5 connections at the worst moment (pods: web 1 + 1 surge + 1 ending): lower the ceilings of web and workers",
    ],
    ["no pooler", reportOf(snapshotOf(pooled(9, "none"))), "ConnectionBudget True Unpooled", "set it to sidecar"],
    [
      "a migration that waits",
      reportOf(snapshotOf({ migration: { command: ["m"] } })),
      "Migrated False MigrationWaiting",
      /^Job shop-migrate-\w+ has not started yet$/u,
    ],
    [
      "a migration that has run",
      reportOf(rollOut(snapshotOf({ migration: { command: ["m"] } }))),
      "Migrated True MigrationSucceeded",
      "has run",
    ],
    ["a fixed number", reportOf(snapshotOf({ web: { replicas: 3 } })), "Scaled True FixedReplicas", "web stands at 3 replica(s)"],
    [
      "a floor that is the ceiling",
      reportOf(rollOut(snapshotOf({ web: { autoscaling: { minReplicas: 3, maxReplicas: 3 } } }))),
      "Scaled True FixedReplicas",
      "web stands at 3 replica(s)",
    ],
    [
      "a paused autoscaler",
      reportOf(snapshotOf({ web: { autoscaling: { minReplicas: 2, maxReplicas: 8, paused: true } } })),
      "Scaled True AutoscalingPaused",
      "web.autoscaling.paused",
    ],
    [
      "an autoscaler at work",
      reportOf(withScaler({ currentReplicas: 5 })),
      "Scaled True AutoscalingActive",
      "web stands at 5 of 2 to 8 replicas",
    ],
    [
      "an autoscaler at its ceiling",
      reportOf(withScaler({ currentReplicas: 8, conditions: [limited] })),
      "Scaled False AtCeiling",
      "web.autoscaling.maxReplicas (8): raise it",
    ],
    [
      "an autoscaler at its floor",
      reportOf(withScaler({ currentReplicas: 2, conditions: [{ ...limited, reason: "TooFewReplicas" }] })),
      "Scaled True AutoscalingActive",
      "web stands at 2",
    ],
    [
      "an autoscaler without metrics",
      reportOf(withScaler({ conditions: [blind, limited] })),
      "Scaled False MetricsUnavailable",
      "no metrics known",
    ],
    [
      "an autoscaler that rests at zero",
      reportOf(withScaler({ conditions: [{ ...blind, reason: "ScalingDisabled" }] })),
      "Scaled True AutoscalingActive",
      "",
    ],
    [
      "a name that is taken",
      reportOf(snapshotOf(), { conflicts: [conflict, { ...conflict, name: "two" }] }),
      "NameConflict True ObjectNotOurs",
      "Service shop-web has no controller; Service two has no controller: delete the object",
    ],
    [
      "fields without effect",
      reportOf(snapshotOf({ slos: [{ name: "a", objectivePercent: 99, windowDays: 30 }] })),
      "NotImplemented True FieldsNotImplemented",
      "spec.slos",
    ],
    [
      "fields of a newer version",
      reportOf(snapshotOf({}, { rawSpec: { image: "shop:1", turbo: 1, web: { turbo: true } } })),
      "UnknownFields True FieldsUnknown",
      "does not know spec.turbo, spec.web.turbo: without effect until it is upgraded",
    ],
  ])("%s", (_story, report, expected, message) => {
    const found = new Map(judgeConditions(report).map((each) => [`${each.type} ${each.status} ${each.reason}`, each.message]));
    expect([...found.keys()]).toContain(expected);
    expect(found.get(expected)).toMatch(message);
  });
});

test("an overlay that takes back no promise is not reported", () => {
  const overlays = { web: { metadata: { annotations: { team: "shop" } }, spec: { template: { spec: { dnsPolicy: "Default" } } } } };
  expect(judgeConditions(reportOf(snapshotOf({ overlays }))).map(({ type }) => type)).not.toContain("OverlayReported");
});

describe("the conditions that follow from the summary alone", () => {
  const overall = ["Ready", "Progressing", "Degraded", "Reconciling", "Stalled"];
  const reported = (report: Report) =>
    judgeConditions(report)
      .filter(({ type }) => overall.includes(type))
      .map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  test("ready", () => {
    expect(reported(reportOf(rollOut(snapshotOf())))).toEqual([
      "Ready True Available",
      "Progressing False AsExpected",
      "Degraded False AsExpected",
    ]);
  });

  test("at work: Reconciling, for Argo CD and Flux", () => {
    expect(reported(reportOf(snapshotOf()))).toEqual([
      "Ready False ComponentsStarting",
      "Progressing True ComponentsStarting",
      "Degraded False AsExpected",
      "Reconciling True ComponentsStarting",
    ]);
  });

  test("stalled: nobody waits for it any more", () => {
    expect(reported(reportOf(rollOut(snapshotOf()), { conflicts: [conflict] }))).toEqual([
      "Ready False ObjectNotOurs",
      "Progressing False ObjectNotOurs",
      "Degraded False AsExpected",
      "Stalled True ObjectNotOurs",
    ]);
  });

  const web = {
    kind: "Deployment",
    name: "shop-web",
    role: "web/deployment",
    reason: "ApplyRefused",
    message: "no. Change spec.web",
  } as const;
  const cronJob = {
    kind: "CronJob",
    name: "shop-report",
    role: "schedule-report/cron-job",
    reason: "ApplyRefused",
    message: "no. Change spec.schedules[report].cron",
  } as const;
  const progressOf = (report: Report) => judgeConditions(report).find(({ type }) => type === "Progressing");

  test("a child is refused: what is under way is reported all the same", () => {
    const first = reportOf(snapshotOf(), { failures: [web] });
    expect(reported(first)).toEqual([
      "Ready False ApplyRefused",
      "Progressing True ComponentsStarting",
      "Degraded True ApplyRefused",
      "Reconciling True ApplyRefused",
    ]);
    expect(progressOf(first)?.message).toMatch(/web 0 of 1 pods ready/u);
    const whole = rollOut(snapshotOf());
    const { app, rawSpec } = snapshotOf({ image: "ghcr.io/acme/shop:2", rollout: { strategy: "rolling" } });
    expect(progressOf(reportOf({ ...whole, app, rawSpec }, { failures: [cronJob] }))).toMatchObject({
      status: "True",
      reason: "RollingOut",
    });
  });

  test("a child is refused and nothing is under way: that is what Progressing says", () => {
    expect(progressOf(reportOf(rollOut(snapshotOf()), { failures: [cronJob] }))).toMatchObject({
      status: "False",
      reason: "ApplyRefused",
      message: "the API server refuses CronJob shop-report: no. Change spec.schedules[report].cron",
    });
  });

  test("every refused child is named in one condition", () => {
    const refused = judgeConditions(reportOf(rollOut(snapshotOf()), { failures: [cronJob, web] })).filter(({ type }) => type === "Refused");
    expect(refused).toEqual([
      {
        type: "Refused",
        status: "True",
        reason: "ApplyRefused",
        message:
          "the API server refuses CronJob shop-report: no. Change spec.schedules[report].cron; the API server refuses Deployment shop-web: no. Change spec.web",
      },
    ]);
  });

  test("an invalid spec says nothing of what it cannot know", () => {
    expect(judgeInvalid("spec.image is required").map(({ type, status }) => `${type} ${status}`)).toEqual([
      "Ready False",
      "Progressing False",
      "Degraded False",
      "Stalled True",
      "Valid False",
    ]);
  });
});

test("a condition whose good status is False is reported only while it holds; the others always have their type once", () => {
  const reports = [
    reportOf(rollOut(snapshotOf(autoscaled))),
    reportOf(snapshotOf({ migration: { command: ["m"] } })),
    reportOf(snapshotOf({ slos: [{ name: "a", objectivePercent: 99, windowDays: 30 }] }), { conflicts: [conflict] }),
    reportOf(snapshotOf({}, { owned: [owned("Deployment", "shop-web")] })),
  ];
  for (const report of reports) {
    const verdicts = judgeConditions(report);
    expect(new Set(verdicts.map(({ type }) => type)).size).toBe(verdicts.length);
    const abnormal = verdicts.filter(({ type }) => CONDITIONS[type].good === "False" && type !== "Progressing" && type !== "Degraded");
    expect(abnormal.filter(({ status }) => status !== "True")).toEqual([]);
    expect(verdicts.filter(({ message }) => message === "")).toEqual([]);
  }
});

describe("stamping", () => {
  const before: Condition = {
    type: "Ready",
    status: "True",
    reason: "Available",
    message: "all",
    observedGeneration: 3,
    lastTransitionTime: earlier,
  };
  const at = { generation: 4, now: testNow };

  test.each([
    ["nothing changed", verdict("Ready", true, "Available", "all"), earlier],
    ["only the words changed", verdict("Ready", true, "Available", "all, still"), earlier],
    ["only the reason changed", verdict("Ready", true, "Suspended", "zero"), earlier],
    ["the status changed", verdict("Ready", false, "PodsCrashing", "boom"), testNow],
    ["it is new", verdict("Valid", true, "Accepted", "fine"), testNow],
  ])("the transition time moves with the status and nothing else: %s", (_story, found, since) => {
    expect(stampConditions([found], [before], at)).toEqual([{ ...found, observedGeneration: 4, lastTransitionTime: since }]);
  });

  test("one that is no longer reported is gone", () => {
    expect(stampConditions([], [before], at)).toEqual([]);
  });

  test("a message is cut to what the schema takes", () => {
    const [stamped] = stampConditions([verdict("Ready", false, "ApplyRefused", "x".repeat(40_000))], [], at);
    expect(stamped?.message.length).toBeLessThanOrEqual(32_768);
  });
});
