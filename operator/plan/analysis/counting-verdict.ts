import type { Analysis } from "../../api/analysis.ts";
import type { Failure } from "./check-evidence.ts";
import type { CountingCheck, Tally } from "./counting-check.ts";
import { nothing } from "./counting-check.ts";
import type { Evidence } from "./evidence.ts";
import { percentOf, roundUp, showBound, showNumber, showTally } from "./format.ts";
import { BOUND_TOLERANCE, quantile, slowBound } from "./latency.ts";
import { upperBound } from "./proven.ts";
import type { StepEvidence } from "./step-evidence.ts";
import type { CheckVerdict } from "./verdict.ts";
import { findBlindSpot } from "./visibility.ts";
import type { SideBySide } from "../../measurement/measurement.ts";

/** What a check is given. */
export interface VerdictInput {
  readonly check: CountingCheck;
  readonly evidence: Evidence;
  readonly config: Analysis;
}

/** The verdict of a check that counts events. */
export function evaluateCounts(input: VerdictInput): CheckVerdict {
  const { check, evidence } = input;
  const failure = evidence.checks[check.name]?.failure;
  const figures = figuresOf(input, failure);
  const one = failure ? failed(input, failure) : (uncounted(input) ?? within(input));
  return { name: check.name, ...one, ...figures, ...(check.isDryRun && { dryRun: true }) };
}

type Said = Pick<CheckVerdict, "result" | "message">;

function figuresOf(
  { check, evidence, config }: VerdictInput,
  failure: Failure | undefined,
): Pick<CheckVerdict, "value" | "limit" | "belowPercent"> {
  const tally = tallyOf(check, evidence).candidate;
  const proven = tally.all > 0 && { belowPercent: roundUp(100 * upperBound(tally, config.confidencePercent)) };
  if (check.name === "latencyP99") {
    const p99 = quantile(evidence.step.buckets.candidate, 0.99);
    return { ...(p99 && { value: Math.round(p99.milliseconds) }), limit: config.latencyP99Milliseconds, ...proven };
  }
  const shown = failure ? failure.counts.candidate : tally;
  return { ...(shown.all > 0 && { value: percentOf(shown) }), limit: 100 * check.limit, ...proven };
}

function tallyOf({ name }: CountingCheck, { step }: Evidence): SideBySide<Tally> {
  return step.tallies[name] ?? { stable: nothing, candidate: nothing };
}

function failed(input: VerdictInput, { by, counts, fromMs, toMs }: Failure): Said {
  const seconds = Math.max(1, Math.round((toMs - fromMs) / 1000));
  const shown = `${describe(input, counts.candidate)} within ${seconds} s`;
  const { stable } = counts;
  if (by === "increase") {
    const message = `${shown}, more than ${input.config.maxIncreasePercent ?? 0} % above stable: ${showTally(stable)}`;
    return { result: "fail", message };
  }
  const beside = stable.all > 0 ? `; stable: ${showTally(stable)}` : "";
  return { result: "fail", message: `${shown}, limit ${limitOf(input)}${beside}${hint(input, input.evidence.probeFailures)}` };
}

function within(input: VerdictInput): Said {
  const { check, evidence, config } = input;
  const { candidate, stable } = tallyOf(check, evidence);
  if (candidate.all <= 0) return { result: "inconclusive", message: `no requests since the step began${hint(input)}` };
  const shown = describe(input, candidate);
  const bound = showBound(100 * upperBound(candidate, config.confidencePercent));
  const proven = `below ${bound} % at ${config.confidencePercent} %`;
  const isAbove = candidate.bad > check.limit * candidate.all;
  const isStableAbove = stable.all > 0 && stable.bad > check.limit * stable.all;
  const beside = stable.all > 0 && (isStableAbove || check.comparesAlways) ? `; stable: ${showTally(stable)}` : "";
  if (isAbove && isStableAbove) {
    return { result: "pass", message: `${shown}, above ${limitOf(input)}, but stable is no better: ${showTally(stable)}${hint(input)}` };
  }
  if (isAbove) return { result: "pass", message: `${shown}, above ${limitOf(input)}, but few enough to be chance${beside}${hint(input)}` };
  return { result: "pass", message: `${shown}, limit ${limitOf(input)}; ${proven}${beside}${hint(input)}` };
}

function describe({ check, config }: VerdictInput, tally: Tally): string {
  if (check.name === "latencyP99") return `${showTally(tally)} requests took longer than ${config.latencyP99Milliseconds} ms`;
  return check.name === "errorRate" ? `${showTally(tally)} requests failed` : `${showTally(tally)} requests of the operator failed`;
}

function limitOf({ check }: VerdictInput): string {
  return `${showNumber(100 * check.limit)} %`;
}

/** What a reader should know beside the figures. */
function hint({ check, evidence, config }: VerdictInput, probeFailures = evidence.step.probeFailures): string {
  if (check.name === "latencyP99") return boundHint(evidence, config);
  if (check.name === "errorRate") return visibilityHint(evidence);
  const probe = config.probes.find(({ path }) => check.name === "probes" || check.name === `probes${path}`);
  const failure = probe && probeFailures[probe.path];
  return failure === undefined ? "" : `; ${probe?.path ?? ""} last answered: ${failure}`;
}

function visibilityHint({ visibility }: Evidence): string {
  const blind = visibility && findBlindSpot(visibility);
  const routes = "; requests to health and metrics paths are among them, for no label names the route";
  return `${blind ? `; ${blind.seen}` : ""}${visibility?.candidate.routesUnknown === true ? routes : ""}`;
}

function boundHint({ step }: Evidence, { latencyP99Milliseconds }: Analysis): string {
  const bound = slowBound(step.buckets.candidate, latencyP99Milliseconds);
  const limit = latencyP99Milliseconds / 1000;
  if (bound === undefined || bound <= BOUND_TOLERANCE * limit) return "";
  return `; counted above ${showNumber(bound)} s, the next bound of the histogram: add a bucket of ${limit} s`;
}

/** Why a check counts nothing though there are requests. */
function uncounted({ check, evidence: { step }, config }: VerdictInput): Said | undefined {
  const unreadable = check.name === "errorRate" ? describeUnreadable(step, config) : undefined;
  if (unreadable !== undefined) return { result: "inconclusive", message: unreadable };
  if (check.name !== "latencyP99" || step.requests <= 0) return undefined;
  const buckets = step.buckets.candidate;
  if (slowBound(buckets, config.latencyP99Milliseconds) !== undefined) return undefined;
  const finite = buckets.map(({ le }) => le).filter(Number.isFinite);
  const limit = config.latencyP99Milliseconds / 1000;
  const message =
    finite.length === 0
      ? "not judged: no histogram of the durations of requests (web.metrics.requestDuration)"
      : `not judged: the histogram ends at ${showNumber(Math.max(...finite))} s: add a bucket of ${limit} s, or lower latencyP99Milliseconds`;
  return { result: "inconclusive", message };
}

/** One request without a status may be a client that went away; more of them may hide errors. */
const FEW_UNREADABLE = 1;

/** What is wrong with the statuses of the step's requests: so many cannot be read that they may hide errors above the limit. */
export function describeUnreadable({ requests, withoutStatus, tallies }: StepEvidence, config: Analysis): string | undefined {
  const errors = tallies["errorRate"]?.candidate.bad ?? 0;
  const isFew = withoutStatus <= FEW_UNREADABLE || 100 * (errors + withoutStatus) <= config.errorRatePercent * requests;
  if (isFew) return undefined;
  return `${Math.round(withoutStatus)} of ${Math.round(requests)} requests have no status that can be read: correct web.metrics.statusLabel`;
}
