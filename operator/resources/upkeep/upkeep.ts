import type { V1CronJobSpec, V1JobSpec, V1PodTemplateSpec } from "@kubernetes/client-node";
import { everyAsCron } from "../../api/interval.ts";
import type { Postgres } from "../../api/postgres.ts";
import { hashText } from "../../base/canonical.ts";
import type { Manifest } from "../manifest.ts";
import { childLabels, childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { upkeepName } from "../names.ts";
import { primaryFile } from "../pgbouncer/pooler.ts";
import { authorityMounts, authorityVolumes, databaseMount, databaseVolume } from "../pgbouncer/volumes.ts";
import { ignoreDisruptions } from "../pod/failure-policy.ts";
import { lockedSecurityContext, ownIds, podSecurityContext } from "../pod/security.ts";
import { partitionsSql } from "./partitions-sql.ts";
import { refreshSql } from "./refresh-sql.ts";
import { runScript } from "./run-script.ts";

/** The component label of all that keeps the data of the database. */
const upkeepComponent = "upkeep";
/** The component label of the pods that keep partitions. */
export const partitionsComponent = `${upkeepComponent}-partitions`;
/** The user and group of the upstream image. */
const postgresIds = { runAsUser: 999, runAsGroup: 999 };
const scriptDirectory = "/etc/scalable-app/upkeep";
/** Seconds after which a run is given up: partitions take moments, a refresh may read whole tables. */
const deadlines = { partitions: 3600, refresh: 14_400 };
/** Seconds for which a run that could not begin in time is made up for. */
const startingDeadlineSeconds = 300;
/** Further tries of the first run, ten minutes in all: the migration that makes the table may be under way. */
const firstRunRetries = 6;

/** A child that keeps the data of the database. */
export interface UpkeepChild {
  readonly role: string;
  readonly object: Manifest;
}

/** A task for the script, with its arguments. */
interface Task {
  readonly component: string;
  readonly name: "partitions" | "refresh";
  readonly entries: readonly string[];
}

/** Whether a child keeps the data of the database. */
export function isUpkeep({ role }: { readonly role: string }): boolean {
  return role.startsWith(upkeepComponent);
}

/** The component label of the pods that refresh one view. */
export function viewComponent(view: string): string {
  return `${upkeepComponent}-view-${slugOf(view)}`;
}

/**
 * What keeps partitions and materialized views: an hourly CronJob for all tables, one for each view, and a Job that keeps the tables at
 * once when their list has changed. They run psql on the direct connection, with statements that can be read in a ConfigMap, and are no
 * part of a release. Nothing without such fields.
 */
export function buildUpkeep(identity: Identity): readonly UpkeepChild[] {
  const { postgres } = identity.app.spec;
  if (!postgres || postgres.partitions.length + postgres.materializedViews.length === 0) return [];
  const views = postgres.materializedViews.map(({ name, every = "1d", cron }) => {
    const task: Task = { component: viewComponent(name), name: "refresh", entries: [name] };
    return cronJob(identity, postgres, { task, schedule: cron ?? everyAsCron(every, seedOf(identity)) });
  });
  return [{ role: `${upkeepComponent}/config-map`, object: configMap(identity) }, ...partitions(identity, postgres), ...views];
}

function partitions(identity: Identity, postgres: Postgres): readonly UpkeepChild[] {
  if (postgres.partitions.length === 0) return [];
  const entries = postgres.partitions.map(({ table, column, every, ahead, keep = "" }) => [table, column, every, ahead, keep].join(":"));
  const task: Task = { component: partitionsComponent, name: "partitions", entries };
  const hourly = cronJob(identity, postgres, { task, schedule: everyAsCron("1h", seedOf(identity)) });
  return identity.app.spec.suspend ? [hourly] : [hourly, firstRun(identity, postgres, task)];
}

function firstRun(identity: Identity, postgres: Postgres, task: Task): UpkeepChild {
  const name = upkeepName(identity.app.metadata.name, `partitions-${hashText(task.entries.join(), 8)}`);
  const spec = job(identity, postgres, task, firstRunRetries);
  const metadata = childMetadata(identity, name, task.component);
  return { role: `${task.component}/job`, object: { apiVersion: "batch/v1", kind: "Job", metadata, spec } };
}

function cronJob(
  identity: Identity,
  postgres: Postgres,
  { task, schedule }: { readonly task: Task; readonly schedule: string },
): UpkeepChild {
  const { metadata: app, spec } = identity.app;
  const { component } = task;
  const cron: V1CronJobSpec = {
    schedule,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds,
    suspend: spec.suspend,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: { labels: childLabels(app.name, component) }, spec: job(identity, postgres, task) },
  };
  const metadata = childMetadata(identity, upkeepName(app.name, component.slice(upkeepComponent.length + 1)), component);
  return { role: `${component}/cron-job`, object: { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: cron } };
}

function job(identity: Identity, postgres: Postgres, task: Task, backoffLimit = 0): V1JobSpec {
  return {
    backoffLimit,
    activeDeadlineSeconds: deadlines[task.name],
    ...ignoreDisruptions(),
    template: podTemplate(identity, postgres, task),
  };
}

function podTemplate({ app, context }: Identity, postgres: Postgres, { component, name, entries }: Task): V1PodTemplateSpec {
  const { metadata, spec } = app;
  const { priorityClassName, nodeSelector, tolerations } = spec.scheduling;
  const parameters = Object.entries(postgres.urlParameters).map(([parameter, value]) => `--parameter=${parameter}=${value}`);
  return {
    metadata: {
      labels: { ...spec.podMetadata.labels, ...childLabels(metadata.name, component) },
      annotations: spec.podMetadata.annotations,
    },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurityContext(ownIds(spec.podSecurity, postgresIds)),
      imagePullSecrets: spec.imagePullSecrets,
      nodeSelector,
      tolerations,
      ...(priorityClassName === "" ? {} : { priorityClassName }),
      containers: [
        {
          name: upkeepComponent,
          image: context.images.postgres,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", `${scriptDirectory}/run.sh`],
          args: [...parameters, name, ...entries],
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
          securityContext: lockedSecurityContext(),
          terminationMessagePolicy: "FallbackToLogsOnError",
          volumeMounts: [
            { name: upkeepComponent, mountPath: scriptDirectory, readOnly: true },
            databaseMount,
            ...authorityMounts(postgres),
          ],
        },
      ],
      volumes: [
        { name: upkeepComponent, configMap: { name: upkeepName(metadata.name) } },
        databaseVolume([{ reference: postgres.urlFrom.secretKeyRef, alias: primaryFile }]),
        ...authorityVolumes(postgres),
      ],
    },
  };
}

function configMap(identity: Identity): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: childMetadata(identity, upkeepName(identity.app.metadata.name), upkeepComponent),
    data: { "run.sh": runScript, "partitions.sql": partitionsSql, "refresh.sql": refreshSql },
  };
}

/** What spreads the runs of many apps over the hour and the day. */
function seedOf({ app }: Identity): string {
  return `${app.metadata.namespace}/${app.metadata.name}`;
}

/** A view's name for labels and objects; two views never share one. */
function slugOf(view: string): string {
  const slug = view
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .slice(0, 20)
    .replaceAll(/^-|-$/gu, "");
  return slug === view ? slug : `${slug}-${hashText(view, 5)}`;
}
