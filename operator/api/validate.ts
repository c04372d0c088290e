import { checkEnvironment } from "./check-environment.ts";
import { checkOverlays } from "./check-overlays.ts";
import { checkPorts } from "./check-ports.ts";
import { checkCpuRequests, checkDisruption, checkFreezeWindows } from "./check-scaling.ts";
import { COMPONENT_CHECKS } from "./component-checks.ts";
import { isLocalDateTime } from "./duration.ts";
import { MAX_APP_NAME_LENGTH, MAX_CRON_JOB_NAME_LENGTH } from "./kind.ts";
import { parameterProblems } from "./pooler-parameters.ts";
import { promqlProblem } from "./promql.ts";
import type { Problem } from "./problem.ts";
import { quantityValue } from "./quantity.ts";
import type { ScalableApp } from "./scalable-app.ts";
import type { Resources } from "./container.ts";

/** Names of containers that belong to the operator. */
export const RESERVED_CONTAINER_NAMES = ["app", "pgbouncer"] as const;

type Check = (app: ScalableApp) => readonly Problem[];

const CHECKS: readonly Check[] = [
  checkAppName,
  checkScheduleNames,
  checkUpkeepNames,
  checkDates,
  checkContainerNames,
  checkMounts,
  checkPaths,
  checkPorts,
  checkResources,
  checkCpuRequests,
  checkEnvironment,
  checkQueues,
  checkPoolerParameters,
  checkFreeze,
  checkFreezeWindows,
  checkDisruption,
  checkCanaryMatch,
  checkAnalysisQueries,
  checkAnalysisProbes,
  checkOverlays,
  ...COMPONENT_CHECKS,
];

/** Every rule over several fields that no single part of the schema can check, in a fixed order. */
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

/** The beginning of the names of what keeps the data of the database. */
const UPKEEP_PREFIX = "upkeep-";

function checkUpkeepNames({ spec }: ScalableApp): readonly Problem[] {
  const { partitions = [], materializedViews = [] } = spec.postgres ?? {};
  if (partitions.length + materializedViews.length === 0) return [];
  return spec.schedules.flatMap(({ name }, index) =>
    problemIf(
      name.startsWith(UPKEEP_PREFIX),
      `spec.schedules[${index}].name`,
      `must not begin with "${UPKEEP_PREFIX}", as the CronJobs of postgres.partitions and materializedViews do: choose another name`,
    ),
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
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

function timedEntries({ spec }: ScalableApp): readonly (readonly [path: string, entry: Timed])[] {
  const lists: readonly (readonly [string, readonly Timed[]])[] = [
    ["spec.web.autoscaling.schedules", spec.web.autoscaling?.schedules ?? []],
    ["spec.rollout.freeze.windows", spec.rollout.freeze?.windows ?? []],
  ];
  return lists.flatMap(([path, entries]) => entries.map((entry, index) => [`${path}[${index}]`, entry] as const));
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
    [...new Set([...Object.keys(requests), ...Object.keys(limits)])].flatMap((name) =>
      requestProblem(`${path}.resources.requests.${name}`, name, { request: requests[name], limit: limits[name] }),
    ),
  );
}

interface Amounts {
  readonly request: string | undefined;
  readonly limit: string | undefined;
}

function isFraction(amount: string | undefined): boolean {
  return amount !== undefined && !Number.isInteger(quantityValue(amount));
}

function requestProblem(path: string, name: string, { request, limit }: Amounts): readonly Problem[] {
  const isDevice = name.includes("/") || name.startsWith("hugepages-");
  const fraction = name.includes("/") ? [limit, request].find(isFraction) : undefined;
  if (fraction !== undefined) {
    const place = fraction === limit ? path.replace(".resources.requests.", ".resources.limits.") : path;
    return [{ path: place, message: `is ${fraction}, and ${name} comes in whole ones: write such as 1` }];
  }
  if (isDevice && request !== undefined && (limit === undefined || quantityValue(request) !== quantityValue(limit))) {
    return [{ path, message: `must equal the limit, because ${name} cannot be shared: write the same under limits` }];
  }
  const isAbove = request !== undefined && limit !== undefined && quantityValue(request) > quantityValue(limit);
  return problemIf(isAbove, path, `${request} is above the limit of ${limit}: lower it, or raise the limit`);
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
    "needs spec.routing.gateway, which distinguishes the requests: name the Gateway there, or remove match",
  );
}

function checkAnalysisQueries({ spec }: ScalableApp): readonly Problem[] {
  const { queries } = spec.rollout.canary.analysis;
  return [
    ...problemIf(
      queries.length > 0 && spec.monitoring?.prometheus === undefined,
      "spec.rollout.canary.analysis.queries",
      "needs spec.monitoring.prometheus, which answers the queries: name its url there, or remove the queries",
    ),
    ...queries.flatMap(({ promql }, index) => {
      const message = promqlProblem(promql);
      return message === undefined ? [] : [{ path: `spec.rollout.canary.analysis.queries[${index}].promql`, message }];
    }),
  ];
}

function checkAnalysisProbes({ spec }: ScalableApp): readonly Problem[] {
  return problemIf(
    spec.rollout.canary.analysis.probes.length > 0 && spec.web.protocol === "grpc",
    "spec.rollout.canary.analysis.probes",
    "ask with HTTP/1.1, which an app with web.protocol grpc does not answer: remove them, and judge by web.metrics with a port of its own",
  );
}
