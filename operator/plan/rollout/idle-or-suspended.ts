import { returnToStable } from "./finish.ts";
import { enter, isQuarantined, stay, type Rule } from "./rule.ts";

/** Nothing is under way: the phase only says whether the spec's release is the one that serves. */
export const keepStable: Rule = (situation) => {
  const { release, seen } = situation;
  const phase = isQuarantined(situation, seen.desired) ? "Failed" : "Stable";
  const reason = phase === "Failed" ? "ReleaseQuarantined" : "ReleaseStable";
  return release.phase === phase ? stay(situation, reason) : { release: returnToStable(situation), reason };
};

/** Everything goes to zero; a release under way is given up without blame, and starts anew afterwards. */
export const suspend: Rule = (situation) => {
  const { release } = situation;
  if (release.phase === "Suspended") return stay(situation, "Suspended");
  return { release: enter({ ...situation, release: returnToStable(situation) }, "Suspended"), reason: "Suspended" };
};
