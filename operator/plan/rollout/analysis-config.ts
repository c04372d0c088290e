/** A query of the user with its limits. */
export interface AnalysisQuery {
  readonly name: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Tell, but do not judge. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** The limits of a candidate; rollout.canary.analysis fits. */
export interface AnalysisConfig {
  /** Requests that the candidate must have answered; stable too, where both are compared. */
  readonly minRequests: number;
  readonly errorRatePercent: number;
  readonly latencyP99Milliseconds: number;
  /** Percent by which the candidate's error rate or p99 latency may be above stable's. Default: not compared. */
  readonly maxIncreasePercent?: number | undefined;
  /** Container restarts of the candidate that are forgiven. Default: 0. */
  readonly maxRestarts?: number | undefined;
  /** Metrics that are told, but not judged: errorRate, latencyP99, restarts, oomKills. Default: none. */
  readonly dryRun?: readonly string[] | undefined;
  readonly queries: readonly AnalysisQuery[];
}
