import { evaluate } from "../analysis/evaluate.ts";
import { judgeRestarts, type RestartsJudgement } from "../analysis/restarts.ts";
import type { CheckVerdict, Verdict } from "../analysis/verdict.ts";
import type { MeasuredSnapshot } from "../analysis/measured-snapshot.ts";
import { webPods } from "../observe/web-pods.ts";
import { restartsSince } from "./canary-steps.ts";
import { servesUsers, trialOf } from "./trial.ts";

/** What is known of the release on trial; undefined where none is, or nothing of it was measured yet. */
export function evaluateCandidate(snapshot: MeasuredSnapshot): Verdict | undefined {
  const { evidence, app, status, pods, now } = snapshot;
  const release = status?.release;
  const trial = trialOf(app.spec.rollout, release);
  if (release?.candidate === undefined || trial === undefined || evidence === undefined || evidence.trial !== trial.id) return undefined;
  const { config } = trial;
  const { maxRestartedPodsPercent, sidecars } = config;
  const restarts = judgeRestarts({
    ...webPods(pods, release.candidate),
    now,
    since: restartsSince(release),
    sidecars,
    maxRestartedPodsPercent,
  });
  return evaluate({ evidence, config, restarts: restartChecks(restarts), servesUsers: servesUsers(release) });
}

/** The restarts as two checks, because a limit of memory is another remedy than a log. */
function restartChecks(judgement: RestartsJudgement): readonly CheckVerdict[] {
  const { cause, result, message, candidateRestarted } = judgement;
  const isOutOfMemory = cause === "outOfMemory";
  const calm: Pick<CheckVerdict, "result" | "message"> = { result: "pass", message: "no container ran out of memory" };
  return [
    { name: "restarts", value: candidateRestarted, ...(isOutOfMemory ? { result: "pass", message: "see oomKills" } : { result, message }) },
    { name: "oomKills", value: isOutOfMemory ? candidateRestarted : 0, limit: 0, ...(isOutOfMemory ? { result, message } : calm) },
  ];
}
