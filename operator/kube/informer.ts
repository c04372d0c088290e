import type { Clock, Random } from "./clock.ts";
import type { KubeClient } from "./client.ts";
import type { KubeObject, Resource } from "./object.ts";

/** What changed in the cache. A delete and recreate under one name is deleted, then added. */
export interface InformerEvent {
  readonly type: "added" | "updated" | "deleted";
  readonly object: KubeObject;
  /** The object before an update. */
  readonly old?: KubeObject;
}

/** Where an informer stands. `missing`: the kind is not installed (404), retried for ever. */
export type InformerState = "idle" | "listing" | "watching" | "backoff" | "missing" | "forbidden" | "stopped";

/** An informer's health, for readiness and metrics. */
export interface InformerHealth {
  readonly state: InformerState;
  readonly synced: boolean;
  /** Monotonic milliseconds of the last event, bookmark or list; undefined before the first. */
  readonly lastEventAt: number | undefined;
  readonly relists: number;
  readonly restarts: number;
  readonly handlerErrors: number;
  readonly objects: number;
  readonly lastError: string | undefined;
}

/** What to cache, and how. */
export interface InformerOptions {
  readonly client: KubeClient;
  readonly resource: Resource;
  /** Undefined: all namespaces. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
  /** Drops what no decision reads; managedFields are always dropped before. */
  readonly transform?: (object: KubeObject) => KubeObject;
  /** Named index functions: each returns the values under which the object is found. */
  readonly indexes?: Readonly<Record<string, (object: KubeObject) => readonly string[]>>;
  /** Milliseconds without a byte after which a watch counts as dead; default 150,000. */
  readonly idleMs?: number;
  /** Objects per list page; default 500. */
  readonly pageSize?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A cache of one kind that follows the API server. Objects are frozen and shared. */
export interface Informer {
  readonly resource: Resource;
  /** Begins to list and watch; ends when the signal aborts. */
  start(signal: AbortSignal): void;
  /** Resolves when the first list of every namespace is in the cache. */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** By "namespace/name". */
  get(key: string): KubeObject | undefined;
  list(namespace?: string): readonly KubeObject[];
  /** The objects that an owner with this uid controls or owns. */
  ownedBy(uid: string): readonly KubeObject[];
  /** The objects filed under a value by one of `indexes`. */
  byIndex(index: string, value: string): readonly KubeObject[];
  onEvent(handler: (event: InformerEvent) => void): void;
  /** The newest resourceVersion seen (list, event or bookmark) of a namespace, or of the slowest one. */
  lastResourceVersion(namespace?: string): string | undefined;
  health(): InformerHealth;
}

/** Makes an informer; nothing happens before start(). */
export function createInformer(_options: InformerOptions): Informer {
  throw new Error("not implemented yet");
}
