import type { ContractStatus, ReleaseStatus } from "../../api/status.ts";
import { isRolledOut } from "./is-rolled-out.ts";
import type { RolloutObservation } from "./observation.ts";
import { change, isQuarantined, type Rule, type Situation } from "./rule.ts";

/** Releases that are remembered as needing an older schema. */
const mostOlder = 50;

/**
 * Nothing is under way and no rollback may come any more: the contract migration of the stable release begins. From this moment on
 * nothing returns to a release before it.
 */
export const startContract: Rule = (situation) => {
  const { release, seen } = situation;
  const { stable, contract } = release;
  if (stable === undefined || seen.contract === undefined || holdsContract(situation) !== undefined) return undefined;
  const olderReleases = [...new Set([...(contract?.olderReleases ?? []), ...seen.contract.older])].filter((id) => id !== stable);
  const begun: ContractStatus = { release: stable, state: "Running", at: seen.now, olderReleases: olderReleases.slice(-mostOlder) };
  return { release: change(release, { contract: begun }), reason: "ContractRunning" };
};

/** Why the contract migration of the stable release does not begin now, in words; undefined where it may. */
export function holdsContract(situation: Situation): string | undefined {
  const { release, seen } = situation;
  const known = contractOf(release);
  if (seen.contract === undefined) return "the release has none";
  if (known !== undefined && known.state !== "Waiting") return "it has begun";
  if (release.candidate !== undefined || release.phase !== "Stable" || seen.desired !== release.stable) return "a release is under way";
  if (isQuarantined(situation, seen.desired)) return "the release of the spec is quarantined";
  // Its Job without our word of it: the status was lost.
  if (known === undefined && seen.contract.job.state !== "pending") return undefined;
  return holdsYet(situation);
}

function holdsYet(situation: Situation): string | undefined {
  const { release, seen } = situation;
  const { contract, freeze, blocked, otherMigration } = seen;
  const due = contractDue(situation);
  if (due !== undefined && due > Date.parse(seen.now)) return `its time is ${new Date(due).toISOString().slice(0, 19)}Z`;
  if (seen.suspended) return "the app is suspended";
  if (freeze) return `a freeze holds it: ${freeze.message}`;
  if (blocked !== undefined) return blocked;
  if (contract?.job.state === "failed" || otherMigration) return "another migration has to end first";
  if (!isRolledOut(situation, release.stable)) return "the pods of the release have to be ready";
  return contract?.othersRun === true ? "pods of another release have to end first" : undefined;
}

/** When the contract migration of the stable release is due by the clock; undefined where that is over or was asked for. */
export function contractDue({ release, seen }: Pick<Situation, "release" | "seen">): number | undefined {
  const since = release.stableSince ?? release.phaseStartedAt;
  if (seen.contract === undefined || since === undefined || contractOf(release) !== undefined) return undefined;
  return Date.parse(since) + seen.contract.afterSeconds * 1000;
}

/** The release with what became of its contract migration. */
export function noteContract({ release, seen }: Pick<Situation, "release" | "seen">): ReleaseStatus {
  const contract = contractOf(release);
  if (contract?.state !== "Running") return release;
  // A release whose stored form was deleted has no Job any more, and must not hold the next one for ever.
  const state = seen.contract?.job.state ?? "failed";
  if (state === "done") return change(release, { contract: { ...contract, state: "Succeeded", at: seen.now } });
  const fails = state === "failed" || (state === "pending" && isRefusedForLong({ release, seen }));
  return fails ? change(release, { contract: { ...contract, state: "Failed", at: seen.now } }) : release;
}

/** Since when the Job of a contract migration that has begun is refused; undefined where it is not. ISO 8601. */
export function contractRefusedSince({ release, seen }: Pick<Situation, "release" | "seen">): string | undefined {
  if (contractOf(release)?.state !== "Running" || seen.contract?.job.state !== "pending") return undefined;
  const role = "migration/contract-job";
  return seen.refusals?.find((refusal) => refusal.role === role || refusal.holdsBack?.includes(role))?.since;
}

/** A Job that the API server does not take must not hold the next release for ever. */
function isRefusedForLong({ release, seen }: Pick<Situation, "release" | "seen">): boolean {
  const since = contractRefusedSince({ release, seen });
  return since !== undefined && Date.parse(seen.now) - Date.parse(since) >= seen.rollout.progressDeadlineSeconds * 1000;
}

/** The contract migration of the stable release, where it has begun. */
export function contractOf({ contract, stable }: ReleaseStatus): ContractStatus | undefined {
  return contract !== undefined && contract.release === stable ? contract : undefined;
}

/** Whether a release needs what a contract migration has removed. */
export function needsOldSchema({ contract }: ReleaseStatus, release: string | undefined): boolean {
  return release !== undefined && contract?.olderReleases?.includes(release) === true;
}

/** Why nothing may return to a release, in words. */
export function refuseReturn({ release, seen }: Pick<Situation, "release" | "seen">, target: string): string | undefined {
  const { contract } = release;
  if (needsOldSchema(release, target)) {
    return `release ${target} needs the schema that the contract migration of release ${contract?.release} has changed since ${contract?.at}: change the spec (fix forward)`;
  }
  if (contractOf(release)?.state !== "Running") return undefined;
  return `the contract migration of release ${contract?.release} runs${jobOf(seen)}: ask again when it has ended`;
}

function jobOf({ contract }: RolloutObservation): string {
  return contract && "job" in contract.job ? ` (Job ${contract.job.job})` : "";
}

/** What the contract migration of the stable release means for who looks at it; empty where there is nothing to report. */
export function describeContract({ release, seen }: Pick<Situation, "release" | "seen">): string {
  switch (contractOf(release)?.state) {
    case "Running":
      return `; its contract migration runs${jobOf(seen)}`;
    case "Failed":
      return `; its contract migration failed${jobOf(seen)}: see the condition Contracted`;
    default:
      return "";
  }
}
