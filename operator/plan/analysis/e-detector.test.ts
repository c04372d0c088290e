import { describe, expect, test } from "vitest";
import { addRound, epochOf, noRounds, sequentialTest } from "./e-detector.ts";
import type { Sample, SequentialTest } from "./e-detector.ts";

const options = { limit: 0.01, timesStable: 2, alpha: 0.01, rounds: 96 };
const detector = sequentialTest(options);

function play(samples: readonly Sample[], of: SequentialTest = detector, compares = false): number | undefined {
  let state = noRounds;
  for (const [index, sample] of samples.entries()) {
    const update = addRound(state, sample, { ...of, compares });
    if (update.crossed) return index + 1;
    ({ state } = update);
  }
  return undefined;
}

function chance(k: number, n: number, p: number): number {
  let ways = 1;
  for (let one = 1; one <= k; one += 1) ways = (ways * (n - k + one)) / one;
  return ways * p ** k * (1 - p) ** (n - k);
}

/** The expected factor of one round over every outcome: of a fresh statistic, which is 1 before it. */
function expectedFactors(
  of: SequentialTest,
  at: { n: number; p: number; stable: { n: number; p: number }; compares: boolean },
): readonly number[] {
  const sums = of.grid.map(() => 0);
  for (let bad = 0; bad <= at.n; bad += 1) {
    for (let other = 0; other <= at.stable.n; other += 1) {
      const weight = chance(bad, at.n, at.p) * chance(other, at.stable.n, at.stable.p);
      const sample = { bad, all: at.n, stable: { bad: other, all: at.stable.n } };
      const { state } = addRound(noRounds, sample, { ...of, compares: at.compares });
      for (const [index, value] of state.statistics.entries()) sums[index] = (sums[index] ?? 0) + weight * value;
    }
  }
  return sums;
}

describe("a factor is at most 1 on average", () => {
  const stable = { n: 0, p: 0 };

  test.each([0.001, 0.005, 0.01])("within the limit of 1 %%: %d", (p) => {
    for (const n of [1, 7, 40]) {
      for (const factor of expectedFactors(detector, { n, p, stable, compares: false })) expect(factor).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  test("but not above it", () => {
    expect(Math.max(...expectedFactors(detector, { n: 7, p: 0.05, stable, compares: false }))).toBeGreaterThan(1);
  });

  test.each([0.01, 0.1, 0.5])("where the candidate is twice as bad as stable, which is allowed: %d", (p) => {
    const compared = sequentialTest({ ...options, limit: undefined });
    for (const n of [1, 5, 20]) {
      const factors = expectedFactors(compared, { n, p: 2 * p, stable: { n: 12, p }, compares: true });
      for (const factor of factors) expect(factor).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  test("in an outage, where the comparison caps the absolute factor", () => {
    const factors = expectedFactors(detector, { n: 10, p: 0.6, stable: { n: 10, p: 0.3 }, compares: true });
    for (const factor of factors) expect(factor).toBeLessThanOrEqual(1 + 1e-9);
    const blamed = expectedFactors(detector, { n: 10, p: 0.6, stable: { n: 10, p: 0.3 }, compares: false });
    expect(Math.max(...blamed)).toBeGreaterThan(1);
  });
});

describe("the grid", () => {
  test.each([0.0001, 0.01, 0.3, 0.5])("of a limit of %d holds rates above it and below 1, and its weights sum to 1", (limit) => {
    const { grid } = sequentialTest({ ...options, limit });
    expect(grid.length).toBeGreaterThanOrEqual(3);
    for (const { ratio } of grid) {
      expect(ratio).toBeGreaterThan(1);
      expect(ratio * limit).toBeLessThan(1);
    }
    expect(grid.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
  });
});

describe("epochs", () => {
  test("of a planned release: nearly all of alpha for its rounds, the rest for those beyond", () => {
    expect(epochOf(1, options).end).toBe(96);
    expect(epochOf(1, options).threshold).toBeCloseTo(96 / 0.009);
    expect(epochOf(96, options)).toEqual(epochOf(1, options));
    expect(epochOf(97, options).end).toBe(288);
  });

  test.each([96, undefined])("spend no more than alpha in all (planned rounds: %s)", (rounds) => {
    let spent = 0;
    for (let round = 1; round < 1e7; round = epochOf(round, { alpha: 0.01, rounds }).end + 1) {
      const { end, threshold } = epochOf(round, { alpha: 0.01, rounds });
      spent += end / threshold;
    }
    expect(spent).toBeGreaterThan(0.0098);
    expect(spent).toBeLessThanOrEqual(0.01 + 1e-12);
  });
});

describe("rounds", () => {
  const good = { bad: 0, all: 50 };
  const blip = { bad: 50, all: 50 };

  test("one bad round is no verdict, two are", () => {
    expect(play([blip])).toBeUndefined();
    expect(play([blip, blip])).toBe(2);
    expect(play([...Array.from({ length: 40 }, () => good), blip, blip])).toBe(42);
  });

  test("one bad round is no verdict at any size, however many quiet rounds were before it", () => {
    const week = sequentialTest({ ...options, rounds: 60_480 });
    const quiet = Array.from({ length: 5000 }, () => ({ bad: 0, all: 0 }));
    expect(play([...quiet, { bad: 1e6, all: 1e6 }], week)).toBeUndefined();
    expect(play([...quiet, blip, blip, blip], week)).toBeLessThanOrEqual(5003);
  });

  test("rounds without requests and rounds with fractions of requests do no harm", () => {
    expect(
      play([
        { bad: 0, all: 0 },
        { bad: 0.4, all: 0.4 },
        { bad: 0, all: 1e9 },
      ]),
    ).toBeUndefined();
    const { state } = addRound(noRounds, { bad: 1e9, all: 1e9 }, { ...detector, compares: false });
    expect(state.statistics.every(Number.isFinite)).toBe(true);
  });

  test("stable without requests compares nothing", () => {
    const silent = { bad: 50, all: 50, stable: { bad: 0, all: 0 } };
    expect(play([silent, silent, silent], sequentialTest({ ...options, limit: undefined }), true)).toBeUndefined();
  });
});
