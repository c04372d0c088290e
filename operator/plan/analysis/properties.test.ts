import { describe, expect, test, vi } from "vitest";
import { analysisOf } from "../../testing/analysis-rounds.ts";
import { computeOdds } from "./odds.ts";
import type { Odds } from "./odds.ts";
import { seededRandom } from "./random-draws.ts";
import type { SimulationOptions } from "./simulate.ts";
import type { Stretch } from "./stretches.ts";

// Other work on the machine, or RUNS, may make it slow.
vi.setConfig({ testTimeout: 300_000 });

// RUNS=10 simulates ten times as many releases, SEED=7 draws others; SEED=random draws new ones and names them in the test.
const times = Number(process.env["RUNS"] ?? 1);
const seed = process.env["SEED"] === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(process.env["SEED"] ?? 20_260);

/** The default canary, all of whose users the candidate gets at last: 96 rounds. */
const canary: readonly Stretch[] = [
  { share: 0.05, seconds: 120, waitsForRequests: false },
  { share: 0.25, seconds: 120, waitsForRequests: false },
  { share: 0.5, seconds: 120, waitsForRequests: false },
  { share: 1, seconds: 600, waitsForRequests: false },
];
/** 96 rounds with all users. */
const full: readonly Stretch[] = [{ share: 1, seconds: 960, waitsForRequests: false }];
/** As in the tables of docs/analysis.md: all of the chance for one check. */
const oneCheck = analysisOf({ dryRun: ["latencyP99"] });

type Given = Partial<SimulationOptions> & { readonly rate: number };

function odds(runs: number, { rate, ...given }: Given): Odds {
  const options = {
    config: analysisOf(),
    stretches: canary,
    requestsPerSecond: () => rate,
    errorShare: () => 0,
    stableErrorShare: () => 0.0005,
    ...given,
  };
  return computeOdds(options, Math.ceil(runs * times), seededRandom(seed));
}

function percent({ failed, runs }: Odds): number {
  return (100 * failed) / runs;
}

/** Fewer than 1 %; of few releases so many more that a sound test is never red by chance. */
function expectFew({ failed, runs }: Odds): void {
  expect(failed).toBeLessThan(Math.max(10, runs / 100));
}

const always = (share: number) => () => share;

describe(`at the limit exactly, fewer than 1 % of releases are rolled back (seed ${seed})`, () => {
  test.each([
    { rate: 0.1, runs: 2000 },
    { rate: 1, runs: 1000 },
    { rate: 5, runs: 10_000 },
    { rate: 30, runs: 2000 },
    { rate: 1000, runs: 1000 },
  ])("$rate requests a second: $runs releases", ({ rate, runs }) => {
    const of = odds(runs, { rate, errorShare: always(0.01), stableErrorShare: always(0.01) });
    expectFew(of);
  });

  test.each([
    { intervalSeconds: 1, rate: 10 },
    { intervalSeconds: 60, rate: 10 },
    { intervalSeconds: 300, rate: 100 },
  ])("a round every $intervalSeconds s", ({ intervalSeconds, rate }) => {
    const config = analysisOf({ intervalSeconds });
    expectFew(odds(400, { rate, config, errorShare: always(0.01), stableErrorShare: always(0.01) }));
  });

  test.each([
    { errorRatePercent: 0.01, rate: 300 },
    { errorRatePercent: 50, rate: 5 },
  ])("a limit of $errorRatePercent %", ({ errorRatePercent, rate }) => {
    const config = analysisOf({ errorRatePercent });
    expectFew(odds(1000, { rate, config, stretches: full, errorShare: always(errorRatePercent / 100) }));
  });

  test("a comparison with stable at exactly the increase that is allowed", () => {
    const config = analysisOf({ maxIncreasePercent: 50, errorRatePercent: 10 });
    const of = odds(2000, { rate: 30, config, errorShare: always(0.03), stableErrorShare: always(0.02) });
    expectFew(of);
  });

  test("a step without end, watched ten times as long as the first epoch", () => {
    const gate: readonly Stretch[] = [{ share: 0.5, seconds: undefined, waitsForRequests: false }];
    const of = odds(200, { rate: 10, stretches: gate, gateSeconds: 10_000, errorShare: always(0.01), stableErrorShare: always(0.01) });
    expectFew(of);
  });
});

describe("at half the limit hardly any is rolled back; windows rolled back up to 95 % of them", () => {
  test.each([{ rate: 5 }, { rate: 10 }, { rate: 30 }])("$rate requests a second", ({ rate }) => {
    expectFew(odds(500, { rate, errorShare: always(0.005), stableErrorShare: always(0.005) }));
  });
});

describe("at 20 times the limit at least 99 % are rolled back, half of them within 45 requests or 3 rounds", () => {
  test.each([
    ...[0.2, 0.5, 1, 5, 30, 1000].map((rate) => ({ rate, share: "all users", stretches: full })),
    ...[1, 5, 30, 1000].map((rate) => ({ rate, share: "the default steps", stretches: canary })),
  ])("$rate requests a second, $share", ({ rate, stretches }) => {
    const of = odds(600, { rate, stretches, errorShare: always(0.2) });
    expect(percent(of)).toBeGreaterThanOrEqual(99);
    expect(of.median).toSatisfy(({ requests, rounds }: NonNullable<Odds["median"]>) => requests <= 45 || rounds <= 3);
  });
});

describe("one blip is no verdict", () => {
  test.each([{ rate: 0.2 }, { rate: 1 }, { rate: 5 }, { rate: 30 }, { rate: 300 }])(
    "one round of 30 % errors at $rate requests a second",
    ({ rate }) => {
      const of = odds(500, { rate, stretches: full, errorShare: (round) => (round === 50 ? 0.3 : 0.0005) });
      expectFew(of);
    },
  );

  test("two of them, 30 rounds apart", () => {
    const of = odds(500, { rate: 5, stretches: full, errorShare: (round) => (round === 30 || round === 60 ? 0.3 : 0.0005) });
    expectFew(of);
  });

  test("a burst after a night without requests", () => {
    const night = [{ share: 1, seconds: 20_000, waitsForRequests: false }];
    const requestsPerSecond = (round: number) => (round < 1990 ? 0.01 : 300);
    const of = odds(40, { rate: 0, requestsPerSecond, stretches: night, errorShare: (round) => (round === 1990 ? 0.3 : 0.0005) });
    expect(of.failed).toBe(0);
  });
});

describe("a fault that begins late is found as fast as one that begins at once", () => {
  test.each([{ rate: 0.2 }, { rate: 1 }, { rate: 5 }, { rate: 30 }])("$rate requests a second", ({ rate }) => {
    const late = odds(500, { rate, stretches: full, errorShare: (round) => (round < 40 ? 0.001 : 0.2) });
    const atOnce = odds(500, { rate, stretches: full, errorShare: always(0.2) });
    expect(percent(late)).toBeGreaterThanOrEqual(96);
    expect((late.median?.rounds ?? 0) - 40).toBeLessThanOrEqual((atOnce.median?.rounds ?? 0) + 2);
  });
});

describe("an outage that both releases suffer is not the candidate's fault", () => {
  const outage = (round: number) => (round >= 20 && round < 26 ? 0.3 : 0.0005);

  test.each([{ rate: 5 }, { rate: 30 }, { rate: 300 }])(
    "six rounds of 30 % errors at $rate requests a second, half of them to the candidate",
    ({ rate }) => {
      const half = [{ share: 0.5, seconds: 600, waitsForRequests: false }];
      const of = odds(500, { rate, stretches: half, errorShare: outage, stableErrorShare: outage });
      expectFew(of);
    },
  );

  test("an app that is always above its limit", () => {
    const half = [{ share: 0.5, seconds: 960, waitsForRequests: false }];
    const of = odds(500, { rate: 30, stretches: half, errorShare: always(0.05), stableErrorShare: always(0.05) });
    expectFew(of);
  });

  test("but a candidate that is much worse than a bad stable is rolled back", () => {
    const half = [{ share: 0.5, seconds: 960, waitsForRequests: false }];
    const of = odds(200, { rate: 30, stretches: half, errorShare: always(0.4), stableErrorShare: always(0.05) });
    expect(percent(of)).toBe(100);
  });
});

describe("the table of docs/analysis.md", () => {
  const rows = [
    { errors: 1, rate: 5, least: 0, most: 2, requests: Infinity, rounds: 96 },
    { errors: 2, rate: 0.2, least: 0, most: 9, requests: Infinity, rounds: 96 },
    { errors: 2, rate: 1, least: 15, most: 41, requests: Infinity, rounds: 96 },
    { errors: 2, rate: 5, least: 91, most: 100, requests: Infinity, rounds: 50 },
    { errors: 2, rate: 30, least: 99, most: 100, requests: Infinity, rounds: 12 },
    { errors: 5, rate: 0.2, least: 45, most: 75, requests: 170, rounds: 96 },
    { errors: 5, rate: 1, least: 99, most: 100, requests: 260, rounds: 30 },
    { errors: 5, rate: 5, least: 99, most: 100, requests: 400, rounds: 9 },
    { errors: 5, rate: 30, least: 99, most: 100, requests: Infinity, rounds: 3 },
    { errors: 20, rate: 0.2, least: 99, most: 100, requests: 34, rounds: 17 },
    { errors: 20, rate: 1, least: 99, most: 100, requests: 45, rounds: 6 },
    { errors: 20, rate: 5, least: 99, most: 100, requests: Infinity, rounds: 3 },
    { errors: 100, rate: 0.2, least: 99, most: 100, requests: 10, rounds: 5 },
    { errors: 100, rate: 1, least: 99, most: 100, requests: Infinity, rounds: 2 },
  ];

  test.each(rows)("$errors % errors at $rate requests a second: $least to $most % rolled back", (row) => {
    const of = odds(400, { rate: row.rate, config: oneCheck, stretches: full, errorShare: always(row.errors / 100) });
    expect(percent(of)).toBeGreaterThanOrEqual(row.least);
    expect(percent(of)).toBeLessThanOrEqual(row.most);
    expect(of.median?.requests ?? 0).toBeLessThanOrEqual(row.requests);
    expect(of.median?.rounds ?? 0).toBeLessThanOrEqual(row.rounds);
  });
});
