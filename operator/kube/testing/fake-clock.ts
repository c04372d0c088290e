import type { Clock } from "../../base/clock.ts";

/** A clock that stands still until it is asked to go on. */
export interface FakeClock extends Clock {
  /** Lets time pass, waking sleepers in order; what they do runs in between. */
  advance(milliseconds: number): Promise<void>;
  /** Time passes but nobody is woken: the event loop is stalled (SIGSTOP, long computation). */
  stall(milliseconds: number): void;
  readonly sleepers: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Makes a fake clock; its monotonic time begins at 0, its wall time at the given milliseconds. */
export function createFakeClock(wallStart = Date.UTC(2026, 10, 21)): FakeClock {
  const sleepers = new Set<Sleeper>();
  let now = 0;
  return {
    monotonic: () => now,
    wall: () => wallStart + now,
    sleep(milliseconds, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const sleeper = { at: now + Math.max(0, milliseconds), wake };
        function wake(): void {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        }
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      });
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await flush();
      for (let next = earliest(sleepers, end); next !== undefined; next = earliest(sleepers, end)) {
        now = Math.max(now, next.at);
        next.wake();
        await flush();
      }
      now = Math.max(now, end);
    },
    stall(milliseconds) {
      now += milliseconds;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}

function earliest(sleepers: Iterable<Sleeper>, end: number): Sleeper | undefined {
  const due = Array.from(sleepers).filter((sleeper) => sleeper.at <= end);
  return due.toSorted((a, b) => a.at - b.at)[0];
}

// Lets all promise reactions that are ready run.
async function flush(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The real clock with every sleep shortened to at most a few milliseconds, for tests over real sockets. */
export function createHastyClock(longestMs = 5): Clock & { readonly sleeps: readonly number[] } {
  const sleeps: number[] = [];
  return {
    sleeps,
    monotonic: () => performance.now(),
    wall: () => Date.now(),
    sleep(milliseconds, signal) {
      sleeps.push(milliseconds);
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(milliseconds, longestMs));
        signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    },
  };
}

/** Waits until the condition holds; fails after the time. */
export async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`the condition did not come true within ${milliseconds} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
