import type { Backend } from "./simulated-entrance.ts";

/** Ticks over which requests are counted for the analysis. */
const windowTicks = 3;

/** Who answered how many requests, by release. */
export class SimulatedTraffic {
  readonly #since = new Map<string, number>();
  readonly #ticks: ReadonlyMap<string, number>[] = [];

  /** Spreads requests over the backends by their parts, and evenly over the pods of each. */
  serve(backends: readonly Backend[], requests: number, now: number): void {
    const shares = new Map<string, number>();
    for (const { pods, part } of backends) {
      for (const { release } of pods) {
        shares.set(release, (shares.get(release) ?? 0) + (requests * part) / pods.length);
        if (!this.#since.has(release)) this.#since.set(release, now);
      }
    }
    this.#ticks.push(shares);
  }

  /** When a release answered its first request; Infinity: never. */
  servedSince(release: string): number {
    return this.#since.get(release) ?? Infinity;
  }

  /** Requests that a release answered of late. */
  recent(release: string): number {
    return Math.round(this.#ticks.slice(-windowTicks).reduce((sum, shares) => sum + (shares.get(release) ?? 0), 0));
  }
}
