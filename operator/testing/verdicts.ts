import type { CheckVerdict, Verdict } from "../plan/analysis/verdict.ts";

/** A verdict that passes; every part can be replaced. */
export function verdictOf(parts: Partial<Verdict> = {}): Verdict {
  const check: CheckVerdict = { name: "errorRate", result: "pass", value: 0, limit: 1, message: "none of 80 requests failed" };
  return { result: "pass", at: "2026-11-27T08:09:50Z", requests: 80, checks: [check], ...parts };
}

/** A candidate with too many errors. */
export const failing = verdictOf({
  result: "fail",
  checks: [
    { name: "errorRate", result: "fail", value: 20, limit: 1, message: "error rate 20 %" },
    { name: "latencyP99", result: "fail", dryRun: true, message: "slow" },
  ],
});
/** A candidate of which nothing can be seen. */
export const unseen = verdictOf({ result: "inconclusive", cause: "unseen", reason: "pod p answers 401 at /metrics" });
/** A candidate with too few requests. */
export const tooFew = verdictOf({ result: "inconclusive", cause: "tooFewRequests", requests: 3, reason: "3 of 20 requests" });
