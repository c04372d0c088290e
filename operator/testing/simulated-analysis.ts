import type { Rollout } from "../api/rollout.ts";
import type { AnalysisVerdict } from "../plan/rollout/observation.ts";
import type { Behaviour } from "./simulated-deployment.ts";

/** What the analysis says of a candidate without users: only what needs no traffic is judged. */
export function judgeWithoutUsers(): Omit<AnalysisVerdict, "at"> {
  return { result: "pass", metrics: [{ name: "restarts", result: "pass", value: 0, limit: 0, message: "0 restarts" }] };
}

/** What the analysis says of a candidate that answered so many requests. */
export function judgeSample(
  { errorPercent, latency }: Behaviour,
  count: number,
  { minRequests, errorRatePercent, latencyP99Milliseconds }: Rollout["canary"]["analysis"],
): Omit<AnalysisVerdict, "at"> {
  if (count < minRequests) {
    const message = `${count} of ${minRequests} requests`;
    return { result: "inconclusive", metrics: [{ name: "errorRate", result: "inconclusive", message }] };
  }
  const metric = (name: string, value: number, limit: number, message: string) =>
    ({ name, result: value > limit ? "fail" : "pass", value, limit, message }) as const;
  const metrics = [
    metric("errorRate", errorPercent, errorRatePercent, `error rate ${errorPercent} % of ${count}`),
    metric("latencyP99", latency, latencyP99Milliseconds, `p99 ${latency} ms`),
  ];
  return { result: metrics.some(({ result }) => result === "fail") ? "fail" : "pass", metrics };
}
