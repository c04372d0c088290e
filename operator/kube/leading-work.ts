import type { Clock } from "../base/clock.ts";

/** The work of a leader: it runs until it is asked to end. */
export interface LeadingWork {
  /** Asks the work to end. */
  stop(): void;
  hasFailed(): boolean;
  /** True when it was asked to end and has; throws its error when it failed. */
  hasEnded(): boolean;
}

/** Starts the work in the background; `onEnd` is called when it fails, or has ended after it was asked to. Work that returns at once merely began something. */
export function startWork(work: (signal: AbortSignal) => Promise<void> | void, onEnd: () => void): LeadingWork {
  const controller = new AbortController();
  let state: "running" | "done" | "failed" = "running";
  let failure: unknown;
  void run();

  async function run(): Promise<void> {
    try {
      await work(controller.signal);
      state = "done";
    } catch (error) {
      failure = error;
      state = "failed";
    }
    if (state === "failed" || controller.signal.aborted) onEnd();
  }

  return {
    stop: () => controller.abort(new Error("no longer the leader")),
    hasFailed: () => state === "failed",
    hasEnded() {
      if (state === "failed") throw new Error("the leader's work failed", { cause: failure });
      return state === "done" && controller.signal.aborted;
    },
  };
}

/** A sleep that can be cut short, also before it begins. */
export interface Pause {
  sleep(milliseconds: number): Promise<void>;
  readonly wake: () => void;
}

/** Makes a nap. Promise.race is not used: it would add a reaction to the long-lived promises at every round, for ever. */
export function createPause(clock: Clock): Pause {
  let sleeping: AbortController | undefined;
  let woken = false;
  return {
    async sleep(milliseconds) {
      if (!woken) {
        sleeping = new AbortController();
        await clock.sleep(Math.max(0, milliseconds), sleeping.signal);
        sleeping = undefined;
      }
      woken = false;
    },
    wake() {
      woken = true;
      sleeping?.abort();
    },
  };
}
