/** The words that are most like the given one, the nearest first. */
export function nearest(word: string, words: readonly string[], most: number): readonly string[] {
  return words
    .map((other) => ({ other, distance: other.includes(word) ? 0 : distanceOf(word, other) }))
    .toSorted((one, two) => one.distance - two.distance || (one.other < two.other ? -1 : 1))
    .slice(0, most)
    .map(({ other }) => other);
}

/** How many letters must be put in, taken out or changed to make one word of the other. */
function distanceOf(word: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(word).entries()) {
    const here = [row + 1];
    for (const [column, theirs] of Array.from(other).entries()) {
      const [left = 0, corner = 0, up = 0] = [here[column], above[column], above[column + 1]];
      here.push(Math.min(left + 1, up + 1, corner + (letter === theirs ? 0 : 1)));
    }
    above = here;
  }
  return above.at(-1) ?? 0;
}

/** The one word that somebody meant, in words (` (did you mean "web"?)`), or nothing where none is near. */
export function didYouMean(word: string, words: readonly string[]): string {
  // A long text is no misspelt word, and comparing it would take long.
  if (word.length > 64) return "";
  const [best] = words
    .map((other) => ({ other, distance: distanceOf(word.toLowerCase(), other.toLowerCase()) }))
    .toSorted((one, two) => one.distance - two.distance || (one.other < two.other ? -1 : 1));
  const near = best !== undefined && best.distance <= Math.max(1, Math.min(3, Math.floor(word.length / 3)));
  return near ? ` (did you mean "${best.other}"?)` : "";
}
