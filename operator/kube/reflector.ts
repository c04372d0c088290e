import type { Backoff } from "./backoff.ts";
import type { KubeClient, ListOptions, WatchEvent } from "./client.ts";
import type { Clock, Random } from "./clock.ts";
import { isForbidden, isGone, isNotFound } from "./errors.ts";
import type { KubeObject, Resource } from "./object.ts";
import { errorOfStatus } from "./status-error.ts";
import { MalformedEventError } from "./watch-decoder.ts";

/** Where the loop stands. */
export type ReflectorState = "idle" | "listing" | "watching" | "backoff" | "missing" | "forbidden" | "stopped";

/** What the loop tells its cache. */
export interface ReflectorSink {
  /** A complete list; what is not in it is gone. */
  replaced(objects: readonly KubeObject[], resourceVersion: string): void;
  changed(event: WatchEvent): void;
}

/** What to follow. */
export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
  readonly pageSize: number;
  readonly idleMs: number;
  /** A list at least this often even when nothing seems wrong, at the end of a watch. */
  readonly relistMs: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: ReflectorSink;
}

/** A list-and-watch loop of one kind in one scope. */
export interface Reflector {
  run(signal: AbortSignal): Promise<void>;
  readonly state: ReflectorState;
  readonly resourceVersion: string | undefined;
  readonly lastEventAt: number | undefined;
  readonly relists: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
}

const SHORTEST_TIMEOUT_S = 300;
/** A watch that ends sooner without an event is treated as a failure, or a broken proxy would be asked in a tight loop. */
const SHORT_WATCH_MS = 1000;

/** Makes a reflector to the contract of client-go's. */
export function createReflector(options: ReflectorOptions): Reflector {
  const { client, resource, clock, sink } = options;
  let state: ReflectorState = "idle";
  let position: string | undefined;
  let listedAt = -Infinity;
  let lastEventAt: number | undefined;
  let lists = 0;
  let restarts = 0;
  let lastError: string | undefined;

  async function list(signal: AbortSignal): Promise<void> {
    state = state === "missing" || state === "forbidden" ? state : "listing";
    const { objects, resourceVersion } = await listAll(options, signal);
    if (signal.aborted) return;
    lists += 1;
    listedAt = clock.monotonic();
    lastEventAt = listedAt;
    position = resourceVersion;
    sink.replaced(objects, resourceVersion);
  }

  async function watch(from: string, signal: AbortSignal): Promise<void> {
    state = "watching";
    const started = clock.monotonic();
    let events = 0;
    const timeoutSeconds = Math.round(SHORTEST_TIMEOUT_S * (1 + options.random()));
    for await (const event of client.watch(resource, {
      ...scopeOf(options),
      resourceVersion: from,
      timeoutSeconds,
      idleMs: options.idleMs,
      signal,
    })) {
      if (signal.aborted) return;
      if (event.type === "ERROR") throw errorOfStatus({ verb: "watch", resource: resource.plural }, event.object);
      events += 1;
      lastEventAt = clock.monotonic();
      if (event.type !== "BOOKMARK") sink.changed(event);
      position = event.object.metadata.resourceVersion;
    }
    if (events === 0 && clock.monotonic() - started < SHORT_WATCH_MS) throw new Error("the watch ended at once without an event");
  }

  async function failed(error: unknown, signal: AbortSignal): Promise<void> {
    restarts += 1;
    lastError = error instanceof Error ? error.message : String(error);
    if (mustRelist(error)) position = undefined;
    state = stateAfter(error);
    await clock.sleep(options.backoff.next(clock.monotonic()), signal);
  }

  async function round(signal: AbortSignal): Promise<void> {
    try {
      if (position === undefined) await list(signal);
      if (position === undefined || signal.aborted) return;
      await watch(position, signal);
      if (clock.monotonic() - listedAt > options.relistMs) position = undefined;
      lastError = undefined;
    } catch (error) {
      if (!signal.aborted) await failed(error, signal);
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) await round(signal);
      state = "stopped";
    },
    get state() {
      return state;
    },
    get resourceVersion() {
      return position;
    },
    get lastEventAt() {
      return lastEventAt;
    },
    get relists() {
      return Math.max(0, lists - 1);
    },
    get restarts() {
      return restarts;
    },
    get lastError() {
      return lastError;
    },
  };
}

function mustRelist(error: unknown): boolean {
  // 404: the kind was removed; when it comes back its history is another one.
  return isGone(error) || isNotFound(error) || error instanceof MalformedEventError;
}

function stateAfter(error: unknown): ReflectorState {
  if (isNotFound(error)) return "missing";
  return isForbidden(error) ? "forbidden" : "backoff";
}

type Scope = Pick<ListOptions, "namespace" | "labelSelector" | "metadataOnly">;

function scopeOf(options: ReflectorOptions): Scope {
  const { namespace, labelSelector, metadataOnly } = options;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  };
}

async function listAll(
  options: ReflectorOptions,
  signal: AbortSignal,
): Promise<{ objects: readonly KubeObject[]; resourceVersion: string }> {
  try {
    return await listPages(options, options.pageSize, signal);
  } catch (error) {
    // The token of a slow paged list expired half-way: one unpaged list, as client-go does.
    if (!isGone(error)) throw error;
    return listPages(options, undefined, signal);
  }
}

async function listPages(
  options: ReflectorOptions,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<{ objects: readonly KubeObject[]; resourceVersion: string }> {
  const objects: KubeObject[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await options.client.list(options.resource, {
      ...scopeOf(options),
      ...(limit === undefined ? {} : { limit }),
      ...(token === undefined ? {} : { continue: token }),
      signal,
    });
    for (const item of page.items) objects.push(item);
    token = page.continue;
    if (token === undefined || signal.aborted) return { objects, resourceVersion: page.resourceVersion };
  }
}
