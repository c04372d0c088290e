import type { ReleaseStatus } from "../../api/status.ts";
import type { Placement } from "../../resources/placement.ts";
import { contractOf } from "./contract.ts";
import type { RolloutObservation } from "./observation.ts";
import { candidateReplicas, podsBeforeEnd } from "./replicas.ts";
import { placeRouter } from "./router.ts";

/** Jobs that must be deleted before what they did is done again, or because it never should be. */
export interface Discards {
  /** The release whose failed migration Job must be deleted. */
  readonly migration?: string;
  /** The Job of a superseded release whose migration has not begun, and never should. */
  readonly job?: string;
  /** The release whose failed contract migration Job must be deleted. */
  readonly contract?: string;
}

/** What runs where for a release as persisted; a crash of the operator anywhere is mended by driving it again. */
export function placementOf(release: ReleaseStatus, seen: RolloutObservation): Placement {
  const service = serviceRelease(release, seen);
  const candidate = ownCandidate(release);
  const router = placeRouter(release, seen);
  const stableAtLeast = podsBeforeEnd(release, seen);
  const contract = contractOf(release);
  return {
    stable: stableRelease(release),
    ...(stableAtLeast !== undefined && { stableAtLeast }),
    ...(candidate !== undefined && { candidate: { release: candidate, replicas: candidateReplicas(release, seen) } }),
    ...(service !== undefined && { serviceRelease: service }),
    ...(router !== undefined && { router }),
    ...(mayMigrate(release, seen) && { migrate: release.candidate }),
    ...(contract?.state === "Running" && { contract: contract.release }),
    ...(isQuiesced(release, seen) && { quiesced: true }),
  };
}

/** Which Jobs are to be deleted for a release as persisted. */
export function discardsOf(release: ReleaseStatus, { migration, otherMigration, contract: seen }: RolloutObservation): Discards {
  const isPending = release.phase === "Pending";
  const contract = contractOf(release);
  return {
    ...(isPending && migration.state === "failed" && { migration: release.candidate }),
    ...(isPending && otherMigration?.begun === false && { job: otherMigration.job }),
    ...(contract?.state === "Waiting" && seen?.job.state === "failed" && { contract: contract.release }),
  };
}

/** A Job that exists is reported again; a new one waits until workers and schedules rest. */
function mayMigrate({ phase, candidate }: ReleaseStatus, { migration, notQuiesced }: RolloutObservation): boolean {
  return phase === "Migrating" && candidate !== undefined && (migration.state !== "pending" || notQuiesced === undefined);
}

/** Also while the migration of a release that is not wanted any more comes to its end. */
function isQuiesced({ phase }: ReleaseStatus, { quiesce, migration, otherMigration }: RolloutObservation): boolean {
  if (quiesce !== true) return false;
  const isAhead = phase === "Migrating" && migration.state === "pending";
  return isAhead || migration.state === "running" || (otherMigration !== undefined && otherMigration.contract !== true);
}

function stableRelease({ stable, candidate, phase, strategy, step }: ReleaseStatus): string | undefined {
  switch (phase) {
    case "RollingOut":
    case "Baking":
      return candidate;
    case "Promoting":
      return strategy === "blueGreen" && step === 0 ? stable : candidate;
    case "Failed":
      // The very first release, whose pods have begun: they go on trying.
      return stable ?? (strategy === undefined ? undefined : candidate);
    default:
      return stable;
  }
}

function ownCandidate({ candidate, phase, step }: ReleaseStatus): string | undefined {
  if (phase === "Canary" || phase === "Preview") return candidate;
  return phase === "Promoting" && step !== undefined ? candidate : undefined;
}

/** One release alone only while every web pod that it needs is there; while pods are replaced one by one, all of them serve. */
function serviceRelease(release: ReleaseStatus, { rollout, stableWeb }: RolloutObservation): string | undefined {
  if ((release.strategy ?? rollout.strategy) !== "blueGreen") return undefined;
  switch (release.phase) {
    case "RollingOut":
      return undefined;
    case "Promoting":
      return release.step === undefined ? undefined : release.candidate;
    case "Baking":
      return release.candidate;
    case "RollingBack":
      return release.step === 0 ? release.stable : undefined;
    case "Preview":
      return release.stable;
    default:
      // A release of another strategy may have been given up half-way, before the spec asked for blue/green.
      return stableWeb === undefined || (stableWeb.release === release.stable && stableWeb.oneRelease) ? release.stable : undefined;
  }
}
