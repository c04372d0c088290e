import { z } from "zod";
import { componentFields, componentImage } from "./component.ts";
import { appResources, requiredCommand, RESOURCES_DESCRIPTION, words } from "./container.ts";
import { cronExpression, seconds, timeZone } from "./duration.ts";
import { dnsLabel, integer } from "./text.ts";

/** A command that runs once per tick across the whole fleet. */
export const scheduleSchema = z.strictObject({
  name: dnsLabel(40).describe("Name of the schedule, unique within the app; with the app's name and '-' at most 52 characters."),
  cron: cronExpression().describe("When to run, in five fields: minute, hour, day of month, month, day of week."),
  timeZone: timeZone().default("Etc/UTC").describe("IANA time zone of the cron expression."),
  command: requiredCommand().describe("The command to run."),
  args: words().default([]).describe("Arguments."),
  image: componentImage,
  ...componentFields,
  resources: appResources().describe(RESOURCES_DESCRIPTION),
  deadlineSeconds: seconds(1, 604_800).default(3600).describe("Seconds after which a run is stopped, all its retries included."),
  startingDeadlineSeconds: seconds(10, 86_400).default(300).describe("Seconds after its tick until which a missed run may still start."),
  retries: integer(0, 10).default(2).describe("How often a failed run is tried again."),
  suspend: z.boolean().default(false).describe("Whether the schedule is paused."),
});

/** A command that runs once per tick. */
export type Schedule = z.output<typeof scheduleSchema>;
