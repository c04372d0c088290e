import { z } from "zod";
import { CRON_PATTERN, CRON_SHAPE, MAX_CRON_LENGTH, readCron } from "./cron.ts";
import { didYouMean } from "./nearest.ts";
import { TIME_ZONE_NAMES } from "./time-zone-names.ts";
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

const TIME_ZONE_PART = "[A-Za-z_][A-Za-z0-9._+-]{0,13}";
const TIME_ZONE_SHAPE = "must be an IANA time zone in its exact spelling, such as Europe/Berlin or Etc/UTC; no offset, and not Local";

/** An IANA time zone name such as Europe/Berlin. */
export function timeZone() {
  return z
    .string()
    .max(64, "must be at most 64 characters long")
    .superRefine((name, context) => {
      if (!isTimeZone(name)) context.addIssue({ code: "custom", message: unknownTimeZone(name) });
    })
    .meta({ pattern: `^${TIME_ZONE_PART}(/${TIME_ZONE_PART})*$`, patternMessage: TIME_ZONE_SHAPE });
}

function unknownTimeZone(name: string): string {
  return `"${name}" is not a known time zone${didYouMean(name, [...TIME_ZONE_NAMES])}: ${TIME_ZONE_SHAPE}`;
}

/** A cron expression as CronJobs take it: minute, hour, day of month, month, day of week. */
export function cronExpression() {
  return z
    .string()
    .max(MAX_CRON_LENGTH, `must be at most ${MAX_CRON_LENGTH} characters long`)
    .superRefine((expression, context) => {
      const cron = readCron(expression);
      if (typeof cron === "string") context.addIssue({ code: "custom", message: cron });
    })
    .meta({ pattern: CRON_PATTERN.source, patternMessage: CRON_SHAPE });
}

/** Whether the API server knows a time zone: spelled exactly as in the IANA database, or new there and known to the runtime. */
export function isTimeZone(name: string): boolean {
  return TIME_ZONE_NAMES.has(name) || Intl.supportedValuesOf("timeZone").includes(name);
}

/** Whether a local date and time exists in the calendar. */
export function isLocalDateTime(text: string): boolean {
  const time = Date.parse(`${text}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
