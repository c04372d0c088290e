import { z } from "zod";
import { dnsLabel, integer } from "./text.ts";

/** A service level objective: of availability, or of latency where it has a threshold. */
export const sloSchema = z.strictObject({
  name: dnsLabel(40).describe("Name of the objective."),
  objectivePercent: z
    .number("must be a number")
    .gt(0, "must be above 0")
    .lt(100, "must be below 100: an objective of 100 leaves no error budget")
    .describe("Percent of the requests that must be good."),
  windowDays: integer(1, 90).default(30).describe("Days over which the objective is measured."),
  thresholdMilliseconds: integer(1, 600_000)
    .optional()
    .describe("Milliseconds within which a good request is answered. Default: every request without a 5xx status is good."),
});
