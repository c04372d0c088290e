import type { AnalysisConfig } from "./analysis-config.ts";
import { findBlindSpot } from "./measure.ts";
import type { TrackMeasure } from "./measure.ts";
import { judged, showNumber, verdict } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Both tracks in the same span of time, and the limits. */
export interface TrafficInput {
  readonly config: AnalysisConfig;
  readonly candidate: TrackMeasure;
  readonly stable: TrackMeasure;
}

// Below these a difference to stable is noise: stable without any error would make one error an infinite increase.
const MIN_ERRORS_TO_COMPARE = 5;
const MIN_INCREASE_MILLISECONDS = 10;

/** Judges the share of server errors: absolute, and relative to stable where asked for. */
export function judgeErrorRate({ config, candidate, stable }: TrafficInput): Verdict {
  const name = "errorRate";
  const { requests, errors, withoutStatus } = candidate;
  if (requests < config.minRequests) return judged.tooFew(name, requests, config.minRequests);
  const limit = config.errorRatePercent;
  const value = percentOf(errors, requests);
  const shown = `error rate ${showNumber(value, limit)} % of ${Math.round(requests)} requests`;
  if (value > limit) return verdict(name, "fail", { value, limit, message: `${shown} is above ${limit} %` });
  if (percentOf(errors + withoutStatus, requests) > limit) {
    const message = `${Math.round(withoutStatus)} of ${Math.round(requests)} requests have no status that can be read: correct web.metrics.statusLabel`;
    return verdict(name, "inconclusive", { limit, message });
  }
  const within = verdict(name, "pass", { value, limit, message: `${shown} is within ${limit} %` });
  const base = stable.withoutStatus > 0 ? undefined : percentOf(stable.errors, stable.requests);
  return compare(within, { shown, unit: "%", base, isNoise: errors < MIN_ERRORS_TO_COMPARE, config, stable });
}

/** Judges the 99th percentile of the request duration: absolute, and relative to stable where asked for. */
export function judgeLatency({ config, candidate, stable }: TrafficInput): Verdict {
  const name = "latencyP99";
  const { requests, p99 } = candidate;
  if (requests < config.minRequests) return judged.tooFew(name, requests, config.minRequests);
  const limit = config.latencyP99Milliseconds;
  if (p99 === undefined) {
    return verdict(name, "inconclusive", {
      limit,
      message: "the histogram of request durations has no buckets: p99 latency cannot be told",
    });
  }
  const value = p99.seconds * 1000;
  if (p99.isFloor && value < limit) {
    const message = `p99 latency is above ${showNumber(value)} ms, the highest bucket: add a bucket at ${showNumber(limit / 1000)} s, or lower latencyP99Milliseconds`;
    return verdict(name, "inconclusive", { value, limit, message });
  }
  if (p99.isFloor) {
    const message = `p99 latency of ${Math.round(requests)} requests is above ${showNumber(value)} ms, limit ${limit} ms`;
    return verdict(name, "fail", { value, limit, message });
  }
  const shown = `p99 latency ${showNumber(value, limit)} ms of ${Math.round(requests)} requests`;
  if (value > limit) return verdict(name, "fail", { value, limit, message: `${shown} is above ${limit} ms` });
  const within = verdict(name, "pass", { value, limit, message: `${shown} is within ${limit} ms` });
  const base = stable.p99 === undefined || stable.p99.isFloor ? undefined : stable.p99.seconds * 1000;
  const isNoise = base !== undefined && value - base < MIN_INCREASE_MILLISECONDS;
  return compare(within, { shown, unit: "ms", base, isNoise, config, stable });
}

interface Comparison {
  readonly shown: string;
  readonly unit: string;
  /** Stable's value; undefined where it cannot be told. */
  readonly base: number | undefined;
  readonly isNoise: boolean;
  readonly config: AnalysisConfig;
  readonly stable: TrackMeasure;
}

function compare(within: Verdict, { shown, unit, base, isNoise, config, stable }: Comparison): Verdict {
  const { maxIncreasePercent } = config;
  if (maxIncreasePercent === undefined) return within;
  const skipped = whyNotCompared(stable, base, config.minRequests);
  // At full weight stable has no requests; the absolute limit holds alone.
  if (base === undefined || skipped !== undefined) return { ...within, message: `${within.message}; not compared with stable: ${skipped}` };
  const limit = base * (1 + maxIncreasePercent / 100);
  const value = within.value ?? 0;
  const stableShown = `${showNumber(base)} ${unit}`;
  if (isNoise || value <= limit) return { ...within, message: `${within.message} (stable: ${stableShown})` };
  const message = `${shown} is more than ${maxIncreasePercent} % above stable's ${stableShown}`;
  return { ...within, result: "fail", limit, message };
}

function whyNotCompared(stable: TrackMeasure, base: number | undefined, minRequests: number): string | undefined {
  const blindSpot = stable.requests === 0 ? findBlindSpot(stable) : undefined;
  if (blindSpot !== undefined) return blindSpot;
  if (stable.requests < minRequests) return `it has answered ${Math.round(stable.requests)} of ${minRequests} requests`;
  return base === undefined ? "its value cannot be told" : undefined;
}

function percentOf(part: number, whole: number): number {
  // The multiplication first: the division then rounds as the limit does that the user wrote.
  return whole === 0 ? 0 : (part * 100) / whole;
}
