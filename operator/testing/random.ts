/** A small seeded generator of numbers in [0, 1): the same seed gives the same numbers. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of `count` independent events happen at a probability; draws the gaps between them, so rare events cost little. */
export function drawBinomial(random: () => number, count: number, probability: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return count;
  if (probability > 0.5) return count - drawBinomial(random, count, 1 - probability);
  let hits = 0;
  for (let at = gap(random, probability); at <= count; at += gap(random, probability)) hits += 1;
  return hits;
}

function gap(random: () => number, probability: number): number {
  return 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-probability));
}
