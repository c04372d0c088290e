/** Yields numbers in [0, 1); the same seed yields the same numbers. */
export type Random = () => number;

/** A fast generator of 32 bits (mulberry32, Tommy Ettinger 2017); good enough for simulations, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How often an event of this probability happens in `trials` independent trials; an exact draw. */
export function drawBinomial(random: Random, trials: number, probability: number): number {
  const n = Math.max(0, Math.floor(trials));
  if (n === 0 || probability <= 0) return 0;
  if (probability >= 1) return n;
  if (probability > 0.5) return n - drawBinomial(random, n, 1 - probability);
  return n * probability < 10 ? drawRare(random, n, probability) : drawFrequent(random, n, probability);
}

/** About a Poisson draw: how many of very many possible requests arrive. */
export function drawArrivals(random: Random, expected: number): number {
  return drawBinomial(random, Math.ceil(expected * 100), expected / Math.max(1, Math.ceil(expected * 100)));
}

/** Skips from event to event: the gaps are geometric. */
function drawRare(random: Random, n: number, probability: number): number {
  const scale = Math.log1p(-probability);
  let events = 0;
  for (let at = gap(random, scale); at <= n; at += gap(random, scale)) events += 1;
  return events;
}

function gap(random: Random, scale: number): number {
  return Math.floor(Math.log(1 - random()) / scale) + 1;
}

/** Transformed rejection with squeeze (BTRS, Hoermann 1993): exact, and as fast for many events as for few. */
function drawFrequent(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const bound = logDensity(n, p);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k >= 0 && k <= n && Math.log((v * alpha) / (a / (us * us) + b)) <= bound(k)) return k;
  }
}

/** Log of the density at k, relative to that at the mode. */
function logDensity(n: number, p: number): (k: number) => number {
  const odds = p / (1 - p);
  const mode = Math.floor((n + 1) * p);
  const atMode = (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) + stirling(mode) + stirling(n - mode);
  return (k) =>
    atMode +
    (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
    (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) -
    stirling(k) -
    stirling(n - k);
}

const STIRLING = [
  0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119, 0.01387612882307075,
  0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
];

/** What Stirling's formula leaves of log k!. */
function stirling(k: number): number {
  const known = STIRLING[k];
  if (known !== undefined) return known;
  const square = (k + 1) ** 2;
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}
