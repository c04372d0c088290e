import type { Backend } from "./simulated-entrance.ts";

/** Who answered how many requests, by release. */
export class SimulatedTraffic {
  readonly #since = new Map<string, number>();
  readonly #answered = new Map<string, number>();

  /** Spreads requests over the backends by their parts, and evenly over the pods of each. */
  serve(backends: readonly Backend[], requests: number, now: number): void {
    for (const { pods, part } of backends) {
      for (const { release } of pods) {
        this.#answered.set(release, this.answered(release) + (requests * part) / pods.length);
        if (!this.#since.has(release)) this.#since.set(release, now);
      }
    }
  }

  /** When a release answered its first request; Infinity: never. */
  servedSince(release: string): number {
    return this.#since.get(release) ?? Infinity;
  }

  /** Requests that a release has answered in all. */
  answered(release: string): number {
    return this.#answered.get(release) ?? 0;
  }
}
