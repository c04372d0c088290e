import { rollBack } from "./rolling-back.ts";
import { enter, type Rule, type Situation } from "./rule.ts";
import { mustReturnFirst, wantedRelease } from "./state.ts";

/** A release that nobody knew yet: it waits in Pending until the ground is clear. */
export const startRelease: Rule = (situation) => ({ release: startAgain(situation), reason: "ReleaseStarted" });

/**
 * The spec changed under way: the candidate is given up without blame, also one that bakes. The release before it is the proven one, so it
 * stays the one to return to, and the one that a new canary is compared with.
 */
export const supersedeCandidate: Rule = (situation) => {
  const { release, seen } = situation;
  if (mustReturnFirst(release, seen)) return { release: rollBack(situation), reason: "ReleaseSuperseded" };
  return { release: startAgain(situation), reason: "ReleaseSuperseded" };
};

/** The wanted release from its very beginning. */
export function startAgain(situation: Situation) {
  return enter(situation, "Pending", {
    candidate: wantedRelease(situation),
    strategy: undefined,
    skipSteps: undefined,
    proven: undefined,
    analysis: undefined,
    analyzedAt: undefined,
    message: undefined,
    startedAt: situation.seen.now,
  });
}
