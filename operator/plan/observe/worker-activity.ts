/** Who works on a queue: addresses of pods that wait for a job, and addresses or names of those that have one. */
export interface WorkerActivity {
  readonly idle: readonly string[];
  readonly busy: readonly string[];
  /** Names under which jobs are held and that nobody is known to have; empty for a job that names nobody. */
  readonly unknown: readonly string[];
}
