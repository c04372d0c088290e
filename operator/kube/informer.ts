import { createBackoff, type BackoffBounds } from "../base/backoff.ts";
import { createCallbacks } from "./callbacks.ts";
import type { KubeClient } from "./client.ts";
import type { Clock, Random } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import type { Reflector, ReflectorOptions, ReflectorSink } from "./reflector.ts";
import { createReflector } from "./reflector.ts";
import { compareResourceVersions } from "./resource-version.ts";
import { BY_NAMESPACE, BY_OWNER, createStore, type InformerEvent } from "./store.ts";

/** Where an informer stands. `missing`: the kind is not installed (404), looked for ever more rarely. */
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
  /** The kind need not be installed: while it is not, its cache is empty and counts as synced. Default: it is waited for. */
  readonly optional?: boolean;
  /** Whether `transform` sees managedFields; they are dropped from what it returns. Default: false. */
  readonly managedFields?: boolean;
  /** Drops what no decision reads; managedFields are dropped before, unless asked for. */
  readonly transform?: (object: KubeObject) => KubeObject;
  /** Named index functions: each returns the values under which the object is found. */
  readonly indexes?: Readonly<Record<string, (object: KubeObject) => readonly string[]>>;
  /** Milliseconds without a byte after which a watch counts as dead; default 150,000. */
  readonly idleMs?: number;
  /** Objects per list page; default 500. */
  readonly pageSize?: number;
  /** A full list at least this often, at the end of a watch, against events lost unseen; default 30 minutes. */
  readonly relistMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A cache of one kind that follows the API server. Each read makes the object anew, so no reader can change what is cached. */
export interface Informer {
  readonly resource: Resource;
  /** Begins to list and watch; ends when the signal aborts. */
  start(signal: AbortSignal): void;
  /** Resolves when the first list of every namespace is in the cache. */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** Whether the kind is installed; true until the API server says otherwise. */
  isServed(): boolean;
  /** Looks for a kind that was not installed before the pause is over, once a second at most. */
  lookAgain(): void;
  /** Hears that a kind which was not installed is now. */
  onServed(handler: () => void): void;
  /** By "namespace/name". */
  get(key: string): KubeObject | undefined;
  list(namespace?: string): readonly KubeObject[];
  /** The objects that an owner with this uid controls or owns. */
  ownedBy(uid: string): readonly KubeObject[];
  /** The objects filed under a value by one of `indexes`. */
  byIndex(index: string, value: string): readonly KubeObject[];
  /** Hears every change from now on; what is already cached is not reported again, so subscribe before start(). A handler should only note what to look at. */
  onEvent(handler: (event: InformerEvent) => void): void;
  /** The newest resourceVersion seen (list, event or bookmark) of a namespace, or of the slowest one. */
  lastResourceVersion(namespace?: string): string | undefined;
  health(): InformerHealth;
}

const IDLE_MS = 150_000;
const PAGE_SIZE = 500;
const RELIST_MS = 30 * 60_000;
/** A kind that need not be installed is looked for ever more rarely, 10 min apart in the end; whoever has use for it asks for a look. */
const ABSENT_PAUSES: BackoffBounds = { firstMs: 2000, longestMs: 600_000, leastShare: 0, factor: 4, resetAfterMs: 3_600_000 };

/** Makes an informer; nothing happens before start(). */
export function createInformer(options: InformerOptions): Informer {
  const scopes: readonly (string | undefined)[] = options.namespaces === undefined ? [undefined] : Array.from(new Set(options.namespaces));
  const callbacks = createCallbacks();
  const store = createStore(callbacks.guardIndexes(options.indexes ?? {}));
  const first = Promise.withResolvers<void>();
  const listed = new Set<string | undefined>();
  const absent = new Set<string | undefined>();
  const served: (() => void)[] = [];

  function complete(namespace: string | undefined, keys: ReadonlySet<string>): void {
    callbacks.emit(store.retain(namespace, keys));
    listed.add(namespace);
    if (listed.size === scopes.length) first.resolve();
  }

  function admit(raw: KubeObject): KubeObject {
    const slim = withoutManagedFields(raw);
    const given = options.managedFields === true ? raw : slim;
    return callbacks.guard(() => withoutManagedFields(options.transform?.(given) ?? slim), slim);
  }

  function sinkOf(namespace: string | undefined): ReflectorSink {
    return {
      listed(page) {
        for (const object of page) callbacks.emit(store.set(admit(object)));
      },
      complete(keys) {
        const isBack = absent.delete(namespace) && absent.size === 0;
        complete(namespace, keys);
        if (isBack) for (const handler of served) callbacks.guard(handler, undefined);
      },
      absent() {
        absent.add(namespace);
        if (options.optional === true) complete(namespace, new Set());
      },
      changed: (event) => callbacks.emit(event.type === "DELETED" ? store.remove(admit(event.object)) : store.set(admit(event.object))),
    };
  }

  const reflectors = scopes.map((namespace) => ({
    namespace,
    loop: createReflector(reflectorOptions(options, namespace, sinkOf(namespace))),
  }));
  const loops = reflectors.map(({ loop }) => loop);
  let started = false;
  if (scopes.length === 0) first.resolve();

  return {
    resource: options.resource,
    start(signal) {
      if (started) throw new Error(`the informer of ${options.resource.plural} was started twice`);
      started = true;
      for (const loop of loops) void loop.run(signal);
    },
    synced: first.promise,
    hasSynced: () => listed.size === scopes.length,
    isServed: () => absent.size === 0,
    lookAgain: () => loops.forEach((loop) => loop.lookAgain()),
    onServed: (handler) => void served.push(handler),
    get: (key) => store.get(key),
    list: (namespace) => (namespace === undefined ? store.list() : store.byIndex(BY_NAMESPACE, namespace)),
    ownedBy: (uid) => store.byIndex(BY_OWNER, uid),
    byIndex: (index, value) => store.byIndex(index, value),
    onEvent: (handler) => callbacks.add(handler),
    lastResourceVersion(namespace) {
      const asked = reflectors.filter((entry) => namespace === undefined || entry.namespace === undefined || entry.namespace === namespace);
      return oldest(asked.map((entry) => entry.loop.progress.resourceVersion));
    },
    health: () => ({ ...healthOf(loops), synced: listed.size === scopes.length, handlerErrors: callbacks.errors(), objects: store.size }),
  };
}

function reflectorOptions(options: InformerOptions, namespace: string | undefined, sink: ReflectorSink): ReflectorOptions {
  const { client, resource, labelSelector, metadataOnly, clock = systemClock, random = Math.random } = options;
  return {
    client,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
    pageSize: options.pageSize ?? PAGE_SIZE,
    idleMs: options.idleMs ?? IDLE_MS,
    relistMs: options.relistMs ?? RELIST_MS,
    backoff: createBackoff(random),
    ...(options.optional === true && { absentBackoff: createBackoff(random, ABSENT_PAUSES) }),
    clock,
    random,
    sink,
  };
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata, managedFields: undefined };
  delete metadata.managedFields;
  return { ...object, metadata };
}

function oldest(versions: readonly (string | undefined)[]): string | undefined {
  return versions.reduce((least, version) => {
    if (least === undefined || version === undefined) return undefined;
    return (compareResourceVersions(version, least) ?? 0) < 0 ? version : least;
  }, versions[0]);
}

// With several namespaces the informer is as well as the worst of its loops.
const worstFirst: readonly InformerState[] = ["forbidden", "missing", "backoff", "idle", "listing", "stopped", "watching"];

function healthOf(loops: readonly Reflector[]): Omit<InformerHealth, "synced" | "handlerErrors" | "objects"> {
  const seen = loops.map((loop) => loop.progress.lastEventAt).filter((at) => at !== undefined);
  return {
    state: worstFirst.find((state) => loops.some((loop) => loop.progress.state === state)) ?? "idle",
    lastEventAt: seen.length === loops.length && seen.length > 0 ? Math.min(...seen) : undefined,
    relists: loops.reduce((sum, loop) => sum + loop.progress.relists, 0),
    restarts: loops.reduce((sum, loop) => sum + loop.progress.restarts, 0),
    lastError: loops.map((loop) => loop.progress.lastError).find((error) => error !== undefined),
  };
}
