/** Precision of the bound; far below what is shown. */
const BISECTIONS = 60;

/**
 * The exact one-sided upper bound (Clopper and Pearson 1934) of the true share of bad events, of which `bad` of `all` were seen: with this
 * confidence the share is below it. For a number of events that was fixed before, such as those of a step. Fractions count against the candidate.
 */
export function upperBound({ bad, all }: { readonly bad: number; readonly all: number }, confidencePercent: number): number {
  const n = Math.floor(all + 1e-6);
  const k = Math.ceil(bad - 1e-6);
  if (n <= 0 || k >= n) return 1;
  const alpha = 1 - confidencePercent / 100;
  if (k <= 0) return 1 - alpha ** (1 / n);
  let [low, high] = [k / n, 1];
  for (let round = 0; round < BISECTIONS; round += 1) {
    const middle = (low + high) / 2;
    // P(X <= k) falls as the share rises.
    if (incompleteBeta(1 - middle, n - k, k + 1) > alpha) low = middle;
    else high = middle;
  }
  return high;
}

/** The regularized incomplete beta function I_x(a, b), by its continued fraction (Lentz; Numerical Recipes 6.4). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const most = 200 + 10 * Math.sqrt(Math.max(a, b));
  let c = 1;
  let d = inverse(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= most; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = inverse(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = inverse(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return fraction;
}

function inverse(value: number): number {
  return 1 / awayFromZero(value);
}

function awayFromZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log of the gamma function for positive arguments (Lanczos, g = 7). */
export function logGamma(value: number): number {
  const x = value - 1;
  const sum = LANCZOS.reduce((total, coefficient, index) => total + coefficient / (x + index + 1), 0.99999999999980993);
  const t = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
