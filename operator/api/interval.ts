import { hashText } from "../base/canonical.ts";
import { DAY_SECONDS, durationSeconds } from "./duration.ts";
import { matching } from "./text.ts";

const HOUR_SECONDS = 3600;

const INTERVALS = "60s, 1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d or 7d";

/** The time between two runs of a CronJob: one that a cron expression can keep. */
export function interval() {
  return matching(
    3,
    /^(60s|(1|2|3|4|5|6|10|12|15|20|30)m|(1|2|3|4|6|8|12)h|[17]d)$/,
    `must be ${INTERVALS}, which divide an hour, a day or a week evenly; for others write cron`,
  );
}

/**
 * The cron expression of an interval, such as "5m". The minute of hourly and longer ones, and the hour and weekday of those that are longer
 * still, follow from the seed, so that a thousand apps do not run at once.
 */
export function everyAsCron(every: string, seed: string): string {
  const seconds = durationSeconds(every);
  const random = Number.parseInt(hashText(seed, 8), 16);
  const minute = random % 60;
  if (seconds < HOUR_SECONDS) return seconds === 60 ? "* * * * *" : `*/${seconds / 60} * * * *`;
  if (seconds < DAY_SECONDS) return seconds === HOUR_SECONDS ? `${minute} * * * *` : `${minute} */${seconds / HOUR_SECONDS} * * *`;
  const hour = Math.floor(random / 60) % 24;
  return `${minute} ${hour} * * ${seconds === DAY_SECONDS ? "*" : Math.floor(random / 1440) % 7}`;
}
