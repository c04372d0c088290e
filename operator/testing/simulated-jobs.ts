import type { Migration } from "../plan/observe/migration.ts";
import type { UnfinishedMigration } from "../plan/observe/unfinished-migration.ts";

type State = "pending" | "running" | "done" | "failed";

/** How a migration of the simulation ends; one that is stuck never starts, because its image cannot be pulled. */
export type JobEnd = "done" | "failed" | "slow" | "stuck";

/** Seconds that a migration takes, and after which one that is stuck meets its deadline. */
const lasts: Readonly<Record<JobEnd, number>> = { done: 10, failed: 10, slow: 40, stuck: 90 };

/** The migration Jobs of a simulation, by release. */
export class SimulatedJobs {
  readonly #jobs = new Map<string, { readonly state: State; readonly since: number }>();
  readonly #endOf: (release: string) => JobEnd;

  constructor(endOf: (release: string) => JobEnd) {
    this.#endOf = endOf;
  }

  /** Whether there is a Job. */
  has(release: string): boolean {
    return this.#jobs.has(release);
  }

  /** The releases whose Jobs run. */
  get running(): readonly string[] {
    return [...this.#jobs].filter(([, { state }]) => state === "running").map(([release]) => release);
  }

  /** Whether a Job has not come to its end. */
  get areUnderWay(): boolean {
    return [...this.#jobs.values()].some(({ state }) => state === "pending" || state === "running");
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

  /** Time reaches the Jobs. */
  run(now: number): void {
    for (const [release, { state, since }] of this.#jobs) {
      const end = this.#endOf(release);
      if (state !== "pending" && state !== "running") continue;
      const going = end === "stuck" ? "pending" : "running";
      const ended = end === "done" || end === "slow" ? "done" : "failed";
      this.#jobs.set(release, { state: now - since >= lasts[end] ? ended : going, since });
    }
  }

  /** Where each Job stands. */
  states(): ReadonlyMap<string, State> {
    return new Map([...this.#jobs].map(([release, { state }]) => [release, state]));
  }
}

/** A migration as the plan would judge it. */
export function migrationOf(release: string, state: Migration["state"], job = jobName(release)): Migration {
  switch (state) {
    case "none":
      return { state };
    case "failed":
      return { state, job, why: "exit code 1" };
    default:
      return { state, job };
  }
}

/** The migration of another release that is under way, as the plan would find it. */
export function otherMigrationOf(release: string, jobs: ReadonlyMap<string, State>): UnfinishedMigration | undefined {
  const found = [...jobs].find(([other, state]) => other !== release && (state === "pending" || state === "running"));
  return found && { job: jobName(found[0]), begun: found[1] === "running" };
}

/** The contract migration that is under way. */
export function contractUnderWay(jobs: ReadonlyMap<string, State>): UnfinishedMigration | undefined {
  const found = otherMigrationOf("", jobs);
  return found && { ...found, begun: true, contract: true };
}

/** The name of a release's Job. */
export function jobName(release: string): string {
  return `shop-migrate-${release}`;
}
