import type { ConditionReason } from "../../api/conditions.ts";
import type { DeploymentHealth } from "./observation.ts";
import { secondsSince, type Situation } from "./rule.ts";
import { isEvaluated } from "./state.ts";

/** Why a candidate failed. */
export interface Failure {
  readonly reason: ConditionReason;
  readonly message: string;
}

type Check = (situation: Situation) => Failure | undefined;

/** In the order of certainty: a crash is a fact, a deadline a guess, and figures need many requests. */
const checks: readonly Check[] = [crashed, stuck, late, overLimit];

/** Why the candidate must go back at once, or undefined. */
export function findFailure(situation: Situation): Failure | undefined {
  for (const check of checks) {
    const failure = check(situation);
    if (failure) return failure;
  }
  return undefined;
}

/** The live Deployments that carry the candidate. */
function candidateDeployments({ seen, release }: Situation): readonly DeploymentHealth[] {
  const all = [seen.candidateWeb, seen.stableWeb, ...seen.workers];
  return all.filter((track): track is DeploymentHealth => track !== undefined && track.release === release.candidate);
}

function crashed(situation: Situation): Failure | undefined {
  const crash = candidateDeployments(situation).find((track) => track.crash)?.crash;
  return crash && { reason: crash.reason, message: crash.message };
}

function stuck(situation: Situation): Failure | undefined {
  const track = candidateDeployments(situation).find(({ deadlineExceeded, rolledOut }) => deadlineExceeded && !rolledOut);
  return track && { reason: "ProgressDeadlineExceeded", message: tooLate(situation, track.name, track.trouble) };
}

function late(situation: Situation): Failure | undefined {
  const { release, seen } = situation;
  if (release.unreadySince === undefined) return undefined;
  if (secondsSince(situation, release.unreadySince) <= seen.rollout.progressDeadlineSeconds) return undefined;
  const web = seen.candidateWeb ?? seen.stableWeb;
  return { reason: "ProgressDeadlineExceeded", message: tooLate(situation, web?.name ?? "web", web?.trouble) };
}

function tooLate({ seen }: Situation, name: string, trouble: string | undefined): string {
  const why = trouble ?? "its pods do not become ready";
  return `${name} made no progress within rollout.progressDeadlineSeconds (${seen.rollout.progressDeadlineSeconds}): ${why}`;
}

function overLimit(situation: Situation): Failure | undefined {
  const { analysis } = situation.seen;
  if (analysis?.result !== "fail" || !isEvaluated(situation) || !situation.seen.rollout.canary.analysis.enabled) return undefined;
  const failed = analysis.checks.filter(({ result, dryRun }) => result === "fail" && dryRun !== true);
  return { reason: "AnalysisFailed", message: failed.map(({ message }) => message).join("; ") };
}
