/** Bounds of the per-key retry delay; the defaults are client-go's 5 ms doubling, capped at 5 min so that a repaired cluster is noticed soon. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Per-key exponential backoff with jitter in [0.5, 1) of the doubled delay; forgotten when the key succeeds. */
export class Backoff {
  readonly #failures = new Map<string, number>();
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  constructor(options: BackoffOptions = { baseMs: 100, maxMs: 300_000 }, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** The delay in milliseconds before the key's next try; each call counts one more failure. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ceiling = Math.min(this.#options.maxMs, this.#options.baseMs * 2 ** Math.min(failures, 30));
    return Math.round(ceiling * (0.5 + this.#random() / 2));
  }

  /** How often the key failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Starts the key afresh. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
