import { isDeepStrictEqual } from "node:util";
import { wallTimers } from "../base/clock.ts";

/** Asks something about apps in the background, again and again; a job says whom to ask for one app. */
export interface Poller<Job, Answer> {
  /** Begins or changes the asking for an app; the same job again is a no-op. The first question is asked at once. */
  watch(key: string, job: Job): void;
  /** Ends the asking for an app and forgets its answers; unknown keys are ignored. */
  unwatch(key: string): void;
  /** The newest answer; undefined where the last question had none. */
  answer(key: string): Answer | undefined;
  /** The apps that are watched now. */
  keys(): readonly string[];
}

/** What the poller works with. */
export interface PollerOptions<Job, Answer> {
  /** Asks once; rejects where nobody answers. */
  readonly read: (job: Job) => Promise<Answer>;
  /** Called when an answer differs from the one before: the key is worth a look. */
  readonly onChange: (key: string) => void;
  /** Called once per outage with why nobody answers; asking goes on. */
  readonly onError: (key: string, error: unknown) => void;
  /** Whether the newest answer holds until a job that changed has been asked about. Default: it is forgotten. */
  readonly keepsAnswer?: boolean;
  /** Milliseconds between two questions. Default: 5,000. */
  readonly intervalMs?: number;
  /** Calls once after that many milliseconds; the answer cancels it. Default: the real clock. */
  readonly after?: (milliseconds: number, call: () => void) => () => void;
}

interface Watched<Job, Answer> {
  readonly key: string;
  readonly job: Job;
  ended: boolean;
  failing: boolean;
  answer?: Answer | undefined;
  cancel?: () => void;
}

/** Makes a poller that watches nothing yet. */
export function createPoller<Job, Answer>(options: PollerOptions<Job, Answer>): Poller<Job, Answer> {
  const {
    read,
    onChange,
    onError,
    keepsAnswer = false,
    intervalMs = 5000,
    after = (milliseconds, call) => wallTimers.after(milliseconds, call),
  } = options;
  const watched = new Map<string, Watched<Job, Answer>>();

  async function runRound(app: Watched<Job, Answer>): Promise<void> {
    const before = app.answer;
    try {
      app.answer = await read(app.job);
      app.failing = false;
    } catch (error) {
      // What was true before may no longer be.
      app.answer = undefined;
      if (!app.ended && !app.failing) onError(app.key, error);
      app.failing = true;
    }
    if (app.ended) return;
    app.cancel = after(intervalMs, () => void runRound(app));
    if (app.answer !== undefined && !isDeepStrictEqual(before, app.answer)) onChange(app.key);
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
      const before = keepsAnswer ? watched.get(key)?.answer : undefined;
      unwatch(key);
      const app: Watched<Job, Answer> = { key, job, ended: false, failing: false, answer: before };
      watched.set(key, app);
      void runRound(app);
    },
    unwatch,
    answer: (key) => watched.get(key)?.answer,
    keys: () => [...watched.keys()],
  };
}
