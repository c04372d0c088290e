import { isDeepStrictEqual } from "node:util";
import type { Activity, Queue } from "./activity.ts";
import type { QueueReader, RedisServer } from "./queue-reader.ts";

/** Which queues to ask for one app. */
export interface QueueJob {
  readonly server: RedisServer;
  /** The queue of each worker component, by its name. */
  readonly queues: Readonly<Record<string, Queue>>;
}

/** Asks in the background who works on the queues of apps. */
export interface QueueSampler {
  /** Begins or changes the sampling of an app; the same job again is a no-op. The first question is asked at once. */
  watch(key: string, job: QueueJob): void;
  /** Ends the sampling of an app and forgets its answers; unknown keys are ignored. */
  unwatch(key: string): void;
  /** The newest answer by worker component; undefined where Redis did not answer the last question. */
  activity(key: string): Readonly<Record<string, Activity>> | undefined;
  /** The apps that are sampled now. */
  keys(): readonly string[];
}

/** What the sampler works with. */
export interface QueueSamplerOptions {
  readonly read: QueueReader;
  /** Called when an answer differs from the one before: the key is worth a look. */
  readonly onChange: (key: string) => void;
  /** Told once per outage that Redis does not answer; sampling goes on. */
  readonly onError: (key: string, error: unknown) => void;
  /** Milliseconds between two questions. Default: 5,000. */
  readonly intervalMs?: number;
  /** Calls once after that many milliseconds; the answer cancels it. Default: the real clock. */
  readonly after?: (milliseconds: number, call: () => void) => () => void;
}

interface Watched {
  readonly key: string;
  readonly job: QueueJob;
  ended: boolean;
  failing: boolean;
  activity?: Readonly<Record<string, Activity>> | undefined;
  cancel?: () => void;
}

/** Makes a sampler that watches nothing yet. */
export function createQueueSampler(options: QueueSamplerOptions): QueueSampler {
  const { read, onChange, onError, intervalMs = 5000, after = onRealClock } = options;
  const watched = new Map<string, Watched>();

  async function runRound(app: Watched): Promise<void> {
    const before = app.activity;
    try {
      const names = Object.keys(app.job.queues);
      const answers = await read(app.job.server, Object.values(app.job.queues));
      app.activity = Object.fromEntries(names.flatMap((name, at) => (answers[at] === undefined ? [] : [[name, answers[at]]])));
      app.failing = false;
    } catch (error) {
      // What was true before may no longer be.
      app.activity = undefined;
      if (!app.ended && !app.failing) onError(app.key, error);
      app.failing = true;
    }
    if (app.ended) return;
    app.cancel = after(intervalMs, () => void runRound(app));
    if (app.activity !== undefined && !isDeepStrictEqual(before, app.activity)) onChange(app.key);
  }

  function unwatch(key: string): void {
    const app = watched.get(key);
    if (app === undefined) return;
    watched.delete(key);
    app.ended = true;
    app.cancel?.();
  }

  return {
    watch(key, job) {
      if (isDeepStrictEqual(watched.get(key)?.job, job)) return;
      unwatch(key);
      const app: Watched = { key, job, ended: false, failing: false };
      watched.set(key, app);
      void runRound(app);
    },
    unwatch,
    activity: (key) => watched.get(key)?.activity,
    keys: () => [...watched.keys()],
  };
}

function onRealClock(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds);
  return () => clearTimeout(timer);
}
