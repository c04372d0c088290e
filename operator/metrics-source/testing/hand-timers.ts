import type { Timers } from "../../base/clock.ts";

/** A clock that is turned by hand. */
export class HandTimers implements Timers {
  readonly waiting: { at: number; call: () => void }[] = [];
  private time: number;

  constructor(startMs = 1_000_000) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  after(milliseconds: number, call: () => void): () => void {
    const entry = { at: this.time + milliseconds, call };
    this.waiting.push(entry);
    return () => void (this.waiting.includes(entry) && this.waiting.splice(this.waiting.indexOf(entry), 1));
  }

  /** Goes on by that many milliseconds, through everything that falls due on the way, in its order. */
  async turn(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.waiting.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.call();
      await nextTick();
    }
    this.time = end;
    await nextTick();
  }
}

/** Lets everything go on that only waits for promises. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
