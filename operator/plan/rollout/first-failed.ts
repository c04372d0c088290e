import { hasTaken } from "./has-failed.ts";
import { finish } from "./rolling-back.ts";
import { enter, type Rule } from "./rule.ts";

/** The first release failed, and has come up all the same: a database that was late, say. */
export const recovered: Rule = (situation) => {
  const { release, seen } = situation;
  const hasPods = release.strategy !== undefined;
  if (hasPods) return hasTaken(situation, release.candidate) ? finish(situation) : undefined;
  // Its Job was deleted: the migration is tried once more.
  return seen.migration.state === "failed" ? undefined : { release: enter(situation, "Pending"), reason: "ReleaseStarted" };
};
