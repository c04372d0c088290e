import { Cron } from "croner";
import { plainCron, readCron } from "../../api/cron.ts";
import { durationSeconds } from "../../api/duration.ts";
import type { FreezeWindow, Rollout } from "../../api/rollout.ts";
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
    const end = endOf(window, new Date(now));
    return end === undefined ? [] : [{ name: window.name, end }];
  });
  // Overlapping windows hold until the last of them ends.
  const last = open.toSorted((one, other) => other.end.getTime() - one.end.getTime())[0];
  if (!last) return undefined;
  const until = `${last.end.toISOString().slice(0, 19)}Z`;
  return { message: `the window ${last.name} of rollout.freeze is open until ${until}`, until };
}

/** When the window that is open at the moment ends; undefined where it is shut. */
function endOf({ start, end, cron, duration, timeZone }: FreezeWindow, now: Date): Date | undefined {
  if (start !== undefined && end !== undefined) {
    const [from, to] = [momentOf(start, timeZone), momentOf(end, timeZone)];
    return from && to && from <= now && now < to ? to : undefined;
  }
  if (cron === undefined || duration === undefined) return undefined;
  const times = readCron(cron);
  if (typeof times === "string") return undefined;
  const schedule = new Cron(plainCron(times), { paused: true, timezone: timeZone, mode: "5-part" });
  // Runs before the given moment: one second later includes a window that opens right now.
  const [begin] = schedule.previousRuns(1, new Date(now.getTime() + 1000));
  const closes = begin && new Date(begin.getTime() + durationSeconds(duration) * 1000);
  return closes && now < closes ? closes : undefined;
}

/** The moment of a local date and time in a time zone; a time that a clock change skips counts as the moment after it. */
function momentOf(local: string, timeZone: string): Date | undefined {
  return new Cron(local, { paused: true, timezone: timeZone, allowPast: true }).nextRun("1970-01-02T00:00:00Z") ?? undefined;
}
