import { podsOf } from "../../api/disruption.ts";
import type { RolloutStrategy } from "../../api/rollout.ts";
import type { ScalableApp } from "../../api/scalable-app.ts";
import { poolSizeOf } from "../../resources/pgbouncer/pool-size.ts";
import { largestWeight, mostPods } from "./replicas.ts";

/** The database connections of an app at its largest scale. */
export interface ConnectionBudget {
  /** What the server leaves to the app: maxConnections - reservedConnections. */
  readonly limit: number;
  /** What all pods open together when every component stands at its ceiling and a rolling update adds its surge. */
  readonly used: number;
  /** Server connections of one pooler; 0 where the app connects without one and cannot be counted. */
  readonly perPod: number;
}

/** A migration or maintenance command opens one connection of its own. */
const directConnections = 1;

/**
 * Counts connections at the worst moment: (web ceiling + surge), beside it the candidate's own pods of a canary or blue/green release
 * with their surge, each (worker ceiling + surge), plus one run of every schedule, each with a full pool; plus the migration's direct
 * connection. A release under way keeps the strategy that it began with, whatever the spec asks for since. Undefined without a database.
 */
export function countConnections({ spec }: ScalableApp, underWay?: RolloutStrategy): ConnectionBudget | undefined {
  const { postgres } = spec;
  if (!postgres) return undefined;
  const perPod = postgres.pooler.mode === "none" ? 0 : poolSizeOf(postgres.pooler);
  const surge = (ceiling: number) => podsOf(spec.rollout.rolling.batch, ceiling);
  const ceiling = spec.web.autoscaling?.maxReplicas ?? spec.web.replicas ?? 1;
  const strategies = [spec.rollout.strategy, underWay ?? spec.rollout.strategy];
  const web = Math.max(...strategies.map((strategy) => mostPods(ceiling, largestWeight({ ...spec.rollout, strategy }), surge(ceiling))));
  const workers = spec.workers.reduce((sum, worker) => {
    const most = worker.autoscaling?.maxReplicas ?? worker.replicas ?? 1;
    return sum + most + (worker.singleton ? 0 : surge(most));
  }, 0);
  const direct = spec.migration ? directConnections : 0;
  return {
    limit: postgres.maxConnections - postgres.reservedConnections,
    used: (web + workers + spec.schedules.length) * perPod + direct,
    perPod,
  };
}

/** Pods that fit into the budget besides those that it counts; none where their connections cannot be counted. */
export function countSparePods(app: ScalableApp, underWay?: RolloutStrategy): number {
  const budget = countConnections(app, underWay);
  if (!budget) return Infinity;
  return budget.perPod === 0 ? 0 : Math.max(0, Math.floor((budget.limit - budget.used) / budget.perPod));
}
