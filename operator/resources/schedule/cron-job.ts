import type { V1CronJobSpec, V1JobSpec } from "@kubernetes/client-node";
import type { Schedule } from "../../api/schedule.ts";
import type { Manifest } from "../manifest.ts";
import { childLabels, childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { scheduleName } from "../names.ts";
import { ignoreDisruptions } from "../pod/failure-policy.ts";
import type { PodComponent } from "../pod/component.ts";
import { buildPodTemplate } from "../pod/template.ts";

/** Finished runs that are kept to be looked at. */
const keptRuns = 3;

/** The component label of one schedule's pods. */
export function scheduleComponent(schedule: Schedule): string {
  return `schedule-${schedule.name}`;
}

/** The CronJob that runs a command once per tick across the whole fleet. */
export function buildScheduleCronJob(identity: Identity, schedule: Schedule): Manifest {
  const { app } = identity;
  const component = scheduleComponent(schedule);
  const spec: V1CronJobSpec = {
    schedule: schedule.cron,
    timeZone: schedule.timeZone,
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: schedule.startingDeadlineSeconds,
    suspend: app.spec.suspend || schedule.suspend,
    successfulJobsHistoryLimit: keptRuns,
    failedJobsHistoryLimit: keptRuns,
    jobTemplate: { metadata: { labels: childLabels(app.metadata.name, component) }, spec: run(identity, schedule) },
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: childMetadata(identity, scheduleName(app.metadata.name, schedule.name), component),
    spec,
  };
}

function run(identity: Identity, schedule: Schedule): V1JobSpec {
  return {
    backoffLimit: schedule.retries,
    activeDeadlineSeconds: schedule.deadlineSeconds,
    ...ignoreDisruptions(),
    template: buildPodTemplate(identity, podComponent(schedule)),
  };
}

function podComponent(schedule: Schedule): PodComponent {
  return {
    name: scheduleComponent(schedule),
    group: "schedules",
    settings: schedule,
    command: schedule.command,
    args: schedule.args,
    resources: schedule.resources,
    database: "pooled",
    pod: { restartPolicy: "Never" },
  };
}
