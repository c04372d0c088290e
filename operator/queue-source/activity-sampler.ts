import { isDeepStrictEqual } from "node:util";
import type { Activity } from "./activity.ts";

/** Who works, by worker component. */
export type Activities = Readonly<Record<string, Activity>>;

/** Asks in the background which workers of apps are busy; a job says whom to ask for one app. */
export interface ActivitySampler<Job> {
  /** Begins or changes the sampling of an app; the same job again is a no-op. The first question is asked at once. */
  watch(key: string, job: Job): void;
  /** Ends the sampling of an app and forgets its answers; unknown keys are ignored. */
  unwatch(key: string): void;
  /** The newest answer by worker component; undefined where the last question had none. */
  activity(key: string): Activities | undefined;
  /** The apps that are sampled now. */
  keys(): readonly string[];
}

/** What the sampler works with. */
export interface ActivitySamplerOptions<Job> {
  /** Asks once; rejects where nobody answers. */
  readonly read: (job: Job) => Promise<Activities>;
  /** Called when an answer differs from the one before: the key is worth a look. */
  readonly onChange: (key: string) => void;
  /** Called once per outage with why nobody answers; sampling goes on. */
  readonly onError: (key: string, error: unknown) => void;
  /** Milliseconds between two questions. Default: 5,000. */
  readonly intervalMs?: number;
  /** Calls once after that many milliseconds; the answer cancels it. Default: the real clock. */
  readonly after?: (milliseconds: number, call: () => void) => () => void;
}

interface Watched<Job> {
  readonly key: string;
  readonly job: Job;
  ended: boolean;
  failing: boolean;
  activity?: Activities | undefined;
  cancel?: () => void;
}

/** Makes a sampler that watches nothing yet. */
export function createActivitySampler<Job>(options: ActivitySamplerOptions<Job>): ActivitySampler<Job> {
  const { read, onChange, onError, intervalMs = 5000, after = onRealClock } = options;
  const watched = new Map<string, Watched<Job>>();

  async function runRound(app: Watched<Job>): Promise<void> {
    const before = app.activity;
    try {
      app.activity = await read(app.job);
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
      const app: Watched<Job> = { key, job, ended: false, failing: false };
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
