import { expect, test } from "vitest";
import { childOf, containerOf, podSpecOf } from "../../testing/rendered.ts";

const schedule = {
  name: "nightly-report",
  cron: "0 3 * * *",
  timeZone: "Europe/Berlin",
  command: ["node", "report.js"],
  deadlineSeconds: 1800,
  startingDeadlineSeconds: 120,
  retries: 3,
};

test("a command runs once per tick across the whole fleet, in its time zone, and not long after its time", () => {
  const { object } = childOf({ schedules: [schedule] }, "schedule-nightly-report/cron-job");
  expect(object).toMatchObject({
    metadata: { name: "shop-nightly-report" },
    spec: {
      schedule: "0 3 * * *",
      timeZone: "Europe/Berlin",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 120,
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { metadata: { labels: { "scalableapp.dev/app": "shop" } } },
    },
  });
});

test("a failed run is tried again, one pod at a time, and an evicted pod is no failure", () => {
  const { object } = childOf({ schedules: [schedule] }, "schedule-nightly-report/cron-job");
  expect(object).toMatchObject({
    spec: {
      jobTemplate: {
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 1800,
          podReplacementPolicy: "Failed",
          podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
        },
      },
    },
  });
  expect(podSpecOf(object)).toMatchObject({ restartPolicy: "Never" });
  expect(containerOf(object)).toMatchObject({ command: ["node", "report.js"] });
});

test.each([
  [{ suspend: true }, {}],
  [{}, { suspend: true }],
])("a schedule rests while it or the app is suspended: %j %j", (app, own) => {
  const { object } = childOf({ ...app, schedules: [{ ...schedule, ...own }] }, "schedule-nightly-report/cron-job");
  expect(object).toMatchObject({ spec: { suspend: true } });
});
