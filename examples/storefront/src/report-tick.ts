const minuteMs = 60_000;

/**
 * The minute a run stands for. A CronJob names its Jobs `<name>-<minutes since 1970 of the scheduled time>`, so a run id that ends so
 * reports its tick even when it runs late; any other run id stands for the minute of `now`.
 */
export function tickOfRun(runId: string, now: Date): Date {
  const [, minutes] = /-(\d{8})$/.exec(runId) ?? [];
  return minutes === undefined ? new Date(Math.floor(now.getTime() / minuteMs) * minuteMs) : new Date(Number(minutes) * minuteMs);
}
