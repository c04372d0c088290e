import { describe, expect, test } from "vitest";
import { roundUp, showBound, showNumber } from "./format.ts";
import { incompleteBeta, logGamma, upperBound } from "./proven.ts";

describe("the upper bound", () => {
  // Found by bisection of the exact sum of binomial probabilities, in another language.
  test.each([
    [0, 20, 99, 0.2056718],
    [0, 300, 95, 0.009936],
    [1, 240, 99, 0.0273371],
    [10, 100, 95, 0.1637269],
    [99, 100, 99, 0.9998995],
  ])("%d of %d at %d %%", (bad, all, confidence, expected) => {
    expect(upperBound({ bad, all }, confidence)).toBeCloseTo(expected, 4);
  });

  test("is reached with the chance that is left, summed over the exact distribution", () => {
    for (const [bad, all] of [
      [3, 50],
      [1, 240],
      [12, 30],
    ] as const) {
      const p = upperBound({ bad, all }, 99);
      let [sum, density] = [0, (1 - p) ** all];
      for (let k = 0; k <= bad; k += 1) {
        sum += density;
        density *= ((all - k) / (k + 1)) * (p / (1 - p));
      }
      expect(sum).toBeCloseTo(0.01, 8);
    }
  });

  test("of nothing is 1, of millions still a number, and fractions count against the candidate", () => {
    expect(upperBound({ bad: 0, all: 0 }, 99)).toBe(1);
    expect(upperBound({ bad: 5, all: 5 }, 99)).toBe(1);
    expect(upperBound({ bad: 100_000, all: 10_000_000 }, 99)).toBeCloseTo(0.010073, 5);
    expect(upperBound({ bad: 0.3, all: 50.9 }, 99)).toBe(upperBound({ bad: 1, all: 50 }, 99));
  });
});

test("its parts agree with known values", () => {
  expect(Math.exp(logGamma(6))).toBeCloseTo(120, 8);
  expect(incompleteBeta(0.3, 2, 3)).toBeCloseTo(0.3483, 10);
  expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
});

test("numbers are shown as short as they are true", () => {
  expect([showNumber(0.4166), showNumber(12.6), showNumber(0), showNumber(100)]).toEqual(["0.42", "13", "0", "100"]);
  expect([roundUp(2.611), roundUp(2.6), roundUp(99.5), roundUp(0.0701), roundUp(0)]).toEqual([2.7, 2.6, 100, 0.071, 0]);
  expect(showBound(20.56)).toBe("21");
});
