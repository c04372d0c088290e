import { COMPONENT_LABEL, TRACK_LABEL } from "../../api/labels.ts";
import { requestsOf } from "../../api/requests.ts";
import { migrationName, webCanaryName, webName, workerName } from "../../resources/names.ts";
import { floorOf, runningReplicas } from "../../resources/scaling/replicas.ts";
import { judgeMigration, releaseOf, type Migration } from "../observe/migration.ts";
import { findNotQuiesced } from "../observe/quiesce.ts";
import { readString, read } from "../../base/read.ts";
import type { MeasuredSnapshot } from "../analysis/measured-snapshot.ts";
import { findOwned, type LiveObject, type Snapshot } from "../observe/snapshot.ts";
import { findUnfinishedMigration } from "../observe/unfinished-migration.ts";
import { restartsSince } from "./canary-steps.ts";
import { observeDeployment, type DeploymentSettings } from "./deployment-health.ts";
import { evaluateCandidate } from "./evaluate-candidate.ts";
import { judgeFreeze } from "./freeze.ts";
import type { DeploymentHealth, RolloutObservation } from "./observation.ts";
import { migratingRelease } from "./state.ts";

/** What else is known when a release is looked at. */
export interface ReleaseFacts {
  /** The release that the spec asks for. */
  readonly desired: string;
  /** Stored releases, oldest first. */
  readonly stored: readonly string[];
  /** Names of the worker Deployments that the release which the stable track should come to has; others are on their way out. */
  readonly workers: readonly string[];
  /** Names of the worker Deployments and CronJobs of the stable release, which rest for a migration. */
  readonly idle: readonly string[];
  /** The contract migration of the stable release. */
  readonly contract: RolloutObservation["contract"];
  /** Why the desired release cannot start. */
  readonly blocked: string | undefined;
}

/** Everything that the rollout's rules look at, out of a snapshot. */
export function observeRollout(
  snapshot: MeasuredSnapshot,
  { desired, stored, workers, idle, contract, blocked }: ReleaseFacts,
): RolloutObservation {
  const { app, now, pods } = snapshot;
  const { name } = app.metadata;
  const { release, quarantined, requests } = snapshot.status ?? {};
  const status = { ...(release && { release }), ...(quarantined && { quarantined }), ...(requests && { requests }) };
  const web = findOwned(snapshot, "Deployment", webName(name));
  const candidate = findOwned(snapshot, "Deployment", webCanaryName(name));
  const migrating = migratingRelease({ status, desired });
  const quiesce = app.spec.migration?.quiesce === true;
  const { analysis } = app.spec.rollout.canary;
  const restarts: DeploymentSettings["restarts"] = { now, since: release && restartsSince(release), sidecars: analysis.sidecars };
  const stableWeb = observeDeployment(web, pods, { floor: app.spec.suspend ? 0 : floorOf(app.spec.web), restarts, context: snapshot });
  const candidateWeb = observeDeployment(candidate, pods, { restarts, context: snapshot });
  return {
    now,
    desired,
    rollout: app.spec.rollout,
    status,
    running: releaseOf(web),
    migration: observeMigration(snapshot, migrating),
    otherMigration: findUnfinishedMigration(snapshot, migrationName(name, migrating)),
    quiesce,
    notQuiesced: quiesce ? findNotQuiesced(snapshot, { names: idle, since: quiescedSince(status.release) }) : undefined,
    contract,
    blocked,
    refusals: snapshot.status?.refusals,
    suspended: app.spec.suspend,
    hasGateway: app.spec.routing?.gateway !== undefined,
    requests: requestsOf(app.metadata.annotations),
    freeze: judgeFreeze(app.spec.rollout.freeze, now),
    scale: scaleOf(snapshot),
    stableWeb,
    candidateWeb,
    orphans: candidate ? 0 : pods.filter(servesAsCanary).length,
    workers: observeWorkers(snapshot, workers, restarts),
    analysis: evaluateCandidate(snapshot),
    stored,
  };
}

function servesAsCanary({ metadata, status }: LiveObject): boolean {
  return metadata.labels?.[TRACK_LABEL] === "canary" && metadata.deletionTimestamp === undefined && read(status, "phase") === "Running";
}

function quiescedSince(release: RolloutObservation["status"]["release"]): string | undefined {
  return release?.phase === "Migrating" ? release.phaseStartedAt : undefined;
}

/** Where the migration of a release stands. */
export function observeMigration(snapshot: Snapshot, release: string): Migration {
  const { name } = snapshot.app.metadata;
  return judgeMigration(snapshot, release, { job: migrationName(name, release), web: webName(name) });
}

function scaleOf({ app }: Snapshot): RolloutObservation["scale"] {
  const replicas = runningReplicas(app.spec.web);
  return "fixed" in replicas ? { min: replicas.fixed, max: replicas.fixed } : replicas.autoscaled;
}

/**
 * Workers that the release does not have never come to carry it, so nothing waits for them. Of those that it has, but the spec does not,
 * as after a rollback, what they ask for is enough.
 */
function observeWorkers(
  snapshot: Snapshot,
  wanted: readonly string[],
  restarts: DeploymentSettings["restarts"],
): readonly DeploymentHealth[] {
  const { name } = snapshot.app.metadata;
  const floors = new Map(snapshot.app.spec.workers.map((worker) => [workerName(name, worker.name), floorOf(worker)]));
  return snapshot.owned
    .filter(({ kind, metadata }) => kind === "Deployment" && isWorker(metadata.labels) && wanted.includes(metadata.name))
    .flatMap(
      (deployment) =>
        observeDeployment(deployment, snapshot.pods, { floor: floors.get(deployment.metadata.name), restarts, context: snapshot }) ?? [],
    );
}

function isWorker(labels: unknown): boolean {
  return readString(read(labels, COMPONENT_LABEL))?.startsWith("worker-") === true;
}
