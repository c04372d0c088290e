import type { Backoff } from "../base/backoff.ts";
import type { KubeClient } from "./client.ts";
import type { ListOptions, WatchEvent } from "./operations.ts";
import type { Clock, Random } from "../base/clock.ts";
import { isForbidden, isGone, isNotFound } from "./errors.ts";
import { objectKey, type KubeObject, type Resource } from "../base/object.ts";
import { errorOfStatus } from "./status-error.ts";
import { MalformedEventError } from "./watch-decoder.ts";

/** Where the loop stands. */
export type ReflectorState = "idle" | "listing" | "watching" | "backoff" | "missing" | "forbidden" | "stopped";

/** What the loop reports to its cache. */
export interface ReflectorSink {
  /** A page of a list, as it comes, so that no list is ever held as a whole. */
  listed(page: readonly KubeObject[]): void;
  /** The list is complete; what is not named in it is gone. */
  complete(keys: ReadonlySet<string>): void;
  changed(event: WatchEvent): void;
  /** The kind is not installed: there are no objects of it. */
  absent(): void;
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
  /** Pauses while the kind is not installed; default: those of any failure. */
  readonly absentBackoff?: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: ReflectorSink;
}

/** How far a loop has come. */
export interface Progress {
  state: ReflectorState;
  /** Where a watch would go on; undefined: a list is needed. */
  resourceVersion: string | undefined;
  listedAt: number;
  /** Monotonic milliseconds of the last list, event or bookmark. */
  lastEventAt: number | undefined;
  relists: number;
  restarts: number;
  lastError: string | undefined;
  /** Since when it pauses (monotonic milliseconds), and what ends the pause; undefined while it does not. */
  pause: { readonly since: number; readonly end: () => void } | undefined;
}

/** A list-and-watch loop of one kind in one scope. */
export interface Reflector {
  /** Goes on until the signal aborts, whatever happens. */
  run(signal: AbortSignal): Promise<void>;
  /** Somebody has use for a kind that was not installed: looks for it now instead of at the end of the pause, once a second at most. */
  lookAgain(): void;
  readonly progress: Readonly<Progress>;
}

const SHORTEST_TIMEOUT_S = 300;
/** A watch that ends sooner without an event is treated as a failure, or a broken proxy would be asked in a tight loop. */
const SHORT_WATCH_MS = 1000;

/** The least time between two looks for a kind that is not installed. */
const SHORTEST_PAUSE_MS = 1000;

/** Makes a reflector to the contract of client-go's. */
export function createReflector(options: ReflectorOptions): Reflector {
  const progress: Progress = {
    state: "idle",
    resourceVersion: undefined,
    listedAt: -Infinity,
    lastEventAt: undefined,
    relists: 0,
    restarts: 0,
    lastError: undefined,
    pause: undefined,
  };
  return {
    async run(signal) {
      while (!signal.aborted) await round(options, progress, signal);
      progress.state = "stopped";
    },
    lookAgain() {
      const { pause, state } = progress;
      if (state === "missing" && pause && options.clock.monotonic() - pause.since >= SHORTEST_PAUSE_MS) pause.end();
    },
    progress,
  };
}

/** One list, if one is needed, and one watch; a failure of either ends in a pause. */
async function round(options: ReflectorOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  try {
    if (progress.resourceVersion === undefined) await list(options, progress, signal);
    if (progress.resourceVersion === undefined || signal.aborted) return;
    await watch(options, progress, progress.resourceVersion, signal);
    progress.lastError = undefined;
    if (options.clock.monotonic() - progress.listedAt > options.relistMs) progress.resourceVersion = undefined;
  } catch (error) {
    if (!signal.aborted) await pauseAfter(error, options, progress, signal);
  }
}

async function list(options: ReflectorOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  if (progress.state !== "missing" && progress.state !== "forbidden") progress.state = "listing";
  const { keys, resourceVersion } = await listAll(options, signal);
  if (signal.aborted) return;
  if (progress.lastEventAt !== undefined) progress.relists += 1;
  progress.listedAt = options.clock.monotonic();
  progress.lastEventAt = progress.listedAt;
  progress.resourceVersion = resourceVersion;
  options.sink.complete(keys);
}

async function watch(options: ReflectorOptions, progress: Progress, from: string, signal: AbortSignal): Promise<void> {
  const { client, resource, clock, sink, idleMs } = options;
  progress.state = "watching";
  const started = clock.monotonic();
  let events = 0;
  const timeoutSeconds = Math.round(SHORTEST_TIMEOUT_S * (1 + options.random()));
  const scope = { ...scopeOf(options), resourceVersion: from, timeoutSeconds, idleMs, signal };
  for await (const event of client.watch(resource, scope)) {
    if (signal.aborted) return;
    if (event.type === "ERROR") throw errorOfStatus({ verb: "watch", resource: resource.plural }, event.object);
    events += 1;
    progress.lastEventAt = clock.monotonic();
    if (event.type !== "BOOKMARK") sink.changed(event);
    progress.resourceVersion = event.object.metadata.resourceVersion;
  }
  if (events === 0 && clock.monotonic() - started < SHORT_WATCH_MS) throw new Error("the watch ended at once without an event");
}

async function pauseAfter(error: unknown, options: ReflectorOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  progress.restarts += 1;
  progress.lastError = error instanceof Error ? error.message : String(error);
  progress.state = stateAfter(error);
  if (mustRelist(error)) progress.resourceVersion = undefined;
  if (progress.state === "missing") options.sink.absent();
  const since = options.clock.monotonic();
  const pauses = progress.state === "missing" ? (options.absentBackoff ?? options.backoff) : options.backoff;
  const early = new AbortController();
  progress.pause = { since, end: () => early.abort() };
  await options.clock.sleep(pauses.next(since), AbortSignal.any([signal, early.signal]));
  progress.pause = undefined;
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

/** Who is in a list, and where a watch goes on from it. */
interface Listing {
  readonly keys: ReadonlySet<string>;
  readonly resourceVersion: string;
}

async function listAll(options: ReflectorOptions, signal: AbortSignal): Promise<Listing> {
  try {
    return await listPages(options, options.pageSize, signal);
  } catch (error) {
    // The token of a slow paged list expired half-way: one unpaged list, as client-go does.
    if (!isGone(error)) throw error;
    return listPages(options, undefined, signal);
  }
}

async function listPages(options: ReflectorOptions, limit: number | undefined, signal: AbortSignal): Promise<Listing> {
  const keys = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page = await options.client.list(options.resource, {
      ...scopeOf(options),
      ...(limit === undefined ? {} : { limit }),
      ...(token === undefined ? {} : { continue: token }),
      signal,
    });
    if (!signal.aborted) options.sink.listed(page.items);
    for (const item of page.items) keys.add(objectKey(item));
    token = page.continue;
    if (token === undefined || signal.aborted) return { keys, resourceVersion: page.resourceVersion };
  }
}
