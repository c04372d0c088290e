import type { Case } from "./cases.ts";
import { formatTable, median } from "./figures.ts";
import { analysis } from "./scalable-app.ts";
import type { Times } from "./timing.ts";

/** One measured release of a contender. */
export interface Measured {
  readonly case: Case;
  readonly who: string;
  readonly times: Times;
}

/** What Flagger's own pages say (v1.36.1): it was not run, for it needs a router and Prometheus. */
const flagger =
  "Flagger (not run; it needs a router and Prometheus): goes back after interval x threshold, 60 s with the defaults (60 s, 1), 10 min in its example (1m, 10)";

/** All figures as text: a table, then what it means for the goal and beside the other contender. */
export function report(measured: readonly Measured[]): string {
  const groups = Map.groupBy(measured, (one) => `${one.case.id} ${one.who}`).values();
  const rows = [...groups].map(summarize);
  const head = ["release", "controller", "outcome", "decided", "back to 0 %", "requests failed"];
  const table = formatTable([head, ...rows.map(({ cells }) => cells)]);
  return [table, "", ...goals(rows), ...ratios(rows), flagger].join("\n");
}

interface Row {
  readonly case: Case;
  readonly who: string;
  readonly outcome: string;
  readonly cells: readonly string[];
  readonly ready: number;
  readonly decided: number;
}

function middle(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  return known.length * 2 > values.length ? median(known) : Number.NaN;
}

function summarize(group: readonly Measured[]): Row {
  const { case: what, who } = group[0]!;
  const all = group.map(({ times }) => times);
  const [ready, decided, gone] = [
    middle(all.map((one) => one.ready)),
    middle(all.map((one) => one.decided)),
    middle(all.map((one) => one.gone)),
  ];
  const outcome = [...new Set(all.map((times) => times.outcome))].join(", ");
  const failed = `${median(all.map((times) => times.failed))} of ${median(all.map((times) => times.sent))}`;
  const since = (value: number) => reportSince(value, what.env.length === 0 ? Number.NaN : ready);
  return { case: what, who, outcome, ready, decided, cells: [what.what, who, outcome, since(decided), since(gone), failed] };
}

/** Seconds since its first pod got requests, or where none did, since it was applied. */
function reportSince(value: number, ready: number): string {
  if (Number.isNaN(value)) return "never";
  return Number.isNaN(ready) ? `${value.toFixed(1)} s after apply` : `${(value - ready).toFixed(1)} s after ready`;
}

/** Two rounds with errors are needed at least, three at this load; readiness is seen up to a round late. */
function goals(rows: readonly Row[]): readonly string[] {
  const goal = 4 * analysis.intervalSeconds + 2;
  return rows.flatMap(({ case: { what, requestSeconds }, ready, decided }) => {
    if (requestSeconds === undefined || Number.isNaN(decided - ready)) return [];
    return [`${what}: decided ${(decided - ready - requestSeconds).toFixed(1)} s after its first answers; the goal is ${goal} s`];
  });
}

function ratios(rows: readonly Row[]): readonly string[] {
  return rows.flatMap((theirs) => {
    const ours = rows.find((row) => row.case === theirs.case && row.who === "ScalableApp");
    if (ours === undefined || ours === theirs) return [];
    if (ours.outcome !== theirs.outcome) return [`${theirs.case.what}: ${ours.who} ${ours.outcome}, ${theirs.who} ${theirs.outcome}`];
    return [`${theirs.case.what}: ${theirs.who} takes ${(theirs.decided / ours.decided).toFixed(1)} times as long, counted from apply`];
  });
}
