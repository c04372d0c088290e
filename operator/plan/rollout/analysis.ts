import type { AnalysisConfig, AnalysisQuery } from "./analysis-config.ts";
import { judgeErrorRate, judgeLatency } from "./judge-traffic.ts";
import { findBlindSpot } from "./measure.ts";
import type { AnalysisWindow, QueryOutcome, TrackMeasure } from "./measure.ts";
import type { RestartCounts } from "./restarts.ts";
import { judged, quantify, verdict } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Everything that a judgement looks at. */
export interface AnalysisInput {
  readonly config: AnalysisConfig;
  /** Undefined where nothing was sampled yet. */
  readonly window: AnalysisWindow | undefined;
  /** Of the candidate's pods. */
  readonly restarts: RestartCounts;
  /** False where the candidate gets no requests of users yet (a blue/green preview): traffic is not judged then. Default: true. */
  readonly servesUsers?: boolean;
}

/** One judgement. */
export interface Analysis {
  /** fail: something is worse than its limit. inconclusive: nothing is, but not everything could be seen. */
  readonly result: "pass" | "fail" | "inconclusive";
  /** One per metric, in a fixed order: errorRate, latencyP99, restarts, oomKills, then query/NAME each. */
  readonly verdicts: readonly Verdict[];
  /** Why it is not a pass, each once; empty for a pass. */
  readonly reasons: readonly string[];
}

/**
 * Judges a candidate once. It fails on what was seen, even where not everything was seen; it passes only where everything was seen:
 * a dead source is inconclusive. The caller counts failures in a row.
 */
export function analyze(input: AnalysisInput): Analysis {
  const verdicts = [...judgeTraffic(input), ...judgeRestarts(input), ...input.config.queries.map((query) => judgeQuery(query, input))].map(
    (one) => (isDryRun(one, input.config) ? dryRun(one) : one),
  );
  const failed = reasonsOf(verdicts, "fail");
  if (failed.length > 0) return { result: "fail", verdicts, reasons: failed };
  const open = reasonsOf(verdicts, "inconclusive");
  return { result: open.length > 0 ? "inconclusive" : "pass", verdicts, reasons: open };
}

function judgeTraffic({ config, window, servesUsers = true }: AnalysisInput): Verdict[] {
  if (!servesUsers) return [];
  const candidate = window?.candidate ?? notSampled;
  const stable = window?.stable ?? notSampled;
  const blindSpot = findBlindSpot(candidate);
  return [judgeErrorRate, judgeLatency].map((judge) => {
    const one = judge({ config, candidate, stable });
    // What is not seen may be what is broken.
    return blindSpot === undefined || one.result === "fail" ? one : { name: one.name, result: "inconclusive", message: blindSpot };
  });
}

const notSampled: TrackMeasure = {
  requests: 0,
  errors: 0,
  withoutStatus: 0,
  tellingPods: 0,
  silent: [],
  undeclared: false,
  problem: "no metrics have been sampled yet",
};

function judgeRestarts({ config, restarts }: AnalysisInput): Verdict[] {
  const limit = config.maxRestarts ?? 0;
  const tooMany = restarts.restarts > limit;
  const restarted = verdict("restarts", tooMany ? "fail" : "pass", {
    value: restarts.restarts,
    limit,
    message: tooMany
      ? (restarts.worst ?? quantify(restarts.restarts, "restart"))
      : `${quantify(restarts.restarts, "restart")}, at most ${limit} forgiven`,
  });
  const killed = verdict("oomKills", restarts.oomKills > 0 ? "fail" : "pass", {
    value: restarts.oomKills,
    limit: 0,
    message:
      restarts.oomKills > 0
        ? `${restarts.oomKilled ?? "a container ran out of memory"}: raise its memory limit, or find the leak`
        : "no container ran out of memory",
  });
  return [restarted, killed];
}

function judgeQuery(query: AnalysisQuery, { config, window, servesUsers = true }: AnalysisInput): Verdict {
  const name = `query/${query.name}`;
  const outcome = window?.queries[query.name];
  if (outcome?.state !== "value") return verdict(name, "inconclusive", { message: `query ${query.name} ${unansweredWords(outcome)}` });
  const requests = window?.candidate.requests ?? 0;
  if (servesUsers && requests < config.minRequests) return judged.tooFew(name, requests, config.minRequests);
  const { value } = outcome;
  const { min, max } = query;
  if (max !== undefined && value > max) {
    return verdict(name, "fail", { value, limit: max, message: `query ${query.name} yields ${value}, above the maximum ${max}` });
  }
  if (min !== undefined && value < min) {
    return verdict(name, "fail", { value, limit: min, message: `query ${query.name} yields ${value}, below the minimum ${min}` });
  }
  const limit = max ?? min;
  return verdict(name, "pass", {
    value,
    ...(limit === undefined ? {} : { limit }),
    message: `query ${query.name} yields ${value}, within its limits`,
  });
}

function unansweredWords(outcome: QueryOutcome | undefined): string {
  if (outcome === undefined) return "has not been asked yet";
  return outcome.state === "error" ? `failed: ${outcome.reason}` : "yields no data";
}

function isDryRun({ name }: Verdict, config: AnalysisConfig): boolean {
  if (config.dryRun?.includes(name) === true) return true;
  return config.queries.some((query) => query.dryRun === true && name === `query/${query.name}`);
}

function dryRun(one: Verdict): Verdict {
  const would = one.result === "inconclusive" ? "would be inconclusive" : `would ${one.result}`;
  return { ...one, result: "dry-run", message: `dry run, ${would}: ${one.message}` };
}

function reasonsOf(verdicts: readonly Verdict[], result: Verdict["result"]): string[] {
  return [...new Set(verdicts.filter((one) => one.result === result).map((one) => one.message))];
}
