import type { UserRequest } from "../../api/requests.ts";
import { refuseReturn } from "./contract.ts";
import { quarantineCandidate, withQuarantined } from "./rolling-back.ts";
import { enter, isFirst, isQuarantined, type Answer, type Situation } from "./rule.ts";

/**
 * Returns to an earlier release without steps. What the spec asks for is quarantined, or else it would be started again at once; so is
 * the candidate that this ends.
 */
export function rollBackTo(situation: Situation, request: UserRequest): Answer {
  const { release, seen } = situation;
  if (isFirst(situation)) return "there is no release to return to";
  const target = request.release ?? defaultTarget(situation);
  if (target === undefined) return "no earlier release is stored";
  if (release.phase === "RollingBack") return `release ${release.stable} is on its way back already`;
  const why = `rolled back to ${target} by request ${request.id}`;
  if (target === release.stable) {
    if (release.candidate === undefined) return `release ${target} is the stable one`;
    return quarantineCandidate(situation, { reason: "RollbackRequested", message: why });
  }
  if (target === release.candidate) return `release ${target} is under way`;
  const refusal = refuseReturn(situation, target);
  if (refusal !== undefined) return refusal;
  if (!seen.stored.includes(target)) return `release ${target} is not stored: rollout.revisionHistory keeps ${seen.stored.join(", ")}`;
  if (isQuarantined(situation, target)) return `release ${target} failed before: ask for another one of ${seen.stored.join(", ")}`;
  const without = target === seen.desired ? situation : { ...situation, quarantined: withQuarantined(situation, seen.desired, why) };
  const quarantined = release.candidate === undefined ? without.quarantined : withQuarantined(without, release.candidate, why);
  const next = enter(situation, "Promoting", {
    candidate: target,
    strategy: "rolling",
    skipSteps: true,
    weight: 100,
    proven: undefined,
    analysis: undefined,
    analyzedAt: undefined,
    startedAt: seen.now,
  });
  return { release: next, quarantined, reason: "RollbackRequested" };
}

/** What was stable before: under way it is the stable release itself, else the newest earlier one that did not fail. */
function defaultTarget(situation: Situation): string | undefined {
  const { release, seen } = situation;
  const { candidate, stable, previous } = release;
  if (candidate !== undefined) return stable;
  if (previous !== undefined && isUsable(situation, previous)) return previous;
  const at = stable === undefined ? -1 : seen.stored.indexOf(stable);
  return seen.stored.slice(0, Math.max(at, 0)).findLast((id) => isUsable(situation, id));
}

function isUsable(situation: Situation, release: string): boolean {
  return situation.seen.stored.includes(release) && !isQuarantined(situation, release);
}
