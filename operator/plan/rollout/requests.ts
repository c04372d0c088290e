import type { ConditionReason } from "../../api/conditions.ts";
import type { RequestAction, RequestOutcome, UserRequest } from "../../api/requests.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { nextStep } from "./canary.ts";
import { contractOf, needsOldSchema } from "./contract.ts";
import { finish } from "./finish.ts";
import { findFailure } from "./has-failed.ts";
import { isCandidateReady } from "./is-rolled-out.ts";
import type { RolloutObservation } from "./observation.ts";
import { promoteCandidate } from "./promoting.ts";
import { candidateReplicas } from "./replicas.ts";
import { rollBackTo } from "./rollback-request.ts";
import { quarantineCandidate } from "./rolling-back.ts";
import { change, isFirst, isQuarantined, type Answer, type Situation, type Step } from "./rule.ts";
import { startAgain } from "./start-release.ts";

/** A request, and what became of it. */
export interface Handled {
  readonly action: RequestAction;
  readonly id: string;
  readonly outcome: RequestOutcome;
  readonly message?: string;
}

type Handler = (situation: Situation, request: UserRequest) => Answer;

const handlers: Readonly<Record<RequestAction, Handler>> = {
  promote,
  "promote-full": promoteFull,
  abort,
  retry,
  rollback: rollBackTo,
  pause,
  resume,
  "skip-step": skipStep,
  "override-freeze": overrideFreeze,
  "override-contract": overrideContract,
};

/** What stops a release. Requests have no time: who asks for both wants it to stop. */
const stopping: readonly RequestAction[] = ["abort", "pause", "rollback"];
/** What carries a release on. */
const carryingOn: readonly RequestAction[] = ["promote", "promote-full", "resume", "skip-step"];

/** The first request that nobody has answered yet, those that stop a release before all others; the rest waits for the next look. */
export function nextRequest(seen: Pick<RolloutObservation, "requests" | "status">): UserRequest | undefined {
  const open = openRequests(seen);
  return stopping.map((stop) => open.find(({ action }) => action === stop)).find((found) => found !== undefined) ?? open[0];
}

function openRequests({ requests, status }: Pick<RolloutObservation, "requests" | "status">): readonly UserRequest[] {
  return requests.filter(({ action, id }) => !status.requests?.some((handled) => handled.action === action && handled.id === id));
}

/**
 * Answers a request: once, for its id is remembered with the outcome. One that stops the release answers those that would carry it on too:
 * they were made before anybody could know of it.
 */
export function answer(situation: Situation, request: UserRequest): { readonly step: Step; readonly handled: readonly Handled[] } {
  const { action, id } = request;
  const found = situation.seen.suspended ? "the app is suspended: set spec.suspend to false first" : handlers[action](situation, request);
  if (typeof found === "string") {
    const step: Step = { release: situation.release, reason: "RequestRefused" };
    return { step, handled: [{ action, id, outcome: "refused", message: found }] };
  }
  const overruled = stopping.includes(action) ? openRequests(situation.seen).filter((other) => carryingOn.includes(other.action)) : [];
  const message = `the ${action} request ${id} was made too, and comes first: ask again if the release is to go on`;
  const refused = overruled.map((other): Handled => ({ action: other.action, id: other.id, outcome: "refused", message }));
  return { step: found, handled: [{ action, id, outcome: "done" }, ...refused] };
}

const nothing = "no release is under way";

function promote(situation: Situation): Answer {
  const { release, seen } = situation;
  switch (release.phase) {
    case "Canary":
    case "Preview": {
      const obstacle = obstacleOf(situation);
      if (obstacle !== undefined) return obstacle;
      return asked(release.phase === "Canary" ? nextStep(situation) : promoteCandidate(situation), "PromotionRequested");
    }
    case "Promoting":
      return "it is being promoted already";
    case "Baking":
      if (isFailing(situation)) return "the analysis has failed it: it rolls back";
      return asked(finish(situation), "PromotionRequested");
    case "Pending":
      return seen.freeze
        ? "a freeze holds it: use the override-freeze request"
        : "it has not begun: use the promote-full request to skip its steps";
    default:
      return refuseLate(situation);
  }
}

function obstacleOf(situation: Situation): string | undefined {
  const { release, seen } = situation;
  if (isFailing(situation)) return "the analysis has failed it: it rolls back";
  if (!isCandidateReady({ release, seen }, candidateReplicas(release, seen))) return "the pods of the candidate are not ready yet";
  return undefined;
}

function isFailing(situation: Situation): boolean {
  return findFailure(situation)?.reason === "AnalysisFailed";
}

function promoteFull(situation: Situation): Answer {
  const { release } = situation;
  if (isFailing(situation)) return "the analysis has failed it: it rolls back";
  switch (release.phase) {
    case "Pending":
    case "Migrating": {
      const frozen = release.pause?.reason === "Frozen" ? release.pause : undefined;
      return { release: change(release, { skipSteps: true, pause: frozen }), reason: "PromotionRequested" };
    }
    case "Canary":
    case "Preview":
      return asked(promoteCandidate({ ...situation, release: change(release, { skipSteps: true }) }), "PromotionRequested");
    case "Baking":
      return asked(finish(situation), "PromotionRequested");
    default:
      return refuseLate(situation);
  }
}

/** A request to promote that comes when there is nothing to promote, or no longer. */
function refuseLate({ release, quarantined, seen }: Situation): string {
  const givenUp = quarantined.find((entry) => entry.release === (release.candidate ?? seen.desired));
  if (givenUp === undefined) return `nothing waits for it in phase ${release.phase}`;
  return `release ${givenUp.release} was given up: ${givenUp.reason}; use the retry request to start it again`;
}

function asked(step: Step, reason: ConditionReason): Step {
  return { ...step, reason };
}

function abort(situation: Situation, { id }: UserRequest): Answer {
  const { release } = situation;
  if (isFirst(situation)) return "there is no release to return to";
  if (release.candidate === undefined || release.phase === "RollingBack") return nothing;
  return quarantineCandidate(situation, { reason: "AbortRequested", message: `aborted by request ${id}` });
}

function retry(situation: Situation): Answer {
  const { release, quarantined, seen } = situation;
  if (isFirst(situation) && release.phase === "Failed") return { release: startAgain(situation), reason: "RetryRequested" };
  if (!isQuarantined(situation, seen.desired)) return retryContract(situation) ?? `release ${seen.desired} of the spec is not quarantined`;
  return { release, quarantined: quarantined.filter((entry) => entry.release !== seen.desired), reason: "RetryRequested" };
}

/** A contract migration is tried again when what is left of the failed try is gone. */
function retryContract({ release, seen }: Situation): Step | undefined {
  const contract = contractOf(release);
  if (contract?.state !== "Failed" || seen.contract === undefined || release.candidate !== undefined) return undefined;
  return { release: change(release, { contract: { ...contract, state: "Waiting", at: seen.now } }), reason: "RetryRequested" };
}

const pausable: ReadonlySet<ReleaseStatus["phase"]> = new Set(["Pending", "Migrating", "Canary", "Preview", "Baking"]);

function pause({ release, seen }: Situation): Answer {
  if (release.candidate === undefined) return nothing;
  if (!pausable.has(release.phase)) return `pods are being replaced in phase ${release.phase}: use the abort request to go back`;
  return { release: change(release, { pause: { reason: "Manual", since: seen.now } }), reason: "ReleasePaused" };
}

function resume(situation: Situation): Answer {
  const { release, seen } = situation;
  switch (release.pause?.reason) {
    case undefined:
      return "nothing is paused";
    case "Frozen":
      return "a freeze holds it: use the override-freeze request";
    case "Step":
      return promote(situation);
    case "Inconclusive":
      // Another round: the limit counts again from now.
      return { release: change(release, { pause: undefined, inconclusiveSince: seen.now }), reason: "ReleaseResumed" };
    case "Manual":
      return { release: change(release, { pause: undefined }), reason: "ReleaseResumed" };
  }
}

function skipStep(situation: Situation): Answer {
  if (situation.release.phase !== "Canary") return `there is no step to skip in phase ${situation.release.phase}`;
  const found = promote(situation);
  return typeof found === "string" ? found : asked(found, "StepSkipped");
}

function overrideContract({ release }: Situation): Answer {
  const { contract, candidate, phase } = release;
  if (!contract || phase !== "Pending" || !needsOldSchema(release, candidate)) return "no contract migration holds a release";
  const olderReleases = contract.olderReleases?.filter((id) => id !== candidate) ?? [];
  return { release: change(release, { contract: { ...contract, olderReleases } }), reason: "ContractOverridden" };
}

function overrideFreeze({ release, seen }: Situation): Answer {
  if (release.phase !== "Pending" || !seen.freeze) return "no freeze holds a release";
  const kept = release.pause?.reason === "Frozen" ? undefined : release.pause;
  return { release: change(release, { pause: kept }), reason: "ReleaseResumed" };
}
