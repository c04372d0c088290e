import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { Informer } from "./informer.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import { objectKey } from "../base/object.ts";
import { compareResourceVersions } from "./resource-version.ts";

/** Whether the caches have seen all our writes for an owner. `expired`: they did not in time; read `lost` live, and resolve it. */
export type Freshness =
  | { readonly state: "fresh" }
  | { readonly state: "behind"; readonly waitingFor: readonly string[] }
  | { readonly state: "expired"; readonly lost: readonly { readonly resource: Resource; readonly key: string }[] };

/** How writes are matched against caches. */
export interface WriteTrackerOptions {
  /** The informer of a resource; undefined: not cached, so a write of it is not waited for. */
  readonly informerOf: (resource: Resource) => Pick<Informer, "get" | "lastResourceVersion"> | undefined;
  /** Milliseconds after which a write that the caches do not show should be read live; default 30,000. */
  readonly expiryMs?: number;
  readonly clock?: Clock;
}

/** Read your own writes: what was written for an owner, until the caches show it. */
export interface WriteTracker {
  /** After an apply, create, update or patch answered. */
  recordWrite(owner: string, resource: Resource, stored: KubeObject): void;
  /** After a delete answered. */
  recordDelete(owner: string, resource: Resource, deleted: KubeObject): void;
  /** Asked before each reconcile of the owner; drops what has been seen. */
  freshness(owner: string): Freshness;
  /** Waits no longer for an object that a live read found (undefined: not found) just as the cache shows it; says whether it is so. */
  resolve(owner: string, resource: Resource, key: string, live: KubeObject | undefined): boolean;
  /** Forgets a deleted owner. */
  forget(owner: string): void;
}

interface Entry {
  readonly resource: Resource;
  readonly key: string;
  readonly namespace: string | undefined;
  readonly uid: string | undefined;
  /** Undefined for a delete: its own version is not in the answer. */
  readonly version: string | undefined;
  readonly at: number;
}

const EXPIRY_MS = 30_000;

/** Makes an empty memory of writes. */
export function createWriteTracker(options: WriteTrackerOptions): WriteTracker {
  const { informerOf, expiryMs = EXPIRY_MS, clock = systemClock } = options;
  const owners = new Map<string, Map<string, Entry>>();

  function record(owner: string, resource: Resource, object: KubeObject, version: string | undefined): void {
    const { namespace, uid } = object.metadata;
    const entry: Entry = { resource, key: objectKey(object), namespace, uid, version, at: clock.monotonic() };
    const entries = owners.get(owner) ?? new Map<string, Entry>();
    entries.set(nameOf(entry), entry);
    owners.set(owner, entries);
  }

  function isSeen(entry: Entry): boolean {
    const informer = informerOf(entry.resource);
    if (informer === undefined) return true;
    const cached = informer.get(entry.key);
    if (entry.version === undefined) return cached === undefined || cached.metadata.uid !== entry.uid || isBeingDeleted(cached);
    return (
      reaches(cached?.metadata.resourceVersion, entry.version) || reaches(informer.lastResourceVersion(entry.namespace), entry.version)
    );
  }

  return {
    recordWrite: (owner, resource, stored) => record(owner, resource, stored, stored.metadata.resourceVersion),
    recordDelete: (owner, resource, deleted) => record(owner, resource, deleted, undefined),
    freshness(owner) {
      const entries = owners.get(owner) ?? new Map<string, Entry>();
      for (const [name, entry] of entries) if (isSeen(entry)) entries.delete(name);
      const open = Array.from(entries.values());
      const lost = open.filter((entry) => clock.monotonic() - entry.at >= expiryMs);
      if (entries.size === 0) owners.delete(owner);
      if (lost.length > 0) return { state: "expired", lost: lost.map(({ resource, key }) => ({ resource, key })) };
      return open.length === 0 ? { state: "fresh" } : { state: "behind", waitingFor: open.map(nameOf) };
    },
    resolve(owner, resource, key, live) {
      if (informerOf(resource)?.get(key)?.metadata.resourceVersion !== live?.metadata.resourceVersion) return false;
      owners.get(owner)?.delete(nameOf({ resource, key }));
      return true;
    },
    forget: (owner) => void owners.delete(owner),
  };
}

function nameOf(entry: Pick<Entry, "resource" | "key">): string {
  return `${entry.resource.plural} ${entry.key}`;
}

function isBeingDeleted(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function reaches(seen: string | undefined, version: string): boolean {
  return seen !== undefined && (compareResourceVersions(seen, version) ?? (seen === version ? 0 : -1)) >= 0;
}
