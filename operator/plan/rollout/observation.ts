import type { ConditionReason } from "../../api/conditions.ts";
import type { UserRequest } from "../../api/requests.ts";
import type { Rollout } from "../../api/rollout.ts";
import type { HandledRequest, QuarantinedRelease, Refusal, ReleaseStatus } from "../../api/status.ts";
import type { Verdict } from "../analysis/verdict.ts";
import type { Migration } from "../observe/migration.ts";
import type { UnfinishedMigration } from "../observe/unfinished-migration.ts";

/** Why pods of a release count as broken at once. */
export interface Crash {
  readonly pod: string;
  readonly reason: Extract<ConditionReason, "PodsCrashing" | "ContainerOutOfMemory">;
  readonly message: string;
}

/** How one live Deployment does, whichever release it carries. */
export interface DeploymentHealth {
  /** Name of the Deployment. */
  readonly name: string;
  /** The release that its template carries. */
  readonly release: string | undefined;
  /** Pods that it asks for now. */
  readonly desired: number;
  readonly replicas: number;
  /** Pods of its newest template. */
  readonly updated: number;
  /** Pods that are available, of any template. */
  readonly ready: number;
  /** All pods run its release, ready or not; some may be about to restart because the data of a Secret changed. */
  readonly oneRelease: boolean;
  /** All pods are of its newest template, ready or not. */
  readonly uniform: boolean;
  /** All pods are of its newest template, and enough of them are ready. */
  readonly rolledOut: boolean;
  /** A pod of its newest template crashes. */
  readonly crash: Crash | undefined;
  /** Why a pod of its newest template does not come up, where it says why. */
  readonly trouble: string | undefined;
  /** Its own controller gave up waiting for progress. */
  readonly deadlineExceeded: boolean;
}

/** Whether new releases are held now. */
export interface Freeze {
  /** Which rule holds them, and until when where that is known. */
  readonly message: string;
  /** When it ends, ISO 8601, where that is known. */
  readonly until?: string;
}

/** Everything that a decision on a release may look at, at one moment. */
export interface RolloutObservation {
  /** The moment, ISO 8601. */
  readonly now: string;
  /** The release that the spec asks for. */
  readonly desired: string;
  readonly rollout: Rollout;
  /** As persisted; all that the operator remembers. */
  readonly status: {
    readonly release?: ReleaseStatus;
    readonly quarantined?: readonly QuarantinedRelease[];
    readonly requests?: readonly HandledRequest[];
  };
  /** The release that the template of the live stable web Deployment carries. */
  readonly running: string | undefined;
  /** Of the release `migratingRelease(observation)`. */
  readonly migration: Migration;
  /** The migration of another release that has not ended yet; two never run at once. */
  readonly otherMigration?: UnfinishedMigration | undefined;
  /** `migration.quiesce` */
  readonly quiesce?: boolean;
  /** Which workers and schedules still work, though they should rest for the migration. */
  readonly notQuiesced?: string | undefined;
  /** Why the desired release cannot start, such as a missing Secret. */
  readonly blocked?: string | undefined;
  /** Objects that could not be written or deleted when that was last tried. */
  readonly refusals?: readonly Refusal[] | undefined;
  readonly suspended: boolean;
  /** A Gateway brings the requests from outside, and can share them by weight. */
  readonly hasGateway: boolean;
  /** The requests in the annotations, handled ones included. */
  readonly requests: readonly UserRequest[];
  /** The contract migration of the stable release, where that has one. */
  readonly contract?:
    | {
        readonly afterSeconds: number;
        readonly job: Migration;
        /** Pods of another release still work. */
        readonly othersRun: boolean;
        /** Stored releases that were first seen before the stable one. */
        readonly older: readonly string[];
      }
    | undefined;
  /** Set while new releases are held. */
  readonly freeze?: Freeze | undefined;
  /** The fewest and the most web pods of the stable track; equal where the count is fixed. */
  readonly scale: { readonly min: number; readonly max: number };
  readonly stableWeb: DeploymentHealth | undefined;
  readonly candidateWeb: DeploymentHealth | undefined;
  /** Pods of a candidate's Deployment that is gone, while the garbage collector has not ended them: they serve still. */
  readonly orphans: number;
  /** Every live worker Deployment that is not being deleted. */
  readonly workers: readonly DeploymentHealth[];
  /** What is known of the candidate from all that was measured of it. */
  readonly analysis?: Verdict | undefined;
  /** Releases that are stored and can be returned to, oldest first. */
  readonly stored: readonly string[];
}
