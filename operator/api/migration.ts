import { z } from "zod";
import { componentFields, componentImage } from "./component.ts";
import { appResources, requiredCommand, RESOURCES_DESCRIPTION, words } from "./container.ts";
import { seconds } from "./duration.ts";
import { integer } from "./text.ts";

/** The command that prepares the database for a release. */
export const migrationSchema = z.strictObject({
  command: requiredCommand().describe("Runs once per release, on a direct connection, before any pod of the release."),
  args: words().default([]).describe("Arguments."),
  image: componentImage,
  ...componentFields,
  resources: appResources().describe(RESOURCES_DESCRIPTION),
  deadlineSeconds: seconds(1, 86_400).default(600).describe("Seconds after which the migration is stopped and the release fails."),
  retries: integer(0, 10).default(0).describe("How often a failed migration is tried again; one that is not idempotent must not be."),
  quiesce: z.boolean().default(false).describe("Whether workers are scaled to zero and schedules paused while the migration runs."),
  contract: z
    .strictObject({
      command: requiredCommand().describe(
        "Removes what only older releases needed; runs once per release, with the resources and the deadline of the migration.",
      ),
      afterSeconds: seconds(0, 7_776_000)
        .default(86_400)
        .describe("Seconds after a release became stable. From then on nothing returns to a release before it."),
    })
    .optional()
    .describe("The second half of an expand-and-contract migration: runs only when no rollback needs the old schema. Default: none."),
});

/** The command that prepares the database for a release. */
export type Migration = z.output<typeof migrationSchema>;
