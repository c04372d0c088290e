import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { Analysis } from "../api/analysis.ts";
import type { Rollout } from "../api/rollout.ts";
import { alphaPerTest } from "../plan/analysis/counting-check.ts";
import { showNumber } from "../plan/analysis/format.ts";
import { computeOdds } from "../plan/analysis/odds.ts";
import type { Odds } from "../plan/analysis/odds.ts";
import { seededRandom } from "../plan/analysis/random-draws.ts";
import { GATE_SECONDS } from "../plan/analysis/simulate.ts";
import { stretchesOf } from "../plan/analysis/stretches.ts";
import type { Stretch } from "../plan/analysis/stretches.ts";
import { describeProblems, readApps } from "./read-app.ts";
import { CommandError } from "./terminal.ts";
import type { ExitStatus, Terminal } from "./terminal.ts";
import { span, table } from "./text.ts";

interface OddsOptions {
  readonly requestsPerSecond: number;
  readonly errorPercent?: readonly number[];
  readonly runs: number;
  readonly seed: number;
}

/** Rows where none are asked for: multiples of the limit. */
const TIMES_LIMIT = [0.5, 1, 2, 5, 20];
/** Stable's share of errors in the simulation, of the limit. */
const STABLE_TIMES_LIMIT = 0.1;

/** Adds `odds`: what the app's traffic can prove of a release, by simulation, without a cluster. */
export function addOddsCommand(program: Command, terminal: Terminal, finish: (status: ExitStatus) => void): void {
  program
    .command("odds")
    .description(
      "print how likely and how soon releases of the ScalableApps in FILE are rolled back for errors, by simulation without a cluster",
    )
    .argument("<FILE>", 'a YAML or JSON file, "-" for standard input')
    .requiredOption("--requests-per-second <number>", "requests of all users per second", toRate)
    .option(
      "--error-percent <list>",
      "error rates of the candidate in percent, such as 0.5,2,20 (default: multiples of errorRatePercent)",
      toPercents,
    )
    .option("--runs <number>", "releases to simulate per error rate", toRuns, 1000)
    .option("--seed <number>", "another seed draws other releases", toSeed, 1)
    .action(async (file: string, options: OddsOptions) => finish(await printOdds(file, options, terminal)));
}

async function printOdds(file: string, options: OddsOptions, terminal: Terminal): Promise<ExitStatus> {
  const apps = await readApps(file);
  const problems = apps.flatMap(describeProblems);
  for (const problem of problems) terminal.error(problem);
  if (problems.length > 0) return 1;
  for (const [index, found] of apps.entries()) {
    if (!found.ok) continue;
    const text = describeOdds(found.name, found.app.spec.rollout, options);
    terminal.out(`${index > 0 ? "\n" : ""}${text}`);
  }
  return 0;
}

/** The odds of one app. */
function describeOdds(name: string, rollout: Rollout, options: OddsOptions): string {
  const { analysis: config } = rollout.canary;
  const stretches = stretchesOf(rollout);
  const why = whyNotJudged(rollout, stretches);
  if (why !== undefined) throw new CommandError(`${name}: ${why}`);
  const percents = options.errorPercent ?? defaultPercents(config);
  const rows = percents.map((percent) => ({
    percent,
    odds: computeOdds(
      {
        config,
        stretches,
        requestsPerSecond: () => options.requestsPerSecond,
        errorShare: () => percent / 100,
        stableErrorShare: () => (STABLE_TIMES_LIMIT * config.errorRatePercent) / 100,
      },
      options.runs,
      seededRandom(options.seed),
    ),
  }));
  return [head(name, rollout, { stretches, ...options }), "\n", oddsTable(rows), "\n", foot(config, { stretches, ...options })].join("");
}

function whyNotJudged({ strategy, bakeSeconds, canary }: Rollout, stretches: readonly Stretch[]): string | undefined {
  const { enabled, dryRun } = canary.analysis;
  if (!enabled) return "nothing is judged, because rollout.canary.analysis.enabled is false";
  if (dryRun.includes("errorRate")) return "errors fail no release, because errorRate is in rollout.canary.analysis.dryRun";
  if (stretches.length > 0) return undefined;
  return `nothing is judged, because a release of strategy ${strategy} is judged while it bakes and rollout.bakeSeconds is ${bakeSeconds}`;
}

function defaultPercents({ errorRatePercent }: Analysis): readonly number[] {
  const multiples = TIMES_LIMIT.map((times) => Number((times * errorRatePercent).toPrecision(6))).filter((percent) => percent < 100);
  return [...multiples, 100];
}

type Shown = OddsOptions & { readonly stretches: readonly Stretch[] };

function head(name: string, { strategy, canary }: Rollout, { stretches, requestsPerSecond }: Shown): string {
  const { errorRatePercent, intervalSeconds, confidencePercent } = canary.analysis;
  const checks = Math.round((100 - confidencePercent) / 100 / alphaPerTest(canary.analysis));
  const chance = Number((100 - confidencePercent).toPrecision(4));
  const steps = stretches.map((stretch) => {
    const users = stretch.share === 1 ? "all requests" : `${showNumber(100 * stretch.share)} %`;
    return `${users} ${stretch.seconds === undefined ? "until promoted" : `for ${span(stretch.seconds)}`}`;
  });
  return [
    `${name}: strategy ${strategy}, ${requestsPerSecond} requests per second, a round every ${span(intervalSeconds)}`,
    `the candidate gets ${steps.join(", ")}`,
    `limit ${errorRatePercent} % errors; a chance of ${chance} % to be rolled back within the limits, shared among ${checks} ${checks === 1 ? "check" : "checks"}`,
    ...(strategy === "canary" ? [] : [`a release of strategy ${strategy} is judged by users' requests only when it has all of them`]),
    "",
  ].join("\n");
}

function oddsTable(rows: readonly { readonly percent: number; readonly odds: Odds }[]): string {
  const withTooFew = rows.some(({ odds }) => odds.tooFew > 0);
  return table(
    ["ERRORS", "ROLLED BACK", ...(withTooFew ? ["TOO FEW REQUESTS"] : []), "MEDIAN TIME", "MEDIAN REQUESTS"],
    rows.map(({ percent, odds: { failed, tooFew, runs, median } }) => [
      `${percent} %`,
      share(failed, runs),
      ...(withTooFew ? [share(tooFew, runs)] : []),
      median ? span(median.seconds) : "-",
      median ? String(Math.round(median.requests)) : "-",
    ]),
  );
}

function share(some: number, all: number): string {
  return `${showNumber((100 * some) / all)} %`;
}

function foot(config: Analysis, { runs, seed, stretches }: Shown): string {
  const stable = Number((STABLE_TIMES_LIMIT * config.errorRatePercent).toPrecision(4));
  const hasGate = stretches.some(({ seconds }) => seconds === undefined);
  const waits = stretches.some(({ waitsForRequests }) => waitsForRequests);
  const what = { promote: "goes on", pause: "pauses", rollback: "is rolled back" }[config.onTooFewRequests];
  return [
    `Medians are of the releases that are rolled back, from the first step on; requests are the candidate's. ${runs} releases per row, seed ${seed}; stable fails ${stable} %.`,
    ...(waits
      ? [
          `A step with fewer than ${config.minRequests} requests lasts up to ${span(config.inconclusiveSeconds)}; the release then ${what} (onTooFewRequests).`,
        ]
      : []),
    ...(hasGate ? [`A step without end is simulated as ${span(GATE_SECONDS)}.`] : []),
    "",
  ].join("\n");
}

function toRate(text: string): number {
  return numberWithin(text, { least: 0.001, most: 1_000_000 });
}

function toPercents(text: string): readonly number[] {
  return text.split(",").map((part) => numberWithin(part, { least: 0, most: 100 }));
}

function toRuns(text: string): number {
  return wholeNumber(text, { least: 1, most: 100_000 });
}

function toSeed(text: string): number {
  return wholeNumber(text, { least: 0, most: 2 ** 32 - 1 });
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function wholeNumber(text: string, bounds: Bounds): number {
  const value = numberWithin(text, bounds);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("must be a whole number");
  return value;
}

function numberWithin(text: string, { least, most }: Bounds): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`must be a number from ${least} to ${most}`);
  return value;
}
