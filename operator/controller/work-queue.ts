import { monotonicTimers, type Timers } from "../base/clock.ts";

interface Delayed {
  readonly due: number;
  readonly cancel: () => void;
}

/**
 * A queue of keys to client-go's contract: a key waits at most once, is handed to one worker at a time, and one that is added
 * while it is worked on comes again afterwards. Of several delays the earliest wins.
 */
export class WorkQueue {
  readonly #waiting = new Map<string, number>();
  readonly #active = new Set<string>();
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((item: WorkItem | undefined) => void)[] = [];
  readonly #timers: Timers;
  #closed = false;

  constructor(timers: Timers = monotonicTimers) {
    this.#timers = timers;
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Asks for the key to be worked on as soon as a worker is free. */
  add(key: string): void {
    if (this.#closed) return;
    this.#dropDelay(key);
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, this.#timers.now());
    this.#hand();
  }

  /** Asks for the key after a delay in milliseconds, unless an earlier request stands. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.#timers.now() + ms;
    const standing = this.#delayed.get(key);
    if (standing && standing.due <= due) return;
    standing?.cancel();
    const cancel = this.#timers.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** The next key and how long it waited in milliseconds; undefined once the queue is closed. */
  async take(): Promise<WorkItem | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#hand();
    });
  }

  /** Says that the worker has finished with the key. */
  done(key: string): void {
    this.#active.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Lets every waiting worker go; keys that still wait are dropped, for the next leader lists them anew. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #dropDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }

  #hand(): void {
    if (this.#closed) {
      for (const taker of this.#takers.splice(0)) taker(undefined);
      return;
    }
    while (this.#takers.length > 0 && this.#waiting.size > 0) {
      for (const [key, since] of this.#waiting) {
        this.#waiting.delete(key);
        this.#active.add(key);
        this.#takers.shift()?.({ key, waitedMs: this.#timers.now() - since });
        break;
      }
    }
  }
}

/** A key handed to a worker. */
export interface WorkItem {
  readonly key: string;
  readonly waitedMs: number;
}
