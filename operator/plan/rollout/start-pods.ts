import { promoteCandidate } from "./promoting.ts";
import { canaryReplicas } from "./replicas.ts";
import { change, enter, isFirst, type Situation, type Step } from "./rule.ts";

/** Pods of the release start, as its strategy asks for it. */
export function startPods(situation: Situation): Step {
  const { seen, release } = situation;
  const strategy = isFirst(situation) ? "rolling" : seen.rollout.strategy;
  const next = { ...situation, release: change(release, { strategy }) };
  if (strategy === "rolling") return { release: enter(next, "RollingOut"), reason: "RollingOut" };
  const users = seen.stableWeb?.desired ?? 0;
  if (release.skipSteps === true || users === 0) return promoteCandidate(next);
  if (strategy === "blueGreen") return { release: enter(next, "Preview", { weight: 0 }), reason: "PreviewRunning" };
  const first = seen.rollout.canary.steps[0];
  if (!first || first.weight >= 100 || canaryReplicas(users, first.weight) === 0) return promoteCandidate(next);
  return { release: enter(next, "Canary", { step: 0, weight: first.weight }), reason: "CanaryRunning" };
}
