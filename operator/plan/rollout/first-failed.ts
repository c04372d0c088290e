import { finish } from "./finish.ts";
import { isRolledOut } from "./is-rolled-out.ts";
import { enter, type Rule } from "./rule.ts";

/** The first release failed, and has come up all the same: a database that was late, say. */
export const recoverFirst: Rule = (situation) => {
  const { release, seen } = situation;
  const hasPods = release.strategy !== undefined;
  if (hasPods) return isRolledOut(situation, release.candidate) ? finish(situation) : undefined;
  // Its Job was deleted: the migration is tried once more.
  return seen.migration.state === "failed" ? undefined : { release: enter(situation, "Pending"), reason: "ReleaseStarted" };
};
