import type { RolloutStrategy } from "../api/rollout.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { read, readCount, readString } from "../base/read.ts";
import { webName } from "../resources/names.ts";
import { poolSizeOf } from "../resources/pgbouncer/pool-size.ts";
import type { StoredRelease } from "../resources/release.ts";
import { floorOf } from "../resources/scaling/replicas.ts";
import { findOwned, type Snapshot } from "./observe/snapshot.ts";
import { countConnections, type ConnectionBudget } from "./rollout/connection-budget.ts";

/** What exists already, and cannot be made smaller now. */
export interface LiveConnections {
  /** The strategy of a release under way. */
  readonly underWay?: RolloutStrategy | undefined;
  /** The pool of the release of the spec, where it is stored: its pods run what was rendered. */
  readonly poolSize?: number | undefined;
  /** Server connections of the largest pooler of the releases in use. */
  readonly perPod?: number | undefined;
  /** Web pods that are asked for now. */
  readonly replicas?: number | undefined;
  /** Whether all returns to the stable release now. */
  readonly goesBack?: boolean;
}

/** An app whose connections fit into its database, as far as they can. */
export interface ConnectionFit {
  /** The app with the pool and with the ceiling of web that it gets instead of those that it wishes for. */
  readonly app: ScalableApp;
  /** Server connections of the largest pooler that runs or is to run; undefined without a database. */
  readonly perPod: number | undefined;
  /** The pool that each pod gets, and the one that the spec wishes for. */
  readonly pool?: { readonly given: number; readonly wished: number };
  /** The ceiling of web, where it is lower than the spec's. */
  readonly ceiling?: { readonly given: number; readonly wished: number };
}

/**
 * Gives each pod the largest pool with which all that can exist at once fits into the database, from poolSize down to minPoolSize; where
 * even that does not fit, web gets a lower ceiling, but never one at its floor or below the pods that run now: nothing is taken away
 * that works. While an app goes back, web stays at the pods that it has, so that what it could grow by is free for a fast way back.
 *
 * 87 connections left, rolling, batch 1, poolSize 5, minPoolSize 2, no migration:
 * ceiling   4:  9 pods x 5 = 45, pool 5
 * ceiling  10: 21 pods x 4 = 84, pool 4
 * ceiling  20: 41 pods x 2 = 82, pool 2
 * ceiling 100: 201 pods x 2 do not fit; ceiling 21: 43 pods x 2 = 86
 */
export function fitConnections(app: ScalableApp, live: LiveConnections = {}): ConnectionFit {
  const { postgres } = app.spec;
  if (!postgres || postgres.pooler.mode === "none") return { app, perPod: undefined };
  const { poolSize: wished, minPoolSize } = postgres.pooler;
  const given =
    live.poolSize ??
    largest(Math.min(minPoolSize, wished), wished, (poolSize) =>
      fits(countConnections(withPool(app, poolSize), { underWay: live.underWay })),
    );
  const pooled = withPool(live.goesBack === true ? withCeiling(app, leastCeiling(app, live)) : app, given);
  const perPod = Math.max(live.perPod ?? 0, poolSizeOf(pooled.spec.postgres?.pooler ?? postgres.pooler));
  const capped = lowerCeiling(pooled, { ...live, perPod });
  return {
    app: capped,
    perPod,
    pool: { given, wished },
    ...(capped !== pooled && { ceiling: { given: ceilingOf(capped), wished: ceilingOf(pooled) } }),
  };
}

/** What of an app exists already, as the cluster shows it. */
export function liveConnections(
  snapshot: Pick<Snapshot, "app" | "owned" | "status">,
  stored: readonly StoredRelease[],
  desired: string,
): LiveConnections {
  const { app, status } = snapshot;
  const reserve = app.spec.postgres ? poolSizeOf({ ...app.spec.postgres.pooler, poolSize: 0 }) : 0;
  const perPodOf = (id: string | undefined) => storedPool(stored.find((release) => release.id === id));
  const own = perPodOf(desired);
  const inUse = [status?.release?.stable, status?.release?.candidate].flatMap((id) => perPodOf(id) ?? []);
  return {
    underWay: status?.release?.strategy,
    poolSize: own === undefined ? undefined : Math.max(1, own - reserve),
    perPod: inUse.length === 0 ? undefined : Math.max(...inUse),
    goesBack: status?.release?.phase === "RollingBack",
    replicas: readCount(read(findOwned(snapshot, "Deployment", webName(app.metadata.name)), "spec", "replicas")),
  };
}

/** Server connections of one pooler of a stored release; undefined where it has none. */
function storedPool(release: StoredRelease | undefined): number | undefined {
  const settings = release?.children.find(({ role }) => role === "pgbouncer/config-map");
  const found = /^max_db_connections = (?<size>\d+)$/mu.exec(readString(read(settings?.object, "data", "pgbouncer.ini")) ?? "");
  return found?.groups?.["size"] === undefined ? undefined : Number(found.groups["size"]);
}

function lowerCeiling(app: ScalableApp, live: LiveConnections): ScalableApp {
  const wished = ceilingOf(app);
  const least = leastCeiling(app, live);
  if (app.spec.web.autoscaling === undefined || wished <= least || fits(countConnections(app, live))) return app;
  return withCeiling(
    app,
    largest(least, wished, (ceiling) => fits(countConnections(withCeiling(app, ceiling), live))),
  );
}

/** No pod that runs is taken away, and one above the floor remains: an autoscaler without room would be none, and its memory lost. */
function leastCeiling(app: ScalableApp, { replicas = 0 }: LiveConnections): number {
  return Math.min(ceilingOf(app), Math.max(floorOf(app.spec.web) + 1, replicas));
}

/** The largest whole number from `least` to `most` of which something holds that holds of all smaller ones; `least` where it holds of none. */
function largest(least: number, most: number, holds: (value: number) => boolean): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function fits(budget: ConnectionBudget | undefined): boolean {
  return budget === undefined || budget.used <= budget.limit;
}

function ceilingOf({ spec }: ScalableApp): number {
  return spec.web.autoscaling?.maxReplicas ?? spec.web.replicas ?? 1;
}

function withCeiling(app: ScalableApp, maxReplicas: number): ScalableApp {
  const { web } = app.spec;
  return web.autoscaling === undefined
    ? app
    : { ...app, spec: { ...app.spec, web: { ...web, autoscaling: { ...web.autoscaling, maxReplicas } } } };
}

function withPool(app: ScalableApp, poolSize: number): ScalableApp {
  const { postgres } = app.spec;
  if (postgres === undefined || poolSize === postgres.pooler.poolSize) return app;
  return { ...app, spec: { ...app.spec, postgres: { ...postgres, pooler: { ...postgres.pooler, poolSize } } } };
}
