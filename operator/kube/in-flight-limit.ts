/** A cap on concurrent requests that shrinks when the API server says 429 and grows back slowly (AIMD). */
export interface InFlightLimit {
  /** Waits for a free place; call the result once to give it back. Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
  /** Halves the cap. */
  slowDown(): void;
  /** One success: the cap grows by about one per round of requests. */
  speedUp(): void;
  readonly cap: number;
}

/** Bounds of a limit other than its greatest value. */
export interface LimitBounds {
  /** The cap never falls below it; default 1. */
  readonly least?: number;
  /** Where the cap begins; default: at its greatest value. */
  readonly initial?: number;
}

/** Makes a limit of at most `max` requests at once, at least 1. */
export function createInFlightLimit(max: number, { least = 1, initial = max }: LimitBounds = {}): InFlightLimit {
  const waiting: (() => void)[] = [];
  let cap = Math.max(1, initial);
  let used = 0;

  function admit(): void {
    while (used < Math.floor(cap) && waiting.length > 0) {
      used += 1;
      waiting.shift()?.();
    }
  }

  function place(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      used -= 1;
      admit();
    };
  }

  return {
    acquire(signal) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        function enter(): void {
          signal.removeEventListener("abort", leave);
          resolve(place());
        }
        function leave(): void {
          const index = waiting.indexOf(enter);
          if (index >= 0) waiting.splice(index, 1);
          reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
        }
        waiting.push(enter);
        signal.addEventListener("abort", leave, { once: true });
        admit();
      });
    },
    slowDown() {
      cap = Math.max(least, cap / 2);
    },
    speedUp() {
      cap = Math.min(Math.max(1, max), cap + 1 / cap);
      admit();
    },
    get cap() {
      return Math.floor(cap);
    },
  };
}
