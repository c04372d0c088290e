import { monotonicTimers, type Timers } from "../base/clock.ts";

/**
 * What is handed out first: what a user or a clock asks for. News of what the operator has made itself is low, for a hundred apps that
 * become ready must not keep the next one waiting for its first object; so are looks at what nothing has happened to.
 */
export type Priority = "high" | "low";

interface Delayed {
  readonly due: number;
  readonly cancel: () => void;
}

/** Of so many keys that are handed out one is low, however many high ones wait. */
const LOW_SHARE = 4;

/**
 * A queue of keys to client-go's contract: a key waits at most once, is handed to one worker at a time, and one that is added
 * while it is worked on comes again afterwards. Of several delays the earliest wins, of several priorities the high one.
 */
export class WorkQueue {
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = { high: new Map(), low: new Map() };
  readonly #active = new Set<string>();
  readonly #again = new Map<string, Priority>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((item: WorkItem | undefined) => void)[] = [];
  readonly #timers: Timers;
  #highInARow = 0;
  #closed = false;

  constructor(timers: Timers = monotonicTimers) {
    this.#timers = timers;
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.high.size + this.#waiting.low.size;
  }

  /** Asks for the key to be worked on as soon as a worker is free. */
  add(key: string, priority: Priority = "high"): void {
    if (this.#closed) return;
    if (this.#active.has(key)) {
      if (this.#again.get(key) !== "high") this.#again.set(key, priority);
      return;
    }
    const { high, low } = this.#waiting;
    if (high.has(key) || (priority === "low" && low.has(key))) return;
    const since = low.get(key) ?? this.#timers.now();
    low.delete(key);
    this.#waiting[priority].set(key, since);
    this.#hand();
  }

  /** Asks for the key after a delay in milliseconds, unless an earlier request stands; a key that is handed out meanwhile needs no other look. */
  addAfter(key: string, ms: number, priority: Priority = "high"): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key, priority);
      return;
    }
    const due = this.#timers.now() + ms;
    const standing = this.#delayed.get(key);
    if (standing && standing.due <= due) return;
    standing?.cancel();
    const cancel = this.#timers.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key, priority);
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
    const priority = this.#again.get(key);
    this.#again.delete(key);
    if (priority !== undefined) this.add(key, priority);
  }

  /** Lets every waiting worker go; keys that still wait are dropped, for the next leader lists them anew. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    for (const waiting of Object.values(this.#waiting)) waiting.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #hand(): void {
    if (this.#closed) {
      for (const taker of this.#takers.splice(0)) taker(undefined);
      return;
    }
    while (this.#takers.length > 0) {
      const item = this.#next();
      if (item === undefined) return;
      this.#takers.shift()?.(item);
    }
  }

  /** The oldest key that is high, or, when it is its turn, the oldest that is low. */
  #next(): WorkItem | undefined {
    const { high, low } = this.#waiting;
    const isLow = high.size === 0 || (low.size > 0 && this.#highInARow >= LOW_SHARE - 1);
    this.#highInARow = isLow ? 0 : this.#highInARow + 1;
    const waiting = isLow ? low : high;
    for (const [key, since] of waiting) {
      waiting.delete(key);
      this.#dropDelay(key);
      this.#active.add(key);
      return { key, waitedMs: this.#timers.now() - since };
    }
    return undefined;
  }

  #dropDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}

/** A key handed to a worker. */
export interface WorkItem {
  readonly key: string;
  readonly waitedMs: number;
}
