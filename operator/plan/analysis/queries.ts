import type { Analysis, AnalysisQuery } from "../../api/analysis.ts";
import type { QueryOutcome, Round } from "../../measurement/measurement.ts";

/** The disjoint windows of one query. */
export interface WindowsEvidence {
  /** When the newest window ended, and its outcome. */
  readonly endMs: number | undefined;
  readonly outcome: QueryOutcome | undefined;
  /** Windows in a row outside the limits; one without a value neither counts nor interrupts. */
  readonly badInRow: number;
  readonly failed: boolean;
}

/** Before the first window. */
export const noWindows: WindowsEvidence = { endMs: undefined, outcome: undefined, badInRow: 0, failed: false };

/** A shorter window holds fewer than the scrapes that a rate needs. */
const LEAST_WINDOW_SECONDS = 60;
const SCRAPES_PER_WINDOW = 4;

/** Seconds of one window of the user's queries. */
export function queryWindowSeconds({ windowSeconds }: Pick<Analysis, "windowSeconds">, scrapeSeconds: number | undefined): number {
  return windowSeconds ?? Math.max(LEAST_WINDOW_SECONDS, Math.ceil(SCRAPES_PER_WINDOW * (scrapeSeconds ?? 0)));
}

/** What a window is, and what it is compared with. */
export interface WindowOptions {
  readonly query: AnalysisQuery;
  readonly failureLimit: number;
  readonly windowMs: number;
  /** When the step began: no window reaches back beyond it. */
  readonly sinceMs: number;
}

/** Adds the outcome of a round, where a window that does not overlap the one before ends with it. */
export function addOutcome(before: WindowsEvidence, round: Round, options: WindowOptions): WindowsEvidence {
  const outcome = round.queries[options.query.name];
  // What Prometheus cannot evaluate needs no window to be known.
  if (outcome?.state === "error" && outcome.isRefused === true) return { ...before, outcome };
  const from = Math.max(before.endMs ?? 0, options.sinceMs);
  if (outcome === undefined || round.toMs - options.windowMs < from) return before;
  // Without a value the next round may have one: the window stays open.
  if (outcome.state !== "value") return { ...before, outcome };
  const badInRow = outsideOf(options.query, outcome.value) === undefined ? 0 : before.badInRow + 1;
  return { endMs: round.toMs, outcome, badInRow, failed: before.failed || badInRow > options.failureLimit };
}

/** The limit that a value is outside of, in words. */
function outsideOf({ min, max }: AnalysisQuery, value: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  if (max !== undefined && value > max) return `above the maximum ${max}`;
  if (min !== undefined && value < min) return `below the minimum ${min}`;
  return undefined;
}

/** What a query says at the moment. */
export type QueryState =
  | { readonly state: "failed" | "pass" | "forgiven"; readonly value: number; readonly words: string }
  /** Not enough time has passed. */
  | { readonly state: "waiting"; readonly words: string }
  /** Prometheus does not answer, or not with a number. */
  | { readonly state: "unseen"; readonly words: string };

/** Reads the evidence of a query; `sinceMs`: when the step began. */
export function queryState(
  query: AnalysisQuery,
  evidence: WindowsEvidence,
  at: { sinceMs: number | undefined; windowMs: number },
): QueryState {
  const { outcome, endMs, failed, badInRow } = evidence;
  const window = `${at.windowMs / 1000} s`;
  if (outcome?.state === "error") return { state: "unseen", words: describeError(outcome) };
  const value = outcome?.state === "value" ? outcome.value : Number.NaN;
  const outside = outsideOf(query, value);
  if (failed) {
    const words = outside === undefined ? `was outside its limits in windows of ${window} in a row` : `yields ${value}, ${outside}`;
    return { state: "failed", value, words: outside === undefined ? words : `${words}, in ${badInRow} windows of ${window} in a row` };
  }
  if (outcome !== undefined && Number.isNaN(value))
    return { state: "unseen", words: "yields no data: let it end with `or vector(0)` if that is right" };
  const isFull = endMs !== undefined && at.sinceMs !== undefined && endMs - at.windowMs >= at.sinceMs;
  if (!isFull) return { state: "waiting", words: `has covered no window of ${window} since the step began` };
  if (outside !== undefined)
    return { state: "forgiven", value, words: `yields ${value}, ${outside}: the next window of ${window} decides` };
  return { state: "pass", value, words: `yields ${value}, within its limits` };
}

function describeError({ reason, isRefused }: QueryOutcome & { readonly state: "error" }): string {
  return isRefused === true ? `is refused: ${reason}; correct its promql in rollout.canary.analysis.queries` : `failed: ${reason}`;
}
