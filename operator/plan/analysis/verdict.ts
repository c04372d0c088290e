/** What became of judging: pass, fail, or inconclusive where nothing failed but not enough could be seen. */
export type Result = "pass" | "fail" | "inconclusive";

/** What one check says of the candidate. */
export interface CheckVerdict {
  /** errorRate, latencyP99, probes (probes/PATH where several), restarts, oomKills, or query/NAME. */
  readonly name: string;
  readonly result: Result;
  /** Shown, but fails nothing. */
  readonly dryRun?: true;
  /** What was measured since the step began, in the unit of the limit: percent, milliseconds, a count. */
  readonly value?: number;
  readonly limit?: number;
  /** What was proven: the true rate is below this many percent, at analysis.confidencePercent. */
  readonly belowPercent?: number;
  /** A clause for a tired operator. */
  readonly message: string;
}

/** What is known of the candidate from everything that was measured of it. */
export interface Verdict {
  readonly result: Result;
  /** When the newest round ended, ISO 8601. */
  readonly at: string;
  /** Requests that the candidate has answered since the step began; those of probes where there are no others. */
  readonly requests: number;
  /** Why an inconclusive verdict is one: too few requests, no source that can be seen, or a newest round so bad that the next one decides. */
  readonly cause?: "tooFewRequests" | "unseen" | "worsening";
  /** What was asked, what came back, and what is wanted; for an inconclusive verdict. */
  readonly reason?: string;
  /** What the step has proven in one sentence, such as "1 of 240 requests failed: below 2.7 % at 99 %". */
  readonly proven?: string;
  /** In a fixed order: errorRate, latencyP99, probes, restarts, oomKills, then query/NAME each. */
  readonly checks: readonly CheckVerdict[];
}
