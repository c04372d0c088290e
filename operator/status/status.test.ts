import { describe, expect, test } from "vitest";
import { statusSchema, type ScalableAppStatus } from "../api/status.ts";
import type { LiveObject } from "../plan/observe/snapshot.ts";
import { database } from "../testing/rendered.ts";
import { change, podOf, reportOf, rollOut, snapshotOf, testNow, waiting } from "../testing/snapshots.ts";
import { buildInvalidStatus, buildStatus } from "./status.ts";

const everything = {
  stage: "steady",
  postgres: { ...database, maxConnections: 300 },
  workers: [{ name: "orders", command: ["work"], replicas: 2 }],
  schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
  migration: { command: ["migrate"] },
};

describe("the status of an app", () => {
  const whole = rollOut(snapshotOf(everything, { generation: 7 }));

  test("is what the schema of the API promises, in every situation", () => {
    const reports = [
      reportOf(whole),
      reportOf(snapshotOf(everything)),
      reportOf(snapshotOf({ suspend: true })),
      reportOf(snapshotOf({ postgres: { ...database, maxConnections: 10, reservedConnections: 3 } })),
      reportOf(snapshotOf(everything, { references: { "secret/shop-db": { state: "missing" } } })),
    ];
    for (const report of reports) expect(statusSchema.safeParse(buildStatus(report)).error).toBeUndefined();
  });

  test("names every component with its pods, and the scale subresource's view of the web", () => {
    const status = buildStatus(reportOf(whole));
    expect(status.observedGeneration).toBe(7);
    expect(status.components?.map(({ name, ready }) => `${name} ${ready}`)).toEqual([
      "redis-cache 1",
      "redis-queue 1",
      "web 4",
      "worker-orders 2",
    ]);
    expect(status).toMatchObject({ replicas: 4, selector: "scalableapp.dev/app=shop,app.kubernetes.io/component=web" });
    expect(status.scaling).toEqual({
      floor: 4,
      ceiling: 20,
      reason: "at least 4 by web.autoscaling.minReplicas; at most 20 by web.autoscaling.maxReplicas",
    });
    expect(status.connectionBudget).toMatchObject({ perPod: 5 });
  });

  test("a component says what is wrong with it only while something is", () => {
    const pods = [podOf("shop-web-1", "web", { containerStatuses: [waiting("app", "ImagePullBackOff")] })];
    const message = (status: ScalableAppStatus) => status.components?.find(({ name }) => name === "web")?.message;
    expect(message(buildStatus(reportOf({ ...whole, pods })))).toBeUndefined();
    const lost = change(whole, "Deployment/shop-web", (web): LiveObject => ({
      ...web,
      status: { ...(web["status"] as object), availableReplicas: 1 },
    }));
    expect(message(buildStatus(reportOf({ ...lost, pods })))).toContain("ImagePullBackOff");
  });

  test("reports the last runs of every schedule", () => {
    const times = { lastScheduleTime: "2026-11-27T03:00:00Z", lastSuccessfulTime: "2026-11-26T03:00:09Z", active: [{ name: "run" }] };
    const ran = change(whole, "CronJob/shop-nightly", (object): LiveObject => ({ ...object, status: times }));
    expect(buildStatus(reportOf(ran)).schedules).toEqual([
      { name: "nightly", lastRun: times.lastScheduleTime, lastSuccess: times.lastSuccessfulTime, active: 1 },
    ]);
    expect(buildStatus(reportOf(whole)).schedules).toEqual([{ name: "nightly", active: 0 }]);
    expect(buildStatus(reportOf(snapshotOf())).schedules).toBeUndefined();
  });
});

describe("the status of a spec that cannot be acted on", () => {
  const problems = [
    { path: "spec.image", message: "is required: add it" },
    { path: "spec.web.port", message: "must be a number" },
  ];
  const before = { ...buildStatus(reportOf(rollOut(snapshotOf(everything)))), observedGeneration: 1 };
  const status = buildInvalidStatus(problems, before, { generation: 2, now: "2026-11-27T09:00:00Z" });
  const condition = (type: string) => status.conditions?.find((found) => found.type === type);

  test("keeps what was known of the running app", () => {
    expect(status).toMatchObject({
      release: before.release,
      components: before.components,
      replicas: before.replicas,
      schedules: before.schedules,
    });
    expect(status.observedGeneration).toBe(2);
  });

  test("names every field that is wrong, and says that the app runs on", () => {
    expect(condition("Valid")).toMatchObject({ status: "False", reason: "InvalidSpec" });
    expect(condition("Ready")?.message).toBe(
      "spec.image is required: add it; spec.web.port must be a number. The running app was left as it is",
    );
    expect(condition("Ready")?.lastTransitionTime).toBe("2026-11-27T09:00:00Z");
    expect(condition("Progressing")?.lastTransitionTime).toBe(testNow);
  });

  test("a first status can be reported too", () => {
    expect(statusSchema.safeParse(buildInvalidStatus(problems, undefined, { generation: 1, now: testNow })).error).toBeUndefined();
  });
});
