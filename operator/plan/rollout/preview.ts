import { mayProceed } from "./inconclusive.ts";
import { promoteCandidate } from "./promoting.ts";
import { change, secondsSince, stay, type Rule } from "./rule.ts";

/** The complete candidate is watched behind the preview Service. It has no users there, so its traffic is not judged, but all else is. */
export const watchPreview: Rule = (situation) => {
  const { release, seen } = situation;
  const { autoPromotion, autoPromotionSeconds } = seen.rollout.blueGreen;
  if (release.stepStartedAt === undefined || release.unreadySince !== undefined || release.pause) return stay(situation, "PreviewRunning");
  if (!autoPromotion) return { release: change(release, { pause: { reason: "Step", since: seen.now } }), reason: "AwaitingPromotion" };
  const early = secondsSince(situation, release.stepStartedAt) < autoPromotionSeconds;
  return early || !mayProceed(situation) ? stay(situation, "PreviewRunning") : promoteCandidate(situation);
};
