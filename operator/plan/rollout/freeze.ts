import type { Rollout } from "../../api/rollout.ts";
import { openUntil } from "../calendar/window.ts";
import type { Freeze } from "./observation.ts";

/** What is left of an error budget. */
export interface BudgetLeft {
  readonly name: string;
  readonly remainingPercent: number;
}

/** Whether new releases are held at a moment, and by which rule; pure, given the moment (ISO 8601). */
export function judgeFreeze(freeze: Rollout["freeze"], now: string, budgets: readonly BudgetLeft[] = []): Freeze | undefined {
  if (!freeze) return undefined;
  const least = freeze.whenErrorBudgetBelowPercent;
  const spent = least === undefined ? undefined : budgets.find(({ remainingPercent }) => remainingPercent < least);
  if (spent && least !== undefined) {
    return { message: `${spent.remainingPercent} % of the error budget ${spent.name} is left (rollout.freeze asks for ${least} %)` };
  }
  const open = freeze.windows.flatMap((window) => {
    const end = openUntil(window, new Date(now));
    return end === undefined ? [] : [{ name: window.name, end }];
  });
  // Overlapping windows hold until the last of them ends.
  const last = open.toSorted((one, other) => other.end.getTime() - one.end.getTime())[0];
  if (!last) return undefined;
  const until = `${last.end.toISOString().slice(0, 19)}Z`;
  return { message: `the window ${last.name} of rollout.freeze is open until ${until}`, until };
}
