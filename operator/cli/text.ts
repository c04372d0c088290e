/** Columns under headings, as kubectl prints them; nothing where there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) => line(row, widths)).join("");
}

/** Names and values, one a line; those without a value are left out. */
export function fields(entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = entries.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]]));
  const width = Math.max(0, ...shown.map(([name = ""]) => name.length));
  return shown.map((row) => line(row, [width])).join("");
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return `${cells
    .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
    .join("   ")
    .trimEnd()}\n`;
}

/** A text on one line, at most so long. */
export function oneLine(text: string, most = 2000): string {
  const flat = text.replaceAll(/\s+/gu, " ").trim();
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat;
}

const units: readonly (readonly [letter: string, seconds: number])[] = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
];

/** How long ago a time was, in its two largest units, such as 3m12s. */
export function since(time: string | undefined, now: number): string {
  const then = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(then) ? "" : span((now - then) / 1000);
}

/** A span of time in its two largest units, such as 3m12s. */
export function span(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts = units.map(([letter, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return { letter, count };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ letter, count }) => `${count}${letter}`)
    .join("");
}
