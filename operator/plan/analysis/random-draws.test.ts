import { describe, expect, test } from "vitest";
import { drawArrivals, drawBinomial, seededRandom } from "./random-draws.ts";

const draws = 20_000;

function momentsOf(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1) };
}

test("the same seed draws the same, another one draws others", () => {
  const [one, same, other] = [seededRandom(1), seededRandom(1), seededRandom(2)];
  const values = [one(), one(), one()];
  expect([same(), same(), same()]).toEqual(values);
  expect([other(), other(), other()]).not.toEqual(values);
});

describe("binomial draws have the mean and the variance of the distribution", () => {
  test.each([
    [1, 0.5],
    [50, 0.01],
    [50, 0.3],
    [1000, 0.005],
    [1000, 0.2],
    [10_000, 0.97],
    [1_000_000, 0.00002],
    [1_000_000, 0.4],
  ])("n %d, p %d", (n, p) => {
    const random = seededRandom(n);
    const { mean, variance } = momentsOf(() => drawBinomial(random, n, p));
    const expected = n * p * (1 - p);
    // Five standard errors of the mean, and of the variance of a nearly normal draw.
    expect(Math.abs(mean - n * p)).toBeLessThan(5 * Math.sqrt(expected / draws));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt((2 + 1 / expected) / draws));
  });

  test("and its shape, where draws are rejected", () => {
    const random = seededRandom(5);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      const value = drawBinomial(random, 40, 0.4);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    let density = 0.6 ** 40;
    let distance = 0;
    for (let k = 0; k <= 40; k += 1) {
      const expected = draws * density;
      if (expected > 5) distance += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
      density *= ((40 - k) / (k + 1)) * (0.4 / 0.6);
    }
    // Chi-square with about 23 degrees of freedom: above 75 once in 2 million seeds.
    expect(distance).toBeLessThan(75);
  });

  test("at the edges", () => {
    const random = seededRandom(1);
    expect([drawBinomial(random, 0, 0.5), drawBinomial(random, 9, 0), drawBinomial(random, 9, 1)]).toEqual([0, 0, 9]);
  });
});

test("arrivals come about as often as expected", () => {
  const random = seededRandom(3);
  for (const expected of [0.05, 2, 300]) {
    const { mean } = momentsOf(() => drawArrivals(random, expected));
    expect(Math.abs(mean - expected)).toBeLessThan(5 * Math.sqrt(expected / draws));
  }
  expect(drawArrivals(random, 0)).toBe(0);
});
