import type { SideBySide, Visibility } from "../../measurement/measurement.ts";

/** Where the users' traffic cannot be seen. */
export interface BlindSpot {
  /** What was asked and what came back, as a clause. */
  readonly seen: string;
  /** What is wanted, as a clause. */
  readonly wanted: string;
}

/** What is to be done about a candidate that cannot be judged. */
export const WAYS_OUT =
  "correct that, or let the operator ask paths of the app itself (rollout.canary.analysis.probes), or choose what becomes of such releases (rollout.canary.analysis.onInconclusive)";

const TEXT_FORMAT = "metrics in the text format of Prometheus, where web.metrics says that they are";

/** Why the metrics cannot be trusted to show all of the candidate; undefined where they can. */
export function findBlindSpot(visibility: SideBySide<Visibility> | undefined): BlindSpot | undefined {
  if (visibility === undefined) return { seen: "nothing has been measured yet", wanted: TEXT_FORMAT };
  const { problem } = visibility.candidate;
  if (problem !== undefined)
    return { seen: problem, wanted: "a source of metrics that answers: see web.metrics and monitoring.prometheus" };
  if (isStoreShared(visibility)) {
    return {
      seen: "several pods report the same numbers again and again: they share one store of metrics, so nobody can say which release they are of",
      wanted: "metrics of each pod by itself, from its own memory",
    };
  }
  return findSilence(visibility.candidate);
}

/** A store that stable pods share is the candidate's too: the release changes the pods, not the store. */
export function isStoreShared({ candidate, stable }: SideBySide<Visibility>): boolean {
  return candidate.sharedStore || stable.sharedStore;
}

function findSilence({ silent, reporting, undeclared }: Visibility): BlindSpot | undefined {
  const wanted = TEXT_FORMAT;
  const [first, ...others] = silent;
  if (first !== undefined) {
    const more = others.length === 0 ? "" : ` and of ${others.length} more`;
    return { seen: `no metrics of pod ${first.pod}${more}: ${first.reason}`, wanted };
  }
  if (reporting === 0) return { seen: "no metrics from any pod yet", wanted };
  if (!undeclared) return undefined;
  return {
    seen: "pods report metrics, but none of the name that web.metrics has",
    wanted:
      "the name of the app's own histogram or counter of requests in web.metrics; some libraries report it only after the first request",
  };
}
