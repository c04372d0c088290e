import type { Analysis } from "../../api/analysis.ts";
import { countingChecks, nothing } from "./counting-check.ts";
import type { Tally } from "./counting-check.ts";
import { evaluateCounts } from "./counting-verdict.ts";
import type { Evidence } from "./evidence.ts";
import { showBound } from "./format.ts";
import { upperBound } from "./proven.ts";
import { noWindows, queryState } from "./queries.ts";
import type { CheckVerdict, Result, Verdict } from "./verdict.ts";
import { findBlindSpot, WAYS_OUT } from "./visibility.ts";

/** Everything that a verdict looks at. */
export interface EvaluationInput {
  readonly evidence: Evidence;
  readonly config: Analysis;
  /** Verdicts of restarts.ts: restarts and oomKills. */
  readonly restarts: readonly CheckVerdict[];
  /** False where users do not reach the candidate yet (a blue/green preview): their traffic is not judged then. */
  readonly servesUsers: boolean;
  /** Milliseconds since 1970; the time of a verdict where no round was measured at all. */
  readonly nowMs?: number | undefined;
}

/** What keeps a candidate from passing. */
interface Open {
  readonly cause: NonNullable<Verdict["cause"]>;
  readonly reason: string;
}

/** Says what is known of the candidate; undefined: nothing was measured yet, and no time was given. */
export function evaluate(input: EvaluationInput): Verdict | undefined {
  const { evidence } = input;
  const atMs = evidence.newest?.toMs ?? input.nowMs;
  if (atMs === undefined) return undefined;
  const checks = allChecks(input);
  const requests = requestsOf(input);
  const open = findOpen(input, { checks, requests });
  const isFailed = checks.some(({ result, dryRun }) => result === "fail" && dryRun !== true);
  const result: Result = isFailed ? "fail" : open ? "inconclusive" : "pass";
  const proven = provenOf(input);
  return {
    result,
    at: new Date(atMs).toISOString(),
    requests: Math.floor(requests + 1e-6),
    ...(result === "inconclusive" && open),
    ...(proven !== undefined && { proven }),
    checks,
  };
}

function allChecks(input: EvaluationInput): readonly CheckVerdict[] {
  const { evidence, config, restarts, servesUsers } = input;
  const counting = countingChecks(config)
    .filter(({ countsUsers }) => servesUsers || !countsUsers)
    .map((check) => {
      const one = evaluateCounts({ check, evidence, config });
      return check.countsUsers ? distrustSharedStore(one, evidence) : one;
    });
  const shown = restarts.map((one) => (config.dryRun.includes(one.name) ? { ...one, dryRun: true as const } : one));
  return [...counting, ...shown, ...config.queries.map((query) => queryVerdict(query, input))];
}

/** Where pods share one store, each request is counted once for each of them: no test holds, and nobody knows whose errors they are. */
function distrustSharedStore(one: CheckVerdict, { visibility }: Evidence): CheckVerdict {
  const isShared = visibility?.candidate.sharedStore === true || visibility?.stable.sharedStore === true;
  return isShared && one.result !== "inconclusive"
    ? { ...one, result: "inconclusive", message: "not judged: the pods share one store of metrics" }
    : one;
}

function queryVerdict(query: Analysis["queries"][number], { evidence, config }: EvaluationInput): CheckVerdict {
  const at = { sinceMs: evidence.step.startedAtMs, windowMs: evidence.windowSeconds * 1000 };
  const seen = queryState(query, evidence.queries[query.name] ?? noWindows, at);
  const results: Readonly<Record<typeof seen.state, Result>> = {
    failed: "fail",
    pass: "pass",
    forgiven: "inconclusive",
    waiting: "inconclusive",
    unseen: "inconclusive",
  };
  const limit = query.max ?? query.min;
  return {
    name: `query/${query.name}`,
    result: results[seen.state],
    ...(config.dryRun.includes(query.name) && { dryRun: true }),
    ...("value" in seen && Number.isFinite(seen.value) && { value: seen.value }),
    ...(limit !== undefined && { limit }),
    message: `query ${query.name} ${seen.words}`,
  };
}

/** Requests since the step began: those of users, or those of probes where there are more. */
function requestsOf({ evidence: { step }, config, servesUsers }: EvaluationInput): number {
  const probed = config.dryRun.includes("probes") ? nothing : probedOf(step, config);
  return Math.max(servesUsers ? step.requests : 0, probed.all);
}

function probedOf(step: Evidence["step"], config: Analysis): Tally {
  const names = countingChecks(config).filter(({ countsUsers }) => !countsUsers);
  return names.reduce((sum, { name }) => {
    const one = step.tallies[name]?.candidate ?? nothing;
    return { bad: sum.bad + one.bad, all: sum.all + one.all };
  }, nothing);
}

function findOpen(input: EvaluationInput, seen: { checks: readonly CheckVerdict[]; requests: number }): Open | undefined {
  return (
    worsening(input, seen.checks) ??
    unseenTraffic(input) ??
    unseenChecks(input, seen.checks) ??
    tooFew(input, seen.requests) ??
    waitingQuery(seen.checks)
  );
}

function worsening({ evidence }: EvaluationInput, checks: readonly CheckVerdict[]): Open | undefined {
  const one = checks.find(({ name, dryRun }) => dryRun !== true && evidence.checks[name]?.isWorsening === true);
  return one && { cause: "worsening", reason: `the next rounds decide: ${one.message}` };
}

/** Metrics may be silent where probes have answered. */
function unseenTraffic(input: EvaluationInput): Open | undefined {
  const { evidence, config, servesUsers } = input;
  const blind = findBlindSpot(evidence.visibility?.candidate);
  if (!servesUsers || blind === undefined || hasProbeAnswers(evidence.step, config)) return undefined;
  return { cause: "unseen", reason: `${blind.seen}; wanted: ${blind.wanted}; ${WAYS_OUT}` };
}

function hasProbeAnswers(step: Evidence["step"], config: Analysis): boolean {
  const probed = probedOf(step, config);
  return !config.dryRun.includes("probes") && probed.all > probed.bad;
}

/** Checks that ask for something that they cannot see. A p99 without buckets is only mentioned: the error rate is judged all the same. */
function unseenChecks({ evidence, config, servesUsers }: EvaluationInput, checks: readonly CheckVerdict[]): Open | undefined {
  const at = { sinceMs: evidence.step.startedAtMs, windowMs: evidence.windowSeconds * 1000 };
  const blind = new Set(
    config.queries
      .filter((query) => queryState(query, evidence.queries[query.name] ?? noWindows, at).state === "unseen")
      .map(({ name }) => `query/${name}`),
  );
  const hidden = servesUsers && evidence.step.withoutStatus > 0 && !hasProbeAnswers(evidence.step, config) ? "errorRate" : "";
  const one = checks.find(
    ({ name, result, dryRun }) => result === "inconclusive" && dryRun !== true && (blind.has(name) || name === hidden),
  );
  return one && { cause: "unseen", reason: one.message };
}

function tooFew({ evidence, config, servesUsers }: EvaluationInput, requests: number): Open | undefined {
  const { minRequests } = config;
  // Nobody sends requests to a preview; without probes there are none to wait for.
  const isAsked = servesUsers || config.probes.length > 0;
  if (!isAsked || requests >= minRequests) return undefined;
  const shown =
    evidence.step.startedAtMs === undefined ? "the step has not begun" : `${Math.floor(requests)} requests since the step began`;
  return {
    cause: "tooFewRequests",
    reason: `${shown}, ${minRequests} wanted (rollout.canary.analysis.minRequests); none of the checks has failed`,
  };
}

function waitingQuery(checks: readonly CheckVerdict[]): Open | undefined {
  const one = checks.find(({ name, result, dryRun }) => name.startsWith("query/") && result === "inconclusive" && dryRun !== true);
  return one && { cause: "tooFewRequests", reason: one.message };
}

/** What the step has proven of errors, of users' requests where there are some. */
function provenOf({ evidence: { step }, config, servesUsers }: EvaluationInput): string | undefined {
  const users = servesUsers ? (step.tallies["errorRate"]?.candidate ?? nothing) : nothing;
  const [tally, what] = users.all > 0 ? [users, "requests"] : [probedOf(step, config), "requests of the operator"];
  if (tally.all <= 0) return undefined;
  const bound = showBound(100 * upperBound(tally, config.confidencePercent));
  return `${Math.round(tally.bad)} of ${Math.round(tally.all)} ${what} failed: below ${bound} % at ${config.confidencePercent} %`;
}
