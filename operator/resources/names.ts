// Every child's name begins with the app's, so that a reader finds it; the API keeps the app's name short enough for all of them.

/** The name of the web Deployment, Service, autoscaler and disruption budget. */
export function webName(app: string): string {
  return `${app}-web`;
}

/** The name of one worker's Deployment, autoscaler and disruption budget. */
export function workerName(app: string, worker: string): string {
  return `${app}-worker-${worker}`;
}

/** The name of one schedule's CronJob. */
export function scheduleName(app: string, schedule: string): string {
  return `${app}-${schedule}`;
}

/** The name of the migration Job of one release. */
export function migrationName(app: string, revision: string): string {
  return `${app}-migrate-${revision}`;
}

/** The name of the Deployment and Service of the managed cache. */
export function redisCacheName(app: string): string {
  return `${app}-redis-cache`;
}

/** The name of the StatefulSet and Service of the managed queue. */
export function redisQueueName(app: string): string {
  return `${app}-redis-queue`;
}

/** The name of the ConfigMap that holds the pooler's settings and start script. */
export function pgbouncerName(app: string): string {
  return `${app}-pgbouncer`;
}

/** The name of the ServiceAccount that the operator makes where the user names none. */
export function serviceAccountName(app: string): string {
  return app;
}
