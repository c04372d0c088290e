import type { EffectiveSpec, ScalableApp } from "../api/scalable-app.ts";

/** The role of the web Deployment of a candidate beside the stable one. */
export const canaryRole = "web-canary/deployment";

/** What runs where, as the rollout decided. */
export interface Placement {
  /** The release of the stable web pods, the workers and the schedules; undefined: nothing of it may run yet. */
  readonly stable: string | undefined;
  /** The fewest pods of the stable web Deployment while the candidate's own pods are about to go. Default: as many as the spec says. */
  readonly stableAtLeast?: number;
  /** The release beside it in a web Deployment of its own, and how many pods it has; without it, that Deployment must not exist. */
  readonly candidate?: { readonly release: string; readonly replicas: number };
  /** The only release whose pods the web Service selects (blue/green); without it, all web pods of the app. */
  readonly serviceRelease?: string;
  /** How a Gateway reaches the pods; without it, the web Service is the only way, and reaches stable and candidate. */
  readonly router?: RouterPlacement;
  /** The release whose migration Job must exist now. */
  readonly migrate?: string;
  /** The release whose contract migration Job must exist now. */
  readonly contract?: string;
  /** Workers and schedules of the stable release stand still while a migration is about to run or runs (`migration.quiesce`). */
  readonly quiesced?: true;
}

/** How a router reaches the pods of stable and candidate. */
export interface RouterPlacement {
  /** Whether the web Service reaches the canary's pods too, while stable ones are replaced by their like. */
  readonly joint: boolean;
  /** The canary's share; without it, all requests go to the web Service. */
  readonly share?: Share;
  /** The canary's Service leads to the pods of the web Service, because the route cannot be written and may give it a weight still. */
  readonly detour?: true;
}

/** How requests are shared between the stable pods and a canary. */
export interface Share {
  /** Percent of the requests that the canary gets, 0 to 99. */
  readonly weight: number;
  /** Whether requests with the header of `rollout.canary.match` may go to the canary now. */
  readonly reachable: boolean;
}

/** Where an app of one release stands, with nothing under way. */
export function oneRelease({ spec }: ScalableApp, release: string): Placement {
  return { stable: release, ...(sharesRequests(spec) && { router: { joint: false } }) };
}

/** Whether a router gives a canary its share; its Service is then always there, so that no canary waits for it. */
export function sharesRequests({ routing, rollout }: EffectiveSpec): boolean {
  return routing?.gateway !== undefined && rollout.strategy === "canary";
}
