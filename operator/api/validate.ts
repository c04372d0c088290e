import { COMPONENT_CHECKS } from "./component-checks.ts";
import { checkConnectionParts } from "./connection-checks.ts";
import { isCronExpression, isLocalDateTime, isTimeZone } from "./duration.ts";
import { MAX_APP_NAME_LENGTH, MAX_CRON_JOB_NAME_LENGTH } from "./kind.ts";
import { parameterProblems } from "./pooler-parameters.ts";
import type { Problem } from "./problem.ts";
import { quantityValue } from "./quantity.ts";
import type { ScalableApp } from "./scalable-app.ts";
import { valueAt } from "./tree.ts";
import type { Resources } from "./container.ts";

/** Names of containers that belong to the operator. */
export const RESERVED_CONTAINER_NAMES = ["app", "pgbouncer"] as const;

type Check = (app: ScalableApp) => readonly Problem[];

const CHECKS: readonly Check[] = [
  checkAppName,
  checkScheduleNames,
  checkCrons,
  checkTimeZones,
  checkDates,
  checkContainerNames,
  checkMounts,
  checkPaths,
  checkPorts,
  checkResources,
  checkQueues,
  checkPoolerParameters,
  checkFreeze,
  checkCanaryMatch,
  checkOverlays,
  checkConnectionParts,
  ...COMPONENT_CHECKS,
];

/** Every rule over several fields that no single part of the schema can tell, in a fixed order. */
export function validate(app: ScalableApp): readonly Problem[] {
  return CHECKS.flatMap((check) => check(app));
}

function problemIf(wrong: boolean, path: string, message: string): readonly Problem[] {
  return wrong ? [{ path, message }] : [];
}

function checkPoolerParameters({ spec }: ScalableApp): readonly Problem[] {
  return parameterProblems(spec.postgres?.pooler.parameters ?? {});
}

function checkAppName({ metadata }: ScalableApp): readonly Problem[] {
  const message = `must be a letter, then lower-case letters, digits or '-', ending with a letter or digit, at most ${MAX_APP_NAME_LENGTH} characters`;
  return problemIf(
    !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(metadata.name) || metadata.name.length > MAX_APP_NAME_LENGTH,
    "metadata.name",
    message,
  );
}

function checkScheduleNames({ metadata, spec }: ScalableApp): readonly Problem[] {
  return spec.schedules.flatMap(({ name }, index) =>
    problemIf(
      metadata.name.length + 1 + name.length > MAX_CRON_JOB_NAME_LENGTH,
      `spec.schedules[${index}].name`,
      `is too long: "${metadata.name}-${name}" must be at most ${MAX_CRON_JOB_NAME_LENGTH} characters long; shorten the name`,
    ),
  );
}

interface Timed {
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

function timedEntries({ spec }: ScalableApp): readonly (readonly [path: string, entry: Timed])[] {
  const lists: readonly (readonly [string, readonly Timed[]])[] = [
    ["spec.schedules", spec.schedules],
    ["spec.web.autoscaling.schedules", spec.web.autoscaling?.schedules ?? []],
    ["spec.rollout.freeze.windows", spec.rollout.freeze?.windows ?? []],
    ["spec.postgres.materializedViews", spec.postgres?.materializedViews ?? []],
  ];
  return lists.flatMap(([path, entries]) => entries.map((entry, index) => [`${path}[${index}]`, entry] as const));
}

function checkCrons(app: ScalableApp): readonly Problem[] {
  return timedEntries(app).flatMap(([path, { cron }]) =>
    problemIf(
      cron !== undefined && !isCronExpression(cron),
      `${path}.cron`,
      `"${cron}" names no time that ever comes: correct it (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7)`,
    ),
  );
}

function checkTimeZones(app: ScalableApp): readonly Problem[] {
  return timedEntries(app).flatMap(([path, { timeZone }]) =>
    problemIf(
      timeZone !== undefined && !isTimeZone(timeZone),
      `${path}.timeZone`,
      `"${timeZone}" is not a known time zone: write an IANA name such as Europe/Berlin`,
    ),
  );
}

function checkDates(app: ScalableApp): readonly Problem[] {
  return timedEntries(app).flatMap(([path, entry]) =>
    (["start", "end"] as const).flatMap((field) => {
      const date = entry[field];
      return problemIf(
        date !== undefined && !isLocalDateTime(date),
        `${path}.${field}`,
        `"${date}" does not exist in the calendar: correct the date or time`,
      );
    }),
  );
}

function extraContainers({ spec }: ScalableApp) {
  return (["initContainers", "sidecars"] as const).flatMap((list) =>
    spec[list].map((container, index) => ({ path: `spec.${list}[${index}]`, container })),
  );
}

function checkContainerNames(app: ScalableApp): readonly Problem[] {
  const containers = extraContainers(app);
  return containers.flatMap(({ path, container: { name } }, index) => {
    const isTaken =
      RESERVED_CONTAINER_NAMES.some((taken) => taken === name) ||
      containers.slice(0, index).some((earlier) => earlier.container.name === name);
    return problemIf(isTaken, `${path}.name`, `"${name}" is the name of another container of the pod: choose another name`);
  });
}

function checkMounts(app: ScalableApp): readonly Problem[] {
  const declared = new Set([...[...app.spec.files, ...app.spec.volumes].map(({ path }) => path), ...app.spec.scratch]);
  return extraContainers(app).flatMap(({ path, container }) =>
    container.volumeMounts.flatMap(({ mountPath }, index) =>
      problemIf(
        !declared.has(mountPath),
        `${path}.volumeMounts[${index}].mountPath`,
        `"${mountPath}" is no path of spec.files, spec.scratch or spec.volumes: add it there, or correct it`,
      ),
    ),
  );
}

function checkPaths({ spec }: ScalableApp): readonly Problem[] {
  return spec.files.flatMap(({ path }, index) =>
    problemIf(
      path === "/" || spec.scratch.includes(path),
      `spec.files[${index}].path`,
      `"${path}" is taken: choose a directory that is neither "/" nor in spec.scratch`,
    ),
  );
}

/** The ports of the app in the pods of some components. */
function portsBeside({ spec }: ScalableApp, components: readonly string[]): ReadonlySet<number> {
  const web = [spec.web.port, ...spec.web.extraPorts.map((extra) => extra.port)];
  const workers = spec.workers.filter(({ name }) => components.includes("workers") || components.includes(`worker-${name}`));
  return new Set([...(components.includes("web") ? web : []), ...workers.flatMap(({ port }) => port ?? [])]);
}

function checkPorts(app: ScalableApp): readonly Problem[] {
  return app.spec.sidecars.flatMap((container, at) =>
    container.ports.flatMap(({ containerPort }, index) =>
      problemIf(
        portsBeside(app, container.components).has(containerPort),
        `spec.sidecars[${at}].ports[${index}].containerPort`,
        `${containerPort} is a port of the app already: choose another port`,
      ),
    ),
  );
}

function checkResources(app: ScalableApp): readonly Problem[] {
  const { web, workers, schedules, migration } = app.spec;
  const all: readonly (readonly [string, Resources])[] = [
    ["spec.web", web.resources],
    ...workers.map((worker, index) => [`spec.workers[${index}]`, worker.resources] as const),
    ...schedules.map((schedule, index) => [`spec.schedules[${index}]`, schedule.resources] as const),
    ...(migration === undefined ? [] : [["spec.migration", migration.resources] as const]),
    ...extraContainers(app).map(({ path, container }) => [path, container.resources] as const),
  ];
  return all.flatMap(([path, { requests = {}, limits = {} }]) =>
    Object.entries(requests).flatMap(([name, request]) => {
      const limit = limits[name];
      return problemIf(
        limit !== undefined && quantityValue(request) > quantityValue(limit),
        `${path}.resources.requests.${name}`,
        `${request} is above the limit of ${limit}: lower it, or raise the limit`,
      );
    }),
  );
}

function checkQueues({ spec }: ScalableApp): readonly Problem[] {
  return spec.workers.flatMap((worker, index) =>
    problemIf(
      worker.queue !== undefined && spec.redis?.queue === undefined,
      `spec.workers[${index}].queue`,
      "needs spec.redis.queue, the Redis that holds the queue: add it, such as redis: {queue: {}}",
    ),
  );
}

function checkFreeze({ spec }: ScalableApp): readonly Problem[] {
  return problemIf(
    spec.rollout.freeze?.whenErrorBudgetBelowPercent !== undefined && spec.slos.length === 0,
    "spec.rollout.freeze.whenErrorBudgetBelowPercent",
    "needs an entry in spec.slos, whose error budget it reads: add one",
  );
}

function checkCanaryMatch({ spec }: ScalableApp): readonly Problem[] {
  return problemIf(
    spec.rollout.canary.match !== undefined && spec.routing?.gateway === undefined,
    "spec.rollout.canary.match",
    "needs spec.routing.gateway, which tells the requests apart: name the Gateway there, or remove match",
  );
}

const OVERLAY_KEYS: readonly string[] = ["metadata", "spec"];
const OWNED_FIELDS = ["replicas", "selector", "serviceName", "volumeClaimTemplates"];

function checkOverlays({ spec }: ScalableApp): readonly Problem[] {
  const workers = spec.workers.map(({ name }) => `worker-${name}`);
  const servers = ["redis-cache", "redis-queue"];
  const components = new Set([
    "web",
    "migration",
    "contract",
    "redis-cache",
    "redis-queue",
    ...workers,
    ...spec.schedules.map(({ name }) => `schedule-${name}`),
    "service-account",
    ...["web", ...workers, ...servers].map((component) => `${component}/service`),
    ...["web", ...workers].flatMap((component) => [`${component}/horizontal-pod-autoscaler`, `${component}/pod-disruption-budget`]),
  ]);
  return Object.entries(spec.overlays).flatMap(([name, patch]) => [
    ...problemIf(!components.has(name), `spec.overlays.${name}`, `is no component of the app: use one of ${[...components].join(", ")}`),
    ...Object.keys(patch).flatMap((key) =>
      problemIf(
        !OVERLAY_KEYS.includes(key),
        `spec.overlays.${name}.${key}`,
        `cannot be changed: an overlay may hold ${OVERLAY_KEYS.join(" and ")}`,
      ),
    ),
    ...OWNED_FIELDS.flatMap((field) =>
      problemIf(
        valueAt(patch, ["spec", field]) !== undefined,
        `spec.overlays.${name}.spec.${field}`,
        "belongs to the operator: remove it (for replicas use spec.web.replicas or the worker's replicas)",
      ),
    ),
  ]);
}
