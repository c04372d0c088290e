import { Cron } from "croner";
import { plainCron, readCron } from "../../api/cron.ts";
import { durationSeconds } from "../../api/duration.ts";

/** A window of time: a single one with local start and end, or one that a cron expression opens again and again for a duration. */
export interface Window {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly cron?: string | undefined;
  readonly duration?: string | undefined;
  /** IANA name; a local time that a clock change skips counts as the moment after it. */
  readonly timeZone: string;
}

/** When the window that is open at a moment ends; undefined where it is shut. It opens `leadSeconds` before its time. */
export function openUntil(window: Window, now: Date, leadSeconds = 0): Date | undefined {
  const ahead = new Date(now.getTime() + leadSeconds * 1000);
  const { start, end, timeZone } = window;
  if (start !== undefined && end !== undefined) {
    const [from, to] = [momentOf(start, timeZone), momentOf(end, timeZone)];
    return from && to && from <= ahead && now < to ? to : undefined;
  }
  // Runs before the given moment: one second later includes a window that opens right now.
  const [begin] = cronOf(window)?.previousRuns(1, new Date(ahead.getTime() + 1000)) ?? [];
  const closes = begin && closeOf(window, begin);
  return closes && now < closes ? closes : undefined;
}

/** When the window opens next after a moment; undefined where it never does. */
export function opensNext(window: Window, now: Date, leadSeconds = 0): Date | undefined {
  const ahead = new Date(now.getTime() + leadSeconds * 1000);
  const { start, timeZone } = window;
  const begin = start === undefined ? (cronOf(window)?.nextRun(ahead) ?? undefined) : momentOf(start, timeZone);
  return begin && begin > ahead ? new Date(begin.getTime() - leadSeconds * 1000) : undefined;
}

function cronOf({ cron, timeZone }: Window): Cron | undefined {
  const times = cron === undefined ? "" : readCron(cron);
  return typeof times === "string" ? undefined : new Cron(plainCron(times), { paused: true, timezone: timeZone, mode: "5-part" });
}

function closeOf({ duration }: Window, begin: Date): Date | undefined {
  return duration === undefined ? undefined : new Date(begin.getTime() + durationSeconds(duration) * 1000);
}

function momentOf(local: string, timeZone: string): Date | undefined {
  return new Cron(local, { paused: true, timezone: timeZone, allowPast: true }).nextRun("1970-01-02T00:00:00Z") ?? undefined;
}
