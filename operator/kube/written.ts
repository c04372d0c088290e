import type { Clock } from "./clock.ts";
import type { Informer } from "./informer.ts";
import type { KubeObject, Resource } from "./object.ts";

/** Whether the caches have seen all our writes for an owner. `expired`: they did not in time; read `lost` live. */
export type Freshness =
  | { readonly state: "fresh" }
  | { readonly state: "behind"; readonly waitingFor: readonly string[] }
  | { readonly state: "expired"; readonly lost: readonly { readonly resource: Resource; readonly key: string }[] };

/** How writes are matched against caches. */
export interface WrittenOptions {
  /** The informer of a resource; undefined: not cached, so a write of it is not waited for. */
  readonly informerOf: (resource: Resource) => Pick<Informer, "get" | "lastResourceVersion"> | undefined;
  /** Milliseconds after which a write is no longer waited for; default 30,000. */
  readonly expiryMs?: number;
  readonly clock?: Clock;
}

/** Read your own writes: what was written for an owner, until the caches show it. */
export interface Written {
  /** After an apply, create, update or patch answered. */
  recordWrite(owner: string, resource: Resource, stored: KubeObject): void;
  /** After a delete answered. */
  recordDelete(owner: string, resource: Resource, deleted: KubeObject): void;
  /** Asked before each reconcile of the owner; drops what has been seen or has expired. */
  freshness(owner: string): Freshness;
  /** Forgets a deleted owner. */
  forget(owner: string): void;
}

/** Makes an empty memory of writes. */
export function createWritten(_options: WrittenOptions): Written {
  throw new Error("not implemented yet");
}

/** Orders two resourceVersions: negative, zero, positive; undefined when they are not comparable as integers. */
export function compareResourceVersions(_a: string, _b: string): number | undefined {
  throw new Error("not implemented yet");
}
