import { hashText } from "../base/canonical.ts";

// Every child's name begins with the app's, so that a reader finds it; the API keeps the app's name short enough for all of them.

/** The name of the web Deployment, Service, autoscaler, disruption budget and HTTPRoute. */
export function webName(app: string): string {
  return `${app}-web`;
}

/** The name of one worker's Deployment, autoscaler and disruption budget. */
export function workerName(app: string, worker: string): string {
  return `${app}-worker-${worker}`;
}

/** The name of the Service in front of a worker that listens. */
export function workerServiceName(app: string, worker: string): string {
  return `${app}-${worker}`;
}

/** The name of one schedule's CronJob. */
export function scheduleName(app: string, schedule: string): string {
  return `${app}-${schedule}`;
}

/** The name of the migration Job of one release. */
export function migrationName(app: string, revision: string): string {
  return `${app}-migrate-${revision}`;
}

/** The name of the contract migration Job of one release. */
export function contractName(app: string, revision: string): string {
  return `${app}-contract-${revision}`;
}

/** The name of the Deployment and Service of the managed cache. */
export function redisCacheName(app: string): string {
  return `${app}-redis-cache`;
}

/** The name of the StatefulSet and Service of the managed queue. */
export function redisQueueName(app: string): string {
  return `${app}-redis-queue`;
}

/** The longest name of a CronJob, whose Jobs append 11 characters. */
const maxCronJobName = 52;

/** The name of what keeps the data of the database: the CronJob or Job of a task, or the ConfigMap of all. */
export function upkeepName(app: string, task?: string): string {
  return fit(task === undefined ? `${app}-upkeep` : `${app}-upkeep-${task}`, maxCronJobName);
}

/** The name of the PersistentVolumeClaim of a volume that the operator provides. */
export function volumeClaimName(app: string, volume: string): string {
  return `${app}-volume-${volume}`;
}

/** The name of the ConfigMap that holds the pooler's settings and start script for one release. */
export function pgbouncerName(app: string, revision: string): string {
  return `${app}-pgbouncer-${revision}`;
}

/** The name of the ConfigMap that holds the variables which a stage invents, for one release. */
export function environmentName(app: string, revision: string): string {
  return `${app}-environment-${revision}`;
}

/** The name of the Deployment of a candidate beside the stable release, and of the Service through which a router reaches it. */
export function webCanaryName(app: string): string {
  return `${app}-web-canary`;
}

/** The name of the Service that reaches a candidate before it gets the users. */
export function webPreviewName(app: string): string {
  return `${app}-web-preview`;
}

/** The name of the ControllerRevision that stores one release. */
export function releaseName(app: string, revision: string): string {
  return `${app}-${revision}`;
}

/** The longest name of a ConfigMap. */
const maxConfigMapName = 253;

/** The name of one release's own copy of a user's ConfigMap. */
export function configMapCopyName(app: string, revision: string, configMap: string): string {
  return fit(`${app}-${revision}-${configMap}`, maxConfigMapName);
}

/** A name of at most `max` characters: a longer one is cut, and distinguished from others that are cut alike by a hash of the whole. */
function fit(name: string, max: number): string {
  if (name.length <= max) return name;
  const hash = hashText(name, 8);
  return `${name.slice(0, max - hash.length - 1).replace(/[^a-z0-9]+$/u, "")}-${hash}`;
}

/** The name of the ServiceAccount that the operator makes where the user names none. */
export function serviceAccountName(app: string): string {
  return app;
}
