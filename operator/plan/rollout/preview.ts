import { mayProceed } from "./inconclusive.ts";
import { takeOver } from "./promoting.ts";
import { change, secondsSince, stay, type Rule } from "./rule.ts";

/** The complete candidate is watched behind the preview Service. It has no users there, so its traffic is not judged, but all else is. */
export const previewed: Rule = (situation) => {
  const { release, seen } = situation;
  const { autoPromotion, autoPromotionSeconds } = seen.rollout.blueGreen;
  if (release.stepStartedAt === undefined || release.unreadySince !== undefined || release.pause) return stay(situation, "PreviewRunning");
  if (!autoPromotion) return { release: change(release, { pause: { reason: "Step", since: seen.now } }), reason: "AwaitingPromotion" };
  const early = secondsSince(situation, release.stepStartedAt) < autoPromotionSeconds;
  return early || !mayProceed(situation) ? stay(situation, "PreviewRunning") : takeOver(situation);
};

/** The Service has switched; the old pods are kept warm for a while, so that going back is a switch too. */
export const keptWarm: Rule = (situation) => {
  const { release, seen } = situation;
  if (release.strategy !== "blueGreen" || release.step !== 0) return undefined;
  const early = secondsSince(situation, release.phaseStartedAt) < seen.rollout.blueGreen.scaleDownDelaySeconds;
  if (early) return stay(situation, "ReleasePromoting");
  return { release: change(release, { step: 1 }), reason: "ReleasePromoting" };
};
