import { finish } from "./finish.ts";
import { mayEnd } from "./inconclusive.ts";
import { recordProven } from "./record-proven.ts";
import { secondsSince, stay, type Rule } from "./rule.ts";

/** The bake time is over; figures that are missing hold nothing up, for all users have the candidate already. */
export const finishBake: Rule = (situation) => {
  const { release, seen } = situation;
  const over = secondsSince(situation, release.phaseStartedAt) >= seen.rollout.bakeSeconds;
  const healthy = release.unreadySince === undefined && mayEnd(situation);
  return over && healthy ? finish({ ...situation, release: recordProven(situation) }) : stay(situation, "ReleaseBaking");
};
