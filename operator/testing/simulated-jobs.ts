import type { Migration } from "../plan/migration.ts";

type State = "pending" | "running" | "done" | "failed";

/** The migration Jobs of a simulation, by release. */
export class SimulatedJobs {
  readonly #jobs = new Map<string, { readonly state: State; readonly since: number }>();
  readonly #endOf: (release: string) => "done" | "failed";

  constructor(endOf: (release: string) => "done" | "failed") {
    this.#endOf = endOf;
  }

  /** Whether there is a Job. */
  has(release: string): boolean {
    return this.#jobs.has(release);
  }

  /** The operator creates a Job. */
  start(release: string, now: number): void {
    this.#jobs.set(release, { state: "pending", since: now });
  }

  /** A Job ended well long ago. */
  finish(release: string): void {
    this.#jobs.set(release, { state: "done", since: 0 });
  }

  /** The operator deletes a Job. */
  remove(release: string): void {
    this.#jobs.delete(release);
  }

  /** Time reaches the Jobs: each takes ten seconds. */
  run(now: number): void {
    for (const [release, { state, since }] of this.#jobs) {
      const ends = now - since >= 10;
      if (state === "pending" || state === "running") this.#jobs.set(release, { state: ends ? this.#endOf(release) : "running", since });
    }
  }

  /** Where each Job stands. */
  states(): ReadonlyMap<string, State> {
    return new Map([...this.#jobs].map(([release, { state }]) => [release, state]));
  }
}

/** A migration as the plan would judge it. */
export function migrationOf(release: string, state: Migration["state"]): Migration {
  const job = `shop-migrate-${release}`;
  switch (state) {
    case "none":
      return { state };
    case "failed":
      return { state, job, why: "exit code 1" };
    default:
      return { state, job };
  }
}
