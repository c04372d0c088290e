import pLimit from "p-limit";
import { hashText } from "../base/canonical.ts";
import type { KubeClient } from "./client.ts";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { isAlreadyExists, isNotFound } from "./errors.ts";
import { microTime } from "./lease.ts";
import type { KubeObject } from "../base/object.ts";
import { events } from "./resources.ts";
import { createTokens } from "./tokens.ts";

/** One thing worth reporting to the user about an object. */
export interface RecordedEvent {
  readonly type: "Normal" | "Warning";
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** CamelCase verb of what the operator did, e.g. Reconcile. */
  readonly action: string;
  /** At most 1,024 bytes of UTF-8, as the API server counts; longer notes are cut. */
  readonly note: string;
}

/** How events are signed and limited. */
export interface RecorderOptions {
  readonly client: Pick<KubeClient, "create" | "mergePatch">;
  /** e.g. example.com/operator. */
  readonly reportingController: string;
  /** The pod's name. */
  readonly reportingInstance: string;
  /** Events of one type that a single object may cause at once; default 25, refilled one per minute. */
  readonly burst?: number;
  readonly clock?: Clock;
  readonly onError?: (error: unknown) => void;
}

/**
 * Writes Kubernetes Events in the background, one after the other as client-go does: what is made comes before what is said of it. Never
 * throws, never blocks a reconcile.
 */
export interface Recorder {
  /** Records it, unless 1,000 wait to be written (client-go's bound), which is an error for onError. */
  event(regarding: KubeObject, event: RecordedEvent): void;
  /** Waits for what has been recorded. */
  flush(): Promise<void>;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  seenAt: number;
}

const BURST = 25;
const REFILL_MS = 60_000;
/** The same event again within this time is counted in the first one, as client-go's series do. */
const SERIES_MS = 6 * 60_000;
const LONGEST_NOTE = 1024;
const ELLIPSIS = "…";
const MOST_SERIES = 4096;
const MOST_WAITING = 1000;

/** Makes a recorder. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, clock = systemClock, onError = (): void => undefined } = options;
  const tokens = createTokens({ burst: options.burst ?? BURST, refillMs: REFILL_MS, clock });
  const known = new Map<string, Series>();
  const oneByOne = pLimit(1);

  function write(request: () => Promise<unknown>, ignore: (error: unknown) => void): void {
    void oneByOne(async () => request().catch(ignore)).catch(onError);
  }

  function record(regarding: KubeObject, event: RecordedEvent): void {
    const now = clock.monotonic();
    const key = seriesKey(regarding, event);
    forgetOld(known, now);
    const series = known.get(key);
    if (oneByOne.pendingCount >= MOST_WAITING) throw new Error(`${MOST_WAITING} events wait to be written`);
    // Many good news must not keep a warning back.
    if (!tokens.take(`${event.type} ${regarding.metadata.uid ?? regarding.metadata.name}`)) return;
    if (series === undefined) begin(key, regarding, event);
    else goOn(series);
  }

  function begin(key: string, regarding: KubeObject, event: RecordedEvent): void {
    const body = eventObject(options, regarding, event, clock.wall());
    const { name, namespace = "default" } = body.metadata;
    known.set(key, { namespace, name, count: 1, seenAt: clock.monotonic() });
    write(async () => client.create(events, body), ignoreExisting);
  }

  function goOn(series: Series): void {
    series.count += 1;
    series.seenAt = clock.monotonic();
    const patch = { series: { count: series.count, lastObservedTime: microTime(clock.wall()) } };
    write(async () => client.mergePatch(events, series.namespace, series.name, { patch }), ignoreMissing);
  }

  return {
    event(regarding, event) {
      try {
        record(regarding, event);
      } catch (error) {
        onError(error);
      }
    },
    async flush() {
      await oneByOne(() => undefined);
    },
  };
}

function ignoreExisting(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}

// The API server forgets events after an hour.
function ignoreMissing(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function seriesKey(regarding: KubeObject, event: RecordedEvent): string {
  const { kind, metadata } = regarding;
  return JSON.stringify([
    kind,
    metadata.uid ?? "",
    metadata.namespace ?? "",
    metadata.name,
    event.type,
    event.reason,
    event.action,
    event.note,
  ]);
}

function forgetOld(known: Map<string, Series>, now: number): void {
  for (const [key, series] of known) if (now - series.seenAt > SERIES_MS || known.size > MOST_SERIES) known.delete(key);
}

/** No character is cut in two. */
function cutNote(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= LONGEST_NOTE) return note;
  let end = LONGEST_NOTE - Buffer.byteLength(ELLIPSIS);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}${ELLIPSIS}`;
}

function eventObject(options: RecorderOptions, regarding: KubeObject, event: RecordedEvent, now: number): KubeObject {
  const { name, namespace = "default", uid, resourceVersion } = regarding.metadata;
  const hash = hashText(`${seriesKey(regarding, event)} ${now}`, 16);
  return {
    apiVersion: events.apiVersion,
    kind: events.kind,
    metadata: { name: `${name.slice(0, 200)}.${hash}`, namespace },
    eventTime: microTime(now),
    reportingController: options.reportingController,
    reportingInstance: options.reportingInstance.slice(0, 128),
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
    type: event.type,
    reason: event.reason,
    action: event.action,
    note: cutNote(event.note),
  };
}
