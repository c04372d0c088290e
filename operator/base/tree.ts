/** A tree of plain values, as YAML gives it. */
export type Tree = Readonly<Record<string, unknown>>;

/** Whether a value is an object of keys and values. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Merges one tree over another: objects key by key; any other value of the upper tree wins. */
export function mergeOver(lower: Tree, upper: Tree): Tree {
  const entries = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    if (value !== undefined) {
      const below = entries.get(key);
      entries.set(key, isTree(below) && isTree(value) ? mergeOver(below, value) : value);
    }
  }
  return Object.fromEntries(entries);
}

/** A plain value as text: text as it is, all else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
