import { ownVolumes } from "../api/pod.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { RenderContext } from "./context.ts";
import { withConfigMapCopies } from "./config-map-copies.ts";
import { withoutEmpty } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import type { Identity } from "./metadata.ts";
import { buildContractJob, buildMigrationJob } from "./migration/job.ts";
import { redisCacheName, redisQueueName } from "./names.ts";
import { applyOverlay } from "./overlay.ts";
import { buildEnvironmentConfigMap } from "./pod/config-map.ts";
import { buildPoolerConfigMap } from "./pgbouncer/config-map.ts";
import { buildVolumeClaim, volumeComponent } from "./persistent-volume-claim.ts";
import { canaryRole, oneRelease, type Placement } from "./placement.ts";
import { buildRedisCacheDeployment, redisCacheComponent } from "./redis/deployment.ts";
import { buildRedisService } from "./redis/service.ts";
import { buildRedisQueueStatefulSet, redisQueueComponent } from "./redis/stateful-set.ts";
import { replicasOf } from "./scaling/replicas.ts";
import type { Replicas } from "./scaling/replicas.ts";
import { buildScheduleCronJob, scheduleComponent } from "./schedule/cron-job.ts";
import { buildServiceAccount } from "./service-account.ts";
import { buildUpkeep } from "./upkeep/upkeep.ts";
import { buildWebDeployment } from "./web/deployment.ts";
import { buildWebAutoscaler } from "./web/horizontal-pod-autoscaler.ts";
import { buildWebRoute } from "./web/http-route.ts";
import { buildWebDisruptionBudget } from "./web/pod-disruption-budget.ts";
import { buildCanaryService, buildPreviewService, buildWebService } from "./web/service.ts";
import { buildWorkerDeployment, workerComponent } from "./worker/deployment.ts";
import { buildWorkerAutoscaler } from "./worker/horizontal-pod-autoscaler.ts";
import { buildWorkerDisruptionBudget } from "./worker/pod-disruption-budget.ts";
import { buildWorkerService } from "./worker/service.ts";

/** When a child is applied: 0 what pods need, 1 the migration, 2 the pods of the release and what scales them. */
export type Wave = 0 | 1 | 2;

/** One object that the app consists of. */
export interface Child {
  readonly object: Manifest;
  readonly wave: Wave;
  /** Names the child within its app, whatever the object is called: "web/deployment". */
  readonly role: string;
  /** Whether it runs pods of the release, so that it waits for the release's migration. */
  readonly podBearing: boolean;
  /** What to write into `spec.replicas` by the second field manager; undefined where there is no such field, or it is not to be touched. */
  readonly replicas?: Replicas;
}

type Draft = Pick<Child, "role" | "wave"> & { readonly object: Manifest | undefined } & Partial<Pick<Child, "podBearing" | "replicas">>;

/**
 * Every child of the app as the spec asks for it now, in the order in which they are applied. Read this first. The placement says what
 * runs where; render-releases.ts puts pods of stored releases in the place of those that are built here.
 */
export function buildChildren(
  written: ScalableApp,
  context: RenderContext,
  placement: Placement = oneRelease(written, context.revision),
): readonly Child[] {
  const app = withConfigMapCopies(written, context.copies ?? []);
  const identity: Identity = { app, context };
  const upkeep = buildUpkeep(identity);
  const drafts: Draft[] = [
    { role: "service-account", wave: 0, object: buildServiceAccount(identity) },
    { role: "pgbouncer/config-map", wave: 0, object: buildPoolerConfigMap(identity) },
    { role: "environment/config-map", wave: 0, object: buildEnvironmentConfigMap(identity) },
    ...ownVolumes(app.spec).map((volume): Draft => ({
      role: `${volumeComponent(volume)}/persistent-volume-claim`,
      wave: 0,
      object: buildVolumeClaim(identity, volume),
    })),
    ...upkeep.filter(({ object }) => object.kind === "ConfigMap").map((child): Draft => ({ ...child, wave: 0 })),
    ...redisCache(identity),
    ...redisQueue(identity),
    { role: "web/service", wave: 0, object: buildWebService(identity, placement) },
    { role: "web-canary/service", wave: 0, object: buildCanaryService(identity, placement) },
    { role: "web-preview/service", wave: 0, object: buildPreviewService(identity, placement) },
    { role: "web/pod-disruption-budget", wave: 0, object: buildWebDisruptionBudget(identity) },
    ...app.spec.workers.flatMap((worker): Draft[] => [
      { role: `${workerComponent(worker)}/service`, wave: 0, object: buildWorkerService(identity, worker) },
      { role: `${workerComponent(worker)}/pod-disruption-budget`, wave: 0, object: buildWorkerDisruptionBudget(identity, worker) },
    ]),
    { role: "migration/job", wave: 1, object: buildMigrationJob(identity) },
    ...web(identity, placement),
    ...app.spec.workers.flatMap((worker) => workers(identity, worker)),
    ...app.spec.schedules.map((schedule): Draft => ({
      role: `${scheduleComponent(schedule)}/cron-job`,
      wave: 2,
      object: buildScheduleCronJob(identity, schedule),
      podBearing: true,
    })),
    { role: "migration/contract-job", wave: 2, object: buildContractJob(identity) },
    ...upkeep.filter(({ object }) => object.kind !== "ConfigMap").map((child): Draft => ({ ...child, wave: 2 })),
  ];
  return drafts.flatMap((draft) => finish(draft, app));
}

function redisCache(identity: Identity): Draft[] {
  const cache = identity.app.spec.redis?.cache;
  if (cache === undefined || cache.urlFrom !== undefined) return [];
  const child = { name: redisCacheName(identity.app.metadata.name), component: redisCacheComponent };
  return [
    { role: "redis-cache/service", wave: 0, object: buildRedisService(identity, child) },
    { role: "redis-cache/deployment", wave: 0, object: buildRedisCacheDeployment(identity, cache), replicas: { fixed: 1 } },
  ];
}

function redisQueue(identity: Identity): Draft[] {
  const queue = identity.app.spec.redis?.queue;
  if (queue === undefined || queue.urlFrom !== undefined) return [];
  const child = { name: redisQueueName(identity.app.metadata.name), component: redisQueueComponent };
  return [
    { role: "redis-queue/service", wave: 0, object: buildRedisService(identity, child) },
    { role: "redis-queue/stateful-set", wave: 0, object: buildRedisQueueStatefulSet(identity, queue) },
  ];
}

function web(identity: Identity, { candidate, router }: Placement): Draft[] {
  const { spec } = identity.app;
  const replicas = replicasOf(spec.web, spec.suspend);
  return [
    { role: "web/deployment", wave: 2, object: buildWebDeployment(identity, "stable"), podBearing: true, replicas },
    { role: "web/horizontal-pod-autoscaler", wave: 2, object: buildWebAutoscaler(identity) },
    // After the Services that it names. Beside the pods and not before them: a gateway that refuses the route holds no release back.
    { role: "web/http-route", wave: 2, object: buildWebRoute(identity, router?.share) },
    ...(candidate ? [canary(identity, candidate)] : []),
  ];
}

/** A candidate that shares the web component with stable: workers and schedules change with stable alone. */
function canary(identity: Identity, { replicas }: NonNullable<Placement["candidate"]>): Draft {
  return { role: canaryRole, wave: 2, object: buildWebDeployment(identity, "canary"), podBearing: true, replicas: { fixed: replicas } };
}

function workers(identity: Identity, worker: ScalableApp["spec"]["workers"][number]): Draft[] {
  const component = workerComponent(worker);
  const replicas = replicasOf(worker, identity.app.spec.suspend);
  return [
    { role: `${component}/deployment`, wave: 2, object: buildWorkerDeployment(identity, worker), podBearing: true, replicas },
    { role: `${component}/horizontal-pod-autoscaler`, wave: 2, object: buildWorkerAutoscaler(identity, worker) },
  ];
}

function finish(draft: Draft, app: ScalableApp): Child[] {
  const { object, podBearing = false, ...rest } = draft;
  if (object === undefined) return [];
  return [{ ...rest, podBearing, object: withoutEmpty(applyOverlay(withoutEmpty(object), app.spec.overlays)) }];
}
