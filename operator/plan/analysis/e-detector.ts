// A sequential test that may be looked at after every round: an e-detector (Shin, Ramdas, Rinaldo 2022), see docs/adr.

/** How often a bad event may happen, and how much of it was seen, for both releases in one round. */
export interface Sample {
  /** Bad events of the candidate among all of its events; 0 <= bad <= all. */
  readonly bad: number;
  readonly all: number;
  /** The same for stable; undefined where the candidate is not compared. */
  readonly stable?: { readonly bad: number; readonly all: number } | undefined;
}

/** What a test asks, and how much chance it is allowed. */
export interface TestOptions {
  /**
   * Share of bad events that is allowed, above 0 and below 1. Where stable is bad itself, the candidate may also be `timesStable` times as bad.
   * Undefined: only the comparison with stable counts.
   */
  readonly limit: number | undefined;
  /** At least 1. */
  readonly timesStable: number;
  /** The chance that a candidate within its limit ever crosses the threshold: above 0, below 1. */
  readonly alpha: number;
  /** Rounds that the release can take; undefined: no end is known. */
  readonly rounds: number | undefined;
}

/** A test with its alternatives. */
export interface SequentialTest extends TestOptions {
  readonly grid: readonly Alternative[];
}

/** Shiryaev-Roberts statistics, one per alternative: each sums over every possible beginning of the fault. */
export interface DetectorState {
  readonly rounds: number;
  readonly statistics: readonly number[];
}

/** One alternative to the limit. */
export interface Alternative {
  /** How many times worse than allowed. */
  readonly ratio: number;
  /** Weights of all alternatives sum to 1. */
  readonly weight: number;
  /** Log of the likelihood ratio of one bad, and of one good event; 0 without an absolute limit. */
  readonly bad: number;
  readonly good: number;
}

const RATIOS = [1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const HIGH_RATES = [0.8, 0.95];
/** Rounds of the first epoch where no end is known. */
const FIRST_EPOCH_ROUNDS = 100;
/** Share of alpha for the rounds that a release was thought to take; the rest is for those beyond, so that it is never watched blindly. */
const PLANNED_SHARE = 0.9;

/** The state before the first round. */
export const noRounds: DetectorState = { rounds: 0, statistics: [] };

/** A test of these options; the alternatives are heavier the closer they are to the limit. */
export function sequentialTest(options: TestOptions): SequentialTest {
  const { limit } = options;
  const ratios = limit === undefined ? RATIOS : ratiosAbove(limit);
  const sum = ratios.reduce((total, ratio) => total + 1 / ratio, 0);
  const grid = ratios.map((ratio) => ({
    ratio,
    weight: 1 / ratio / sum,
    bad: limit === undefined ? 0 : Math.log(ratio),
    good: limit === undefined ? 0 : Math.log((1 - ratio * limit) / (1 - limit)),
  }));
  return { ...options, grid };
}

function ratiosAbove(limit: number): readonly number[] {
  const rates = [...RATIOS.map((ratio) => ratio * limit), ...HIGH_RATES];
  return rates.filter((rate) => rate > limit && rate < 1).map((rate) => rate / limit);
}

/** A span of rounds with its threshold. */
export interface Epoch {
  /** The last round of it, counted from 1. */
  readonly end: number;
  /** The weighted statistic fails the candidate above it. */
  readonly threshold: number;
}

/**
 * The epoch of a round. By optional stopping the chance to cross `end / share` in the epoch that ends with round `end` is at most `share`, and the
 * shares of all epochs, each twice as long as the one before, sum to alpha.
 */
export function epochOf(round: number, { alpha, rounds }: Pick<TestOptions, "alpha" | "rounds">): Epoch {
  const first = Math.max(1, Math.ceil(rounds ?? FIRST_EPOCH_ROUNDS));
  let epoch = 0;
  let end = first;
  while (round > end) {
    epoch += 1;
    end = first * (2 ** (epoch + 1) - 1);
  }
  return { end, threshold: end / (alpha * shareOf(epoch, rounds !== undefined)) };
}

function shareOf(epoch: number, isPlanned: boolean): number {
  if (!isPlanned) return 2 ** -(epoch + 1);
  return epoch === 0 ? PLANNED_SHARE : (1 - PLANNED_SHARE) * 2 ** -epoch;
}

/** The next state, and whether the round has crossed the threshold. */
export interface Update {
  readonly state: DetectorState;
  readonly crossed: boolean;
  /** The weighted statistic per round: about 1 where nothing is known, above it where there is evidence against the candidate. */
  readonly level: number;
}

/** Adds one round. `compares`: stable is bad too, so that no factor may be larger than that of the comparison. */
export function addRound(before: DetectorState, sample: Sample, test: SequentialTest & { readonly compares: boolean }): Update {
  const round = before.rounds + 1;
  const epoch = epochOf(round, test);
  const factorOf = factors(sample, test);
  let sum = 0;
  const statistics = test.grid.map((alternative, index) => {
    const next = step(before.statistics[index] ?? 0, factorOf(alternative), {
      round,
      threshold: epoch.threshold,
      weight: alternative.weight,
    });
    sum += alternative.weight * next;
    return next;
  });
  return { state: { rounds: round, statistics }, crossed: sum > epoch.threshold, level: sum / round };
}

interface StepOptions {
  readonly round: number;
  readonly threshold: number;
  readonly weight: number;
}

/**
 * One round of a statistic: M <- (1 + M) x factor. One blip is no verdict: a factor is at most the root of what the statistic needs alone, and
 * from a state that quiet rounds can reach (their number) it rises at most to the threshold, which all together must exceed. A factor that is
 * made smaller by what was known before keeps the bound.
 */
function step(before: number, factor: number, { round, threshold, weight }: StepOptions): number {
  const from = 1 + before;
  const next = from * Math.min(factor, Math.sqrt(threshold / weight));
  return from <= Math.E * round ? Math.min(next, threshold) : next;
}

type FactorOf = (alternative: Alternative) => number;

function factors(sample: Sample, test: SequentialTest & { readonly compares: boolean }): FactorOf {
  if (test.limit === undefined) return comparison(sample, test.timesStable);
  const good = sample.all - sample.bad;
  const absolute: FactorOf = (alternative) => Math.exp(sample.bad * alternative.bad + good * alternative.good);
  if (!test.compares) return absolute;
  const relative = comparison(sample, test.timesStable);
  // The smaller factor holds under both hypotheses: within the limit, or no worse than stable allows.
  return (alternative) => Math.min(absolute(alternative), relative(alternative));
}

/**
 * The comparison per error. If the candidate's rate is at most `times` that of stable, each error of a round is the candidate's with probability
 * at most rho; the expected factor is then at most 1 for any rate of stable, also one that changes from round to round.
 */
function comparison({ bad, all, stable }: Sample, times: number): FactorOf {
  if (all <= 0 || stable === undefined || stable.all <= 0) return () => 1;
  const share = (factor: number): number => (factor * all) / (factor * all + stable.all);
  const rho = share(times);
  return ({ ratio }) => {
    const other = share(times * ratio);
    return Math.exp(bad * Math.log(other / rho) + stable.bad * Math.log((1 - other) / (1 - rho)));
  };
}
