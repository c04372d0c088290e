import type { Analysis } from "./analysis.ts";
import type { AnalysisVerdict } from "./observation.ts";

/** A judgement as the state machine counts it; `at` is when its newest sample was taken (ISO 8601). */
export function verdictOf({ result, verdicts }: Analysis, at: string): AnalysisVerdict {
  return { result, at, metrics: verdicts.map(toMetric) };
}

/** A dry run is shown and counts for nothing: its message says what it would have been. */
function toMetric({ name, result, value, limit, message }: Analysis["verdicts"][number]): AnalysisVerdict["metrics"][number] {
  const isDryRun = result === "dry-run";
  return {
    name,
    result: isDryRun ? "pass" : result,
    ...(value !== undefined && { value }),
    ...(limit !== undefined && { limit }),
    ...(isDryRun && { dryRun: true }),
    message,
  };
}
