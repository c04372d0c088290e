import type { ReleaseStatus } from "../../api/status.ts";
import type { RouterTracks } from "../../resources/render-releases.ts";
import type { RolloutObservation } from "./observation.ts";
import { contractOf } from "./contract.ts";
import { candidateReplicas, podsBeforeEnd } from "./replicas.ts";
import { routerTracks } from "./router.ts";

/** Which release every part of the app should run now. */
export interface Tracks {
  /** Of the stable web Deployment, the workers and the schedules; undefined: nothing of it may run yet. */
  readonly stable: string | undefined;
  /**
   * The floor of the stable web track while the candidate's own pods are about to go: the autoscaler's minReplicas must be raised to it
   * too, or else it would take back what the operator scales up.
   */
  readonly stableAtLeast?: number;
  /** The candidate's own web Deployment; without it, it must not exist. */
  readonly candidate?: { readonly release: string; readonly weight: number; readonly replicas: number };
  /** The only release whose pods the Service selects; without it, it selects all web pods of the app. */
  readonly serviceRelease?: string;
  /** How a Gateway reaches the pods; without it, the web Service is the only way, and reaches both tracks. */
  readonly router?: RouterTracks;
  /** The release whose migration Job must exist now. */
  readonly migrate?: string;
  /** The release whose failed migration Job must be deleted. */
  readonly discardMigration?: string;
  /** The Job of a superseded release whose migration has not begun, and never should. */
  readonly discardJob?: string;
  /** The release whose contract migration Job must exist now. */
  readonly contract?: string;
  /** The release whose failed contract migration Job must be deleted. */
  readonly discardContract?: string;
  /** Workers and schedules rest while a migration is about to run or runs. */
  readonly resting?: true;
}

/** The tracks of a release as persisted; a crash of the operator anywhere is mended by driving them again. */
export function tracksOf(release: ReleaseStatus, seen: RolloutObservation): Tracks {
  const service = serviceRelease(release, seen);
  const candidate = ownCandidate(release);
  const router = routerTracks(release, seen);
  const stableAtLeast = podsBeforeEnd(release, seen);
  return {
    stable: stableTrack(release),
    ...(stableAtLeast !== undefined && { stableAtLeast }),
    ...(candidate !== undefined && {
      candidate: { release: candidate, weight: release.weight ?? 0, replicas: candidateReplicas(release, seen) },
    }),
    ...(service !== undefined && { serviceRelease: service }),
    ...(router !== undefined && { router }),
    ...(mayMigrate(release, seen) && { migrate: release.candidate }),
    ...(release.phase === "Pending" && seen.migration.state === "failed" && { discardMigration: release.candidate }),
    ...(release.phase === "Pending" && seen.otherMigration?.begun === false && { discardJob: seen.otherMigration.job }),
    ...contractTracks(release, seen),
    ...(isResting(release, seen) && { resting: true }),
  };
}

function contractTracks(release: ReleaseStatus, seen: RolloutObservation): Pick<Tracks, "contract" | "discardContract"> {
  const contract = contractOf(release);
  if (contract?.state === "Running") return { contract: contract.release };
  return contract?.state === "Waiting" && seen.contract?.job.state === "failed" ? { discardContract: contract.release } : {};
}

/** A Job that exists is told again; a new one waits until workers and schedules rest. */
function mayMigrate({ phase, candidate }: ReleaseStatus, { migration, unrested }: RolloutObservation): boolean {
  return phase === "Migrating" && candidate !== undefined && (migration.state !== "pending" || unrested === undefined);
}

/** Also while the migration of a release that is not wanted any more comes to its end. */
function isResting({ phase }: ReleaseStatus, { quiesce, migration, otherMigration }: RolloutObservation): boolean {
  if (quiesce !== true) return false;
  const isAhead = phase === "Migrating" && migration.state === "pending";
  return isAhead || migration.state === "running" || (otherMigration !== undefined && otherMigration.contract !== true);
}

function stableTrack({ stable, candidate, phase, strategy, step }: ReleaseStatus): string | undefined {
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
