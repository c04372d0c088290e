import type { LiveObject } from "../observe/snapshot.ts";
import { readPodRestarts, type PodRestarts } from "./pod-restarts.ts";

/** What restarts are judged by. */
export interface RestartsInput {
  /** Pods of the candidate, and of the release that it is compared with; ended and terminating ones may be among them. */
  readonly candidate: readonly LiveObject[];
  readonly stable: readonly LiveObject[];
  /** The moment, ISO 8601. */
  readonly now: string;
  /** When the step began, ISO 8601: what ended before does not count. Default: everything that the pods show counts. */
  readonly since?: string | undefined;
  /** Whether containers that the user added beside the app count. */
  readonly sidecars: "judge" | "ignore";
  /** Percent of the candidate's pods that may have restarted once, 0 to 100; a single pod always may. 100: single restarts never fail. */
  readonly maxRestartedPodsPercent: number;
}

/** What the restarts of a candidate mean, with the figures of both releases. */
export interface RestartsJudgement {
  readonly result: "pass" | "fail";
  /** What it is that fails, or what stable suffers too; absent where nothing is wrong. */
  readonly cause?: RestartCause;
  /** A clause for a tired operator. */
  readonly message: string;
  /** The pod that the message names. */
  readonly pod?: string;
  /** Pods that show the cause; without a cause: pods that restarted since the step began. */
  readonly candidateRestarted: number;
  readonly candidatePods: number;
  readonly stableRestarted: number;
  readonly stablePods: number;
}

/** In the order of certainty. */
export type RestartCause = "outOfMemory" | "crashLoop" | "restarts";

/** Seconds within which an outage reaches all pods: probes of two pods do not fail in the same second. */
const spreadSeconds = 60;
/** One pod is never a share: its node may be the cause. */
const fewestRestarted = 2;

interface Check {
  readonly cause: RestartCause;
  /** The pods of the candidate that show the cause. */
  readonly affected: readonly PodRestarts[];
  /** Whether so many are too many, whatever stable does. */
  readonly tooMany: boolean;
  /** The moments (milliseconds) at which a pod suffered from the cause. */
  readonly momentsOf: (pod: PodRestarts) => readonly number[];
}

/**
 * Judges restarts relative to stable, like errors: a database that fails, and makes the liveness probes of both releases fail, says
 * nothing of the candidate. A crash loop or an OOM kill of one pod fails the candidate, and so do single restarts of too large a share of
 * its pods; unless at least as large a share of the stable pods suffered the same in the same time.
 */
export function judgeRestarts(input: RestartsInput): RestartsJudgement {
  const pods = (of: readonly LiveObject[]) => of.flatMap((pod) => readPodRestarts(pod, input) ?? []);
  const [candidate, stable] = [pods(input.candidate), pods(input.stable)];
  const found = checksOf(candidate, input)
    .filter(({ tooMany }) => tooMany)
    .map((check) => compare(check, candidate, stable));
  return found.find(({ result }) => result === "fail") ?? found[0] ?? describeCalm(candidate, stable);
}

function checksOf(candidate: readonly PodRestarts[], { now, maxRestartedPodsPercent }: RestartsInput): readonly Check[] {
  const [outOfMemory, crashLoop] = [candidate.filter(({ oomKills }) => oomKills.length > 0), candidate.filter(({ loops }) => loops)];
  // A younger restart waits: the stable pods may be about to follow.
  const before = Date.parse(now) - spreadSeconds * 1000;
  const restarted = candidate.filter(({ ends }) => ends.some((end) => end <= before));
  const isLargeShare = restarted.length >= fewestRestarted && restarted.length * 100 > maxRestartedPodsPercent * candidate.length;
  return [
    { cause: "outOfMemory", affected: outOfMemory, tooMany: outOfMemory.length > 0, momentsOf: ({ oomKills }) => oomKills },
    { cause: "crashLoop", affected: crashLoop, tooMany: crashLoop.length > 0, momentsOf: ({ ends }) => ends },
    { cause: "restarts", affected: restarted, tooMany: isLargeShare, momentsOf: ({ ends }) => ends },
  ];
}

/**
 * For a crash loop, stable pods that restarted once are enough: the second restart of all pods does not come in the same second. But it
 * must be in the same time: restarts of an outage that is long over excuse nothing.
 */
function compare(
  { cause, affected, momentsOf }: Check,
  candidate: readonly PodRestarts[],
  stable: readonly PodRestarts[],
): RestartsJudgement {
  const began = Math.min(...affected.flatMap(momentsOf)) - spreadSeconds * 1000;
  const isSame = (pod: PodRestarts) => (cause !== "outOfMemory" && pod.isWaiting) || momentsOf(pod).some((moment) => moment >= began);
  const suffering = stable.filter(isSame).length;
  const isShared = suffering > 0 && suffering * candidate.length >= affected.length * stable.length;
  const figures = {
    candidateRestarted: affected.length,
    candidatePods: candidate.length,
    stableRestarted: suffering,
    stablePods: stable.length,
  };
  const worst = affected.toSorted((one, other) => other.restarts - one.restarts)[0];
  const what = worst === undefined ? "" : describe(cause, worst);
  const others = stable.length === 0 ? "" : `, ${suffering} of ${quantify(stable.length, "stable pod")}`;
  const beside = `${affected.length} of ${quantify(candidate.length, "candidate pod")}${others}`;
  const message = isShared ? `${what}, but stable pods suffer the same (${beside})` : `${what} (${beside})${remedyOf(cause, worst)}`;
  return { result: isShared ? "pass" : "fail", cause, message, ...(worst && { pod: worst.pod }), ...figures };
}

function describe(cause: RestartCause, { where, why, restarts }: PodRestarts): string {
  switch (cause) {
    case "outOfMemory":
      return `${where} was killed for its memory`;
    case "crashLoop":
      return `${where} ends again and again: ${why}, ${quantify(restarts, "restart")}`;
    case "restarts":
      return `${where} restarted: ${why}`;
  }
}

function remedyOf(cause: RestartCause, worst: PodRestarts | undefined): string {
  if (cause === "outOfMemory") return ": raise its memory limit, or find the leak";
  const logs = "read its log with kubectl logs --previous";
  return worst?.wasKilled === true ? `: see why with kubectl describe pod, and ${logs}` : `: ${logs}`;
}

function describeCalm(candidate: readonly PodRestarts[], stable: readonly PodRestarts[]): RestartsJudgement {
  const [restarted, beside] = [candidate, stable].map((pods) => pods.filter(({ restarts }) => restarts > 0));
  const [first] = restarted ?? [];
  const count = restarted?.length ?? 0;
  const message =
    first === undefined
      ? `none of ${quantify(candidate.length, "pod")} restarted`
      : `${count} of ${quantify(candidate.length, "pod")} restarted (${first.where}: ${first.why})`;
  return {
    result: "pass",
    message,
    candidateRestarted: count,
    candidatePods: candidate.length,
    stableRestarted: beside?.length ?? 0,
    stablePods: stable.length,
  };
}

function quantify(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
