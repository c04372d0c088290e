import { podsOf } from "../../api/disruption.ts";
import type { RolloutStrategy } from "../../api/rollout.ts";
import type { EffectiveSpec, ScalableApp } from "../../api/scalable-app.ts";
import { poolSizeOf } from "../../resources/pgbouncer/pool-size.ts";
import { runningReplicas, type Scalable } from "../../resources/scaling/replicas.ts";
import { canaryReplicas, largestWeight } from "./replicas.ts";

/** Pods of one kind that can exist at once, each with a pool of its own. */
export interface ConnectionPart {
  /** Such as "web 4 + 1 surge + 4 ending". */
  readonly what: string;
  readonly pods: number;
}

/** The connections that an app can open to one server at the worst moment. */
export interface ConnectionBudget {
  /** The server: "primary", or the field of a replica. */
  readonly server: string;
  /** What the server leaves to the app: maxConnections - reservedConnections, at least 0. */
  readonly limit: number;
  /** What all that can exist at once opens. */
  readonly used: number;
  /** Server connections of one pooler; 0 where the app connects without one and cannot be counted. */
  readonly perPod: number;
  readonly parts: readonly ConnectionPart[];
  /** Connections without a pooler. */
  readonly direct: number;
}

/** What is counted besides the spec. */
export interface LivePools {
  /** The strategy that a release under way began with, whatever the spec asks for since. */
  readonly underWay?: RolloutStrategy | undefined;
  /** Server connections of the largest pooler that runs or is to run. Default: as the spec says. */
  readonly perPod?: number | undefined;
}

/** A migration opens one connection of its own beside those of the pooler in its pod; a run of data upkeep opens one. */
function countDirect({ migration, postgres }: EffectiveSpec): number {
  // Of partitions the first run and an hourly one may overlap; of a view no two do.
  const upkeep = postgres ? (postgres.partitions.length > 0 ? 2 : 0) + postgres.materializedViews.length : 0;
  return (migration ? 1 : 0) + upkeep;
}

/**
 * Counts the connections to each server at the worst moment, and returns the budget of the one with the least to spare; undefined without
 * a database. A pod holds its pool until its process has ended, so every pod is counted that can be ending beside its successor:
 *
 * web, ceiling 4, batch 1:               4 + 1 surge + 4 ending                         =  9 pods
 * the same with a canary of up to 50 %:  4 + 1 surge + 4 canary + 1 surge + 4 ending    = 14 pods
 * blue/green, ceiling 3, batch 1:        3 + 1 surge + 3 preview + 1 surge + 3 ending   = 11 pods
 * a worker, ceiling 2:                   2 + 1 surge + 2 ending                         =  5 pods; a singleton ends first: 1
 * a schedule, whose runs never overlap, and a migration                                 =  1 pod each
 *
 * partitions and two views: 2 + 2 connections without a pooler
 *
 * Growth with a migration, of 100 connections with 13 reserved: (9 + 1) x 5 + 1 = 51 of 87.
 */
export function countConnections({ spec }: Pick<ScalableApp, "spec">, live: LivePools = {}): ConnectionBudget | undefined {
  const { postgres } = spec;
  if (!postgres) return undefined;
  const perPod = postgres.pooler.mode === "none" ? 0 : (live.perPod ?? poolSizeOf(postgres.pooler));
  const parts = partsOf(spec, live.underWay);
  const pods = parts.reduce((sum, part) => sum + part.pods, 0);
  const budgetOf = (server: string, maxConnections: number, direct: number): ConnectionBudget => ({
    server,
    limit: Math.max(0, maxConnections - postgres.reservedConnections),
    used: pods * perPod + direct,
    perPod,
    parts,
    direct,
  });
  const servers = [
    budgetOf("primary", postgres.maxConnections, countDirect(spec)),
    ...postgres.replicas.map(({ maxConnections }, index) => budgetOf(`postgres.replicas[${index}]`, maxConnections, 0)),
  ];
  return servers.reduce((tightest, each) => (each.limit - each.used < tightest.limit - tightest.used ? each : tightest));
}

/** Pods that fit into the budget besides those that it counts; none where their connections cannot be counted. */
export function countSparePods(budget: ConnectionBudget | undefined): number {
  if (!budget) return Infinity;
  return budget.perPod === 0 ? 0 : Math.max(0, Math.floor((budget.limit - budget.used) / budget.perPod));
}

/** The sum in words: "(9 + 1) x 5 + 1 = 51 of 87 connections (web 4 + 1 surge + 4 ending, migration 1)". */
export function describeBudget({ server, limit, used, perPod, parts, direct }: ConnectionBudget): string {
  const pods = parts.map((part) => part.pods).join(" + ");
  const product = parts.length > 1 ? `(${pods}) x ${perPod}` : `${pods} x ${perPod}`;
  const sum = `${product}${direct > 0 ? ` + ${direct}` : ""}`;
  const where = server === "primary" ? "" : ` of ${server}`;
  return `${sum} = ${used} of ${limit} connections${where} at the worst moment (pods: ${parts.map(({ what }) => what).join(", ")})`;
}

function partsOf(spec: EffectiveSpec, underWay: RolloutStrategy | undefined): readonly ConnectionPart[] {
  const strategies = [...new Set([spec.rollout.strategy, underWay ?? spec.rollout.strategy])];
  const web = strategies.map((strategy) => webPart(spec, strategy)).reduce((most, each) => (each.pods > most.pods ? each : most));
  const schedules = spec.schedules.length;
  return [
    web,
    ...spec.workers.map((worker) => workerPart(spec, worker)),
    ...(schedules > 0 ? [{ what: `schedules ${schedules}`, pods: schedules }] : []),
    ...(spec.migration ? [{ what: "migration 1", pods: 1 }] : []),
  ];
}

function webPart({ web, rollout }: EffectiveSpec, strategy: RolloutStrategy): ConnectionPart {
  const ceiling = ceilingOf(web);
  const surge = podsOf(rollout.rolling.batch, ceiling);
  const beside = canaryReplicas(ceiling, largestWeight({ ...rollout, strategy }));
  // All of a track can be ending while the next release has begun.
  const ending = Math.max(ceiling, beside);
  const candidate = beside > 0 ? beside + surge : 0;
  const name = strategy === "blueGreen" ? "preview" : "canary";
  const what = `web ${ceiling} + ${surge} surge${beside > 0 ? ` + ${beside} ${name} + ${surge} surge` : ""} + ${ending} ending`;
  return { what, pods: ceiling + surge + candidate + ending };
}

function workerPart({ rollout }: EffectiveSpec, worker: EffectiveSpec["workers"][number]): ConnectionPart {
  const ceiling = ceilingOf(worker);
  // A singleton's pod has ended before the next one starts.
  if (worker.singleton) return { what: `worker ${worker.name} ${ceiling}`, pods: ceiling };
  const surge = podsOf(rollout.rolling.batch, ceiling);
  return { what: `worker ${worker.name} ${ceiling} + ${surge} surge + ${ceiling} ending`, pods: ceiling + surge + ceiling };
}

function ceilingOf(component: Scalable): number {
  const replicas = runningReplicas(component);
  return "fixed" in replicas ? replicas.fixed : replicas.autoscaled.max;
}
