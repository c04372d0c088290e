import { quarantineCandidate } from "./rolling-back.ts";
import { enter, isFirst, stay, type Rule } from "./rule.ts";

/** The migration runs before any pod of the release. */
export const startMigration: Rule = (situation) => {
  const { state } = situation.seen.migration;
  if (state === "none" || state === "done") return undefined;
  return { release: enter(situation, "Migrating"), reason: "MigrationRunning" };
};

/** The migration is under way, or has failed. */
export const awaitMigration: Rule = (situation) => {
  const { migration } = situation.seen;
  if (migration.state === "pending" || migration.state === "running") return stay(situation, "MigrationRunning");
  if (migration.state !== "failed") return undefined;
  const message = `the migration (Job ${migration.job}) failed: ${migration.why}`;
  if (!isFirst(situation)) return quarantineCandidate(situation, { reason: "MigrationFailed", message });
  return { release: enter(situation, "Failed", { message }), reason: "MigrationFailed" };
};
