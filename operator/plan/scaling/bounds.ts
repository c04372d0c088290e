import type { ScalableApp } from "../../api/scalable-app.ts";
import { openUntil, opensNext } from "../calendar/window.ts";

/** A bound of the web component's replicas, and what sets it. */
interface Bound {
  readonly replicas: number;
  /** A field, or the window that is open: "web.autoscaling.schedules[mornings] until 2026-11-27T10:00:00Z". */
  readonly because: string;
}

/** What sets a bound where the database has no connections for more pods. */
export const databaseConnections = "the connections of the database";

/** Between which bounds the autoscaler of the web component decides now. */
export interface ScalingBounds {
  readonly floor: Bound;
  readonly ceiling: Bound;
  /** The pods without which web counts as unavailable: a window that opened ahead of its time is still bringing its own up. */
  readonly needed: number;
  /** When a window opens or ends next (ISO 8601); undefined where none ever does. */
  readonly changesAt: string | undefined;
}

/**
 * The bounds at a moment (ISO 8601; undefined: outside all windows): of the windows that are open the highest floor, never below minReplicas, and the highest ceiling
 * instead of maxReplicas. Where they contradict each other, the floor raises the ceiling; above `most` neither goes, because the
 * database has no connections for more. Undefined without an autoscaler.
 *
 * minReplicas 4, maxReplicas 20
 * none open:                                 4 to 20
 * mornings {minReplicas 8}:                  8 to 20
 * night {maxReplicas 6}:                     4 to 6
 * black-friday {minReplicas 15, max 40}:    15 to 40
 * all three:                                15 to 40
 * mornings and night:                        8 to 8
 * black-friday, most 12:                    12 to 12
 */
export function decideBounds({ spec }: ScalableApp, now: string | undefined, most = Infinity): ScalingBounds | undefined {
  const { autoscaling } = spec.web;
  if (autoscaling === undefined) return undefined;
  const at = new Date(now ?? 0);
  const schedules = now === undefined ? [] : autoscaling.schedules;
  const open = schedules.flatMap((window) => {
    const end = openUntil(window, at, window.leadSeconds);
    return end === undefined ? [] : [{ window, end, because: `web.autoscaling.schedules[${window.name}] until ${inSeconds(end)}` }];
  });
  const asked = (bound: "minReplicas" | "maxReplicas") =>
    open.flatMap(({ window: { [bound]: replicas }, because }): Bound[] => (replicas === undefined ? [] : [{ replicas, because }]));
  const floor = highest({ replicas: autoscaling.minReplicas, because: "web.autoscaling.minReplicas" }, asked("minReplicas"));
  const [first = { replicas: autoscaling.maxReplicas, because: "web.autoscaling.maxReplicas" }, ...others] = asked("maxReplicas");
  const ceiling = highest(first, others);
  const database = { replicas: most, because: databaseConnections };
  const moments = [...open.map(({ end }) => end), ...schedules.flatMap((window) => opensNext(window, at, window.leadSeconds) ?? [])];
  const next = moments.toSorted((one, other) => one.getTime() - other.getTime())[0];
  const begun = open.flatMap(({ window }) => (openUntil(window, at) === undefined ? [] : (window.minReplicas ?? [])));
  return {
    floor: lowest(floor, database),
    needed: Math.min(most, Math.max(autoscaling.minReplicas, ...begun)),
    ceiling: lowest(ceiling.replicas < floor.replicas ? floor : ceiling, database),
    changesAt: next && inSeconds(next),
  };
}

/** The app with the highest ceiling that web gets at any time: what the connections of its database must suffice for. */
export function withHighestCeiling(app: ScalableApp): ScalableApp {
  const { autoscaling } = app.spec.web;
  const bounds = autoscaling?.schedules.flatMap(({ minReplicas = 0, maxReplicas = 0 }) => [minReplicas, maxReplicas]) ?? [];
  return autoscaling === undefined ? app : withAutoscaling(app, { maxReplicas: Math.max(autoscaling.maxReplicas, ...bounds) });
}

/** The app with the bounds of the moment. */
export function withBounds(app: ScalableApp, bounds: ScalingBounds | undefined): ScalableApp {
  return bounds === undefined ? app : withAutoscaling(app, { minReplicas: bounds.floor.replicas, maxReplicas: bounds.ceiling.replicas });
}

function withAutoscaling(app: ScalableApp, bounds: { readonly minReplicas?: number; readonly maxReplicas: number }): ScalableApp {
  const { web } = app.spec;
  return web.autoscaling === undefined
    ? app
    : { ...app, spec: { ...app.spec, web: { ...web, autoscaling: { ...web.autoscaling, ...bounds } } } };
}

function highest(first: Bound, others: readonly Bound[]): Bound {
  return others.reduce((most, each) => (each.replicas > most.replicas ? each : most), first);
}

function lowest(one: Bound, other: Bound): Bound {
  return other.replicas < one.replicas ? other : one;
}

function inSeconds(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}
