// An empty expression would match the series that have no such label; no pod has this name.
const NO_POD = "-";

/** A regular expression of the names of pods; of none it is the name of no pod. */
export function podPattern(names: readonly string[]): string {
  return names.length === 0 ? NO_POD : names.map(escapeRegex).join("|");
}

/** Puts values into the `{{name}}` places of a user's expression, escaped for a quoted string; unknown places stay. */
export function fillQuery(promql: string, values: Readonly<Record<string, string>>): string {
  return promql.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (place, name: string) => {
    return Object.hasOwn(values, name) ? escapeText(values[name] ?? "") : place;
  });
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
