import type { Analysis } from "../../api/analysis.ts";
import { alphaPerTest, countingChecks } from "./counting-check.ts";
import { addCounts, noCounts } from "./check-evidence.ts";
import type { CheckEvidence } from "./check-evidence.ts";
import { addOutcome, noWindows, queryWindowSeconds } from "./queries.ts";
import type { WindowsEvidence } from "./queries.ts";
import { countStep, noStep, noteProbeFailures } from "./step-evidence.ts";
import type { ProbeFailures, StepEvidence } from "./step-evidence.ts";
import type { Measurement, SideBySide, Round, Visibility } from "../../measurement/measurement.ts";

/** What is on trial, and how long. */
export interface Trial {
  /** As in Measurement.trial; evidence of another trial is dropped. */
  readonly id: string;
  readonly config: Analysis;
  /** Rounds that the release can take, over all its steps and the bake; undefined: no end is known (a manual gate). */
  readonly rounds: number | undefined;
  /** When the current step or phase began; undefined where it has not begun. Evidence of a step counts from it. */
  readonly stepStartedAtMs: number | undefined;
  /** False where users do not reach the candidate yet (a blue/green preview): their traffic is not counted. Default: true. */
  readonly servesUsers?: boolean;
}

/** All that is known of a candidate: plain data, kept in memory; losing it is safe, for it only loses evidence. */
export interface Evidence {
  readonly trial: string;
  /** The limits that the evidence was gathered under. */
  readonly limits: string;
  /** The newest round that was counted; undefined before the first. */
  readonly newest: Pick<Round, "id" | "fromMs" | "toMs"> | undefined;
  /** When the first round began. */
  readonly sinceMs: number | undefined;
  readonly visibility: SideBySide<Visibility> | undefined;
  readonly windowSeconds: number;
  /** By the name of the check. */
  readonly checks: Readonly<Record<string, CheckEvidence>>;
  /** By the name of the query. */
  readonly queries: Readonly<Record<string, WindowsEvidence>>;
  /** The newest failure of a probe of the candidate in any step, by path: what failed before a step began may be judged in it. */
  readonly probeFailures: ProbeFailures;
  readonly step: StepEvidence;
}

/**
 * Counts every round that is newer than the newest that was counted, each once; the same input a second time changes nothing. Evidence begins anew
 * with another trial and with other limits, not with another step.
 */
export function gatherEvidence(before: Evidence | undefined, trial: Trial, measurement: Measurement | undefined): Evidence {
  const kept = before?.trial === trial.id && before.limits === limitsOf(trial.config) ? before : noEvidence(trial);
  const ours = measurement?.trial === trial.id ? measurement : undefined;
  const rounds = ours?.rounds ?? [];
  const news = rounds.filter((round) => isNews(round, kept.newest));
  const windowSeconds = queryWindowSeconds(trial.config, ours?.scrapeSeconds);
  const sinceMs = kept.sinceMs ?? news[0]?.fromMs;
  const counted: Evidence = {
    ...kept,
    newest: newestOf(news) ?? kept.newest,
    sinceMs,
    visibility: ours?.visibility ?? kept.visibility,
    windowSeconds,
    checks: gatherChecks(kept, trial, news),
    queries: gatherQueries({ ...kept, sinceMs, windowSeconds }, trial, news),
    probeFailures: news.reduce(noteProbeFailures, kept.probeFailures),
  };
  return { ...counted, step: gatherStep(counted, { trial, rounds, news }) };
}

function noEvidence({ id, config }: Trial): Evidence {
  return {
    trial: id,
    limits: limitsOf(config),
    newest: undefined,
    sinceMs: undefined,
    visibility: undefined,
    windowSeconds: queryWindowSeconds(config, undefined),
    checks: {},
    queries: {},
    probeFailures: {},
    step: noStep(undefined),
  };
}

/** Everything of the configuration that evidence was gathered under; what only decides about it may change meanwhile. */
function limitsOf({ errorRatePercent, latencyP99Milliseconds, maxIncreasePercent, confidencePercent, ...others }: Analysis): string {
  const { probes, queries, failureLimit, windowSeconds, dryRun } = others;
  return JSON.stringify([
    [errorRatePercent, latencyP99Milliseconds, maxIncreasePercent, confidencePercent],
    [probes.map(({ path, expectStatus }) => [path, expectStatus]), queries, failureLimit, windowSeconds, dryRun],
  ]);
}

/** A round is known by its id; a sampler that began to count anew is known by the time. */
function isNews(round: Round, newest: Evidence["newest"]): boolean {
  return newest === undefined || round.id > newest.id || round.fromMs >= newest.toMs;
}

function newestOf(news: readonly Round[]): Evidence["newest"] {
  const last = news.at(-1);
  return last && { id: last.id, fromMs: last.fromMs, toMs: last.toMs };
}

function gatherChecks(kept: Evidence, trial: Trial, news: readonly Round[]): Evidence["checks"] {
  if (news.length === 0) return kept.checks;
  const { config, rounds, servesUsers = true } = trial;
  const budget = { alpha: alphaPerTest(config), rounds };
  const checks = countingChecks(config).filter(({ countsUsers }) => servesUsers || !countsUsers);
  const added = checks.map((check) => {
    const add = addCounts(check, budget);
    return [check.name, news.reduce(add, kept.checks[check.name] ?? noCounts)] as const;
  });
  return { ...kept.checks, ...Object.fromEntries(added) };
}

function gatherQueries(kept: Evidence, { config, stepStartedAtMs }: Trial, news: readonly Round[]): Evidence["queries"] {
  if (kept.sinceMs === undefined || config.queries.length === 0) return kept.queries;
  const sinceMs = Math.max(kept.sinceMs, stepStartedAtMs ?? 0);
  const options = { failureLimit: config.failureLimit, windowMs: kept.windowSeconds * 1000, sinceMs };
  const added = config.queries.map((query) => {
    const first = kept.queries[query.name] ?? noWindows;
    return [query.name, news.reduce((evidence, round) => addOutcome(evidence, round, { ...options, query }), first)] as const;
  });
  return Object.fromEntries(added);
}

interface StepInput {
  readonly trial: Trial;
  readonly rounds: readonly Round[];
  readonly news: readonly Round[];
}

/** A step that has begun meanwhile counts the rounds since then, also those that were counted for the step before. */
function gatherStep({ step, newest }: Evidence, { trial, rounds, news }: StepInput): StepEvidence {
  const { stepStartedAtMs: startedAtMs, config } = trial;
  const isSame = step.startedAtMs === startedAtMs;
  const fresh = isSame ? news : rounds.filter(({ toMs }) => newest !== undefined && toMs <= newest.toMs);
  const since = startedAtMs === undefined ? [] : fresh.filter(({ fromMs }) => fromMs >= startedAtMs);
  const checks = countingChecks(config);
  return since.reduce((sum, round) => countStep(sum, round, checks), isSame ? step : noStep(startedAtMs));
}
