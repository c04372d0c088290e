import { Cron } from "croner";
import { integer, matching } from "./text.ts";

/** One day, in seconds. */
export const DAY_SECONDS = 86_400;

/** A whole number of seconds within bounds, both allowed. */
export function seconds(min: number, max: number) {
  return integer(min, max).meta({ unit: "seconds" });
}

const SHORT_DURATION = /^[1-9][0-9]{0,5}[smhd]$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: DAY_SECONDS };

/** A short duration as people write it: a number and one unit, such as 90s, 5m, 3h or 2d. */
export function shortDuration() {
  return matching(7, SHORT_DURATION, "must be a number and one unit, such as 90s, 5m, 3h or 2d");
}

/** The seconds of a short duration such as "5m"; throws on anything else. */
export function durationSeconds(duration: string): number {
  const unit = UNIT_SECONDS[duration.slice(-1)];
  if (!SHORT_DURATION.test(duration) || unit === undefined) {
    throw new RangeError(`"${duration}" is not a duration: write a number and one unit, such as 90s, 5m, 3h or 2d`);
  }
  return Number(duration.slice(0, -1)) * unit;
}

/** A date and time without an offset, which the `timeZone` beside it gives. */
export function localDateTime() {
  return matching(
    19,
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/,
    "must be a local date and time such as 2026-11-27T06:00:00",
  );
}

/** An IANA time zone name such as Europe/Berlin. */
export function timeZone() {
  return matching(64, /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/, "must be an IANA time zone such as Europe/Berlin or Etc/UTC");
}

/** A five-field cron expression: minute, hour, day of month, month, day of week. */
export function cronExpression() {
  return matching(
    100,
    /^[0-9A-Za-z*,/?-]+( [0-9A-Za-z*,/?-]+){4}$/,
    'must be a cron expression of five fields separated by single spaces (minute hour day month weekday), such as "0 3 * * *"',
  );
}

/** Whether the runtime knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

/** Whether a local date and time exists in the calendar. */
export function isLocalDateTime(text: string): boolean {
  const time = Date.parse(`${text}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const ANY_LEAP_YEAR = "2024-01-01T00:00:00Z";

/** Whether a cron expression is well-formed and names a time that ever comes (30 February never does). */
export function isCronExpression(expression: string): boolean {
  try {
    return new Cron(expression, { paused: true, timezone: "Etc/UTC", mode: "5-part" }).nextRun(ANY_LEAP_YEAR) !== null;
  } catch {
    return false;
  }
}
