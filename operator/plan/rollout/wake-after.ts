import { stepOf, watchedSince } from "./canary-steps.ts";
import { contractDue, contractRefusedSince } from "./contract.ts";
import { inconclusiveSeconds } from "./inconclusive.ts";
import { refusedSince } from "./refused.ts";
import { ANALYZED_AT_LAG_SECONDS } from "./note-progress.ts";
import type { Situation } from "./rule.ts";

/** Seconds until it is looked again whether workers and schedules rest: a lost node and a deadline send no event. */
const restSeconds = 5;

/** Milliseconds until time alone may change the decision; undefined where only an event can. */
export function wakeAfter(situation: Situation): number | undefined {
  const now = Date.parse(situation.seen.now);
  const ahead = momentsOf(situation).filter((moment) => moment > now);
  // Moments are judged in whole seconds: one too early would only look twice.
  return ahead.length === 0 ? undefined : Math.max(1000, Math.min(...ahead) - now);
}

function momentsOf({ seen, release }: Situation): readonly number[] {
  const { rollout } = seen;
  const { analysis } = rollout.canary;
  const silence = Math.max(3 * analysis.intervalSeconds, 30) + 1;
  const isCanary = release.phase === "Canary";
  const watched = watchedSince(release);
  const isPreview = release.phase === "Preview";
  return [
    ...migrationMoments({ seen, release }),
    after(release.unreadySince, rollout.progressDeadlineSeconds + 1),
    after(refusedSince({ seen, release }), rollout.progressDeadlineSeconds),
    ...contractMoments({ seen, release }),
    after(isCanary ? release.stepStartedAt : undefined, stepOf(release, seen)?.pauseSeconds),
    after(watched && release.inconclusiveSince, inconclusiveSeconds({ seen })),
    after(isCanary || isPreview ? release.stepStartedAt : undefined, inconclusiveSeconds({ seen })),
    after(watched, silence),
    after(watched && release.analyzedAt, seen.analysis ? silence : silence + ANALYZED_AT_LAG_SECONDS),
    after(isPreview ? release.stepStartedAt : undefined, rollout.blueGreen.autoPromotionSeconds),
    after(
      release.phase === "Promoting" && release.step === 0 ? release.phaseStartedAt : undefined,
      rollout.blueGreen.scaleDownDelaySeconds,
    ),
    after(release.phase === "Baking" ? release.phaseStartedAt : undefined, rollout.bakeSeconds),
  ].filter((moment) => moment !== undefined);
}

function contractMoments({ seen, release }: Pick<Situation, "seen" | "release">): readonly (number | undefined)[] {
  return [after(contractRefusedSince({ seen, release }), seen.rollout.progressDeadlineSeconds)];
}

function migrationMoments({ seen, release }: Pick<Situation, "seen" | "release">): readonly (number | undefined)[] {
  const due = release.phase === "Stable" ? contractDue({ release, seen }) : undefined;
  return [
    after(release.phase === "Migrating" && seen.notQuiesced !== undefined ? seen.now : undefined, restSeconds),
    after(release.phase === "Pending" || due !== undefined ? seen.freeze?.until : undefined, 0),
    due,
  ];
}

function after(moment: string | undefined, seconds: number | undefined): number | undefined {
  return moment === undefined || seconds === undefined ? undefined : Date.parse(moment) + seconds * 1000;
}
