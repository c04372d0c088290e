import { parser } from "@prometheus-io/lezer-promql";

/** What stands for a placeholder while a query is parsed, so that every position stays: a duration for the window, a name for all others. */
const PLACEHOLDER = /\{\{(?<name>candidatePods|stablePods|candidate|stable|app|namespace|window)\}\}/gu;

/**
 * Why a text is no PromQL, as a clause with the place; undefined where it is, as far as its grammar goes. Types of expressions are left to
 * Prometheus. The grammar is Prometheus' own: https://github.com/prometheus/prometheus/tree/main/web/ui/module/lezer-promql.
 */
export function promqlProblem(promql: string): string | undefined {
  const text = promql.replaceAll(PLACEHOLDER, (placeholder, name) =>
    name === "window" ? `${"0".repeat(placeholder.length - 3)}60s` : "p".repeat(placeholder.length),
  );
  const at = firstError(text);
  if (at === undefined) return undefined;
  const word = /^(?:\w+|\S)/u.exec(promql.slice(at))?.[0];
  const before = promql.slice(0, at).split("\n");
  const place = `line ${before.length}, character ${(before.at(-1) ?? "").length + 1}`;
  return word === undefined
    ? `is no PromQL: it ends at ${place} before it is whole: look for a missing bracket`
    : `is no PromQL: "${word}" at ${place} does not belong there`;
}

function firstError(text: string): number | undefined {
  const cursor = parser.parse(text).cursor();
  do {
    if (cursor.type.isError) return cursor.from + leadingSpace(text.slice(cursor.from));
  } while (cursor.next());
  return undefined;
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}
