import { COMPONENT_LABEL } from "../api/labels.ts";
import type { SamplingJob } from "../measurement/sampling-job.ts";
import { ownerReference } from "../resources/metadata.ts";
import { contractName, webName, workerName } from "../resources/names.ts";
import type { Child } from "../resources/children.ts";
import type { RenderContext } from "../resources/context.ts";
import { parseStoredRelease, type StoredRelease } from "../resources/release.ts";
import { isUpkeep } from "../resources/upkeep/upkeep.ts";
import { standsStill } from "../resources/quiesce.ts";
import { refuseToStore, renderReleases, type RenderedReleases } from "../resources/render-releases.ts";
import { fitConnections, liveConnections, type ConnectionFit } from "./connection-fit.ts";
import { findDependencies, type Dependencies } from "./dependencies.ts";
import { withoutImmutable } from "./immutable.ts";
import { releaseOf, type Migration } from "./observe/migration.ts";
import { decideEventSampling, type EventSampling } from "./observe/event-sampling.ts";
import { decidePoolerSampling, type PoolerSampling } from "./observe/pooler-sampling.ts";
import type { Prune } from "./prune.ts";
import { judgeReferences, type ReferenceProblem } from "./references.ts";
import { countConnections, type ConnectionBudget } from "./rollout/connection-budget.ts";
import { holdsContract } from "./rollout/contract.ts";
import { decideDeletionCosts, type DeletionCost } from "./rollout/deletion-costs.ts";
import { decideRelease, type RolloutDecision } from "./rollout/next-step.ts";
import { observeContract } from "./rollout/observe-contract.ts";
import { observeMigration, observeRollout, type ReleaseFacts } from "./rollout/observe-rollout.ts";
import { decideNumber, type Renumbering } from "./history.ts";
import { decidePaces } from "./rollout/pace.ts";
import { decidePrunes } from "./prune-releases.ts";
import { decideSampling } from "./rollout/sampling.ts";
import { decideProbeSampling, type ProbeSampling } from "./observe/probe-sampling.ts";
import { decideGaugeSampling, type GaugeSampling } from "./observe/worker-gauges.ts";
import { decideQueueSampling, type QueueSampling } from "./observe/worker-queues.ts";
import { decideBounds, withBounds, withHighestCeiling, type ScalingBounds } from "./scaling/bounds.ts";
import { desiredRelease } from "./desired-release.ts";
import { read, readString } from "../base/read.ts";
import { followSecrets, versionsToCarry, type FollowedSecrets } from "./secrets/follow.ts";
import type { MeasuredSnapshot } from "./analysis/measured-snapshot.ts";
import { findOwned, type LiveObject, type Snapshot } from "./observe/snapshot.ts";
import { keepRedisTemplate } from "./redis-template.ts";
import { decideSharedVolumes } from "./shared-volumes.ts";
import { decideVolume, type VolumeDecision } from "./volumes.ts";

/** All that one reconcile should do, and why. */
export interface Plan {
  /** The release that the spec asks for. */
  readonly desired: string;
  /** The release of the stable track; the desired one where none runs yet. */
  readonly revision: string;
  /** The revision that the web pods run, as far as the cluster shows. */
  readonly running: string | undefined;
  /** What becomes of the release. Where it changed, it is persisted first, and the rest of the plan waits for the next reconcile. */
  readonly decision: RolloutDecision;
  readonly context: RenderContext;
  /** Every child that the releases in use want, applied now or held. */
  readonly children: readonly Child[];
  /** To apply, in waves: a wave starts when the one before it was written. */
  readonly waves: readonly (readonly Child[])[];
  /** Pod-bearing children that are left as they are. */
  readonly held: readonly Child[];
  /** Copies of ConfigMaps that must exist before any pod of their release. */
  readonly copies: RenderedReleases["copies"];
  readonly prune: readonly Prune[];
  /** What of the above waits for what. */
  readonly dependencies: Dependencies;
  /** What is done about the volume of the queue, and about each that pods share. */
  readonly volumes: readonly VolumeDecision[];
  /** The stored release that has come into use again. */
  readonly renumbering: Renumbering | undefined;
  readonly migration: Migration;
  /** The contract migration of the stable release, and why it has not begun. */
  readonly contract: { readonly name: string; readonly job: Migration; readonly hold: string | undefined } | undefined;
  /** What the app can open to its database, and what it got less than it wished for. */
  readonly connections: { readonly budget: ConnectionBudget | undefined } & Partial<Pick<ConnectionFit, "pool" | "ceiling">>;
  /** Between which bounds the autoscaler of web decides; undefined where it has none. */
  readonly scaling: ScalingBounds | undefined;
  readonly referenceProblems: readonly ReferenceProblem[];
  /** Why the release of the spec cannot be stored, so that it does not begin. */
  readonly tooLarge: string | undefined;
  /** What is known of the Secrets. Where the data of one changed, it is persisted first, and pods restart in the next reconcile. */
  readonly secrets: FollowedSecrets;
  /** A newer operator renders the stable release otherwise. */
  readonly outdated: boolean;
  /** What must be measured to judge the release under way. */
  readonly sampling: SamplingJob | undefined;
  readonly queueSampling: QueueSampling | undefined;
  /** Which pods of workers are to be asked how many jobs they work on. */
  readonly gaugeSampling: GaugeSampling | undefined;
  /** Which pods to ask why they are not ready. */
  readonly probeSampling: readonly ProbeSampling[] | undefined;
  /** Which pods' poolers may know why they are not ready. */
  readonly poolerSampling: readonly PoolerSampling[] | undefined;
  /** Which pods' events may say why they are not ready. */
  readonly eventSampling: readonly EventSampling[] | undefined;
  /** What ending a pod of a worker costs, where that changes. */
  readonly deletionCosts: readonly DeletionCost[];
}

/** Decides what to do about a snapshot. */
export function makePlan(seenNow: MeasuredSnapshot): Plan {
  const digests = foundDigests(seenNow);
  const stored = storedReleases(seenNow);
  const desired = desiredRelease(seenNow, stored, digests);
  const fit = fitConnections(withHighestCeiling(seenNow.app), liveConnections(seenNow, stored, desired));
  const scaling = decideBounds(seenNow.app, seenNow.now, fit.ceiling?.given);
  const snapshot = { ...seenNow, app: withBounds(fit.app, scaling) };
  const { app, images } = snapshot;
  const referenceProblems = judgeReferences(app, snapshot.references);
  const context: RenderContext = { revision: desired, digests, images, owner: ownerReference(app.metadata) };
  const releases = { context, stored, renderer: snapshot.renderer, drained: isDrained(snapshot) };
  const tooLarge = refuseToStore(app, releases);
  const seen = observeRollout(snapshot, releaseFacts(snapshot, stored, { desired, blocked: referenceProblems[0]?.message ?? tooLarge }));
  const decision = decideRelease(seen);
  const { release, placement } = decision;
  const budget = countConnections(fit.app, { underWay: release.strategy, perPod: fit.perPod });
  const onTop = { paces: decidePaces(snapshot, release, seen, budget), secretVersions: versionsToCarry(snapshot) };
  const rendered = renderReleases(app, { ...releases, ...onTop }, placement);
  const children = rendered.children.filter(
    (child) =>
      (child.object.kind !== "HTTPRoute" || snapshot.gatewayApiMissing !== true) &&
      // Before the first release has migrated the database there is nothing to keep.
      (!isUpkeep(child) || release.stable !== undefined),
  );
  const prune = decidePrunes(snapshot, rendered, { ...decision, desired });
  return {
    desired,
    revision: placement.stable ?? desired,
    running: releaseOf(findOwned(snapshot, "Deployment", webName(app.metadata.name))),
    decision,
    context,
    children: [...rendered.children, ...rendered.held],
    waves: inWaves(withoutImmutable(snapshot, children).map((child) => keepRedisTemplate(snapshot, child))),
    held: rendered.held,
    copies: rendered.copies,
    prune,
    dependencies: findDependencies(snapshot, { children, copies: rendered.copies, prune }),
    volumes: [decideVolume(snapshot, rendered.children), ...decideSharedVolumes(snapshot)],
    renumbering: decideNumber(snapshot.owned, placement),
    migration: observeMigration(snapshot, reportedMigration(release, desired)),
    contract: seen.contract && {
      name: contractName(app.metadata.name, release.stable ?? desired),
      job: seen.contract.job,
      hold: holdsContract({ seen, release, quarantined: decision.quarantined }),
    },
    connections: { budget, pool: fit.pool, ceiling: fit.ceiling },
    scaling,
    referenceProblems,
    tooLarge,
    secrets: followSecrets(snapshot, stored),
    outdated: rendered.outdated,
    sampling: decideSampling(snapshot, release, stored),
    queueSampling: decideQueueSampling(snapshot, release),
    gaugeSampling: decideGaugeSampling(snapshot, release),
    probeSampling: decideProbeSampling(snapshot),
    poolerSampling: decidePoolerSampling(snapshot),
    eventSampling: decideEventSampling(snapshot),
    deletionCosts: decideDeletionCosts(snapshot, release),
  };
}

/** Whether something must be written down before anything is done about it. */
export function takesStep({ decision, secrets }: Pick<Plan, "decision" | "secrets">): boolean {
  return decision.changed || secrets.changed.length > 0;
}

/** A worker that finishes its job after a suspension still needs its queue. */
function isDrained({ app, pods }: Snapshot): boolean {
  const ended = new Set(["Succeeded", "Failed"]);
  const isOwn = ({ metadata }: LiveObject) => metadata.labels?.[COMPONENT_LABEL]?.startsWith("redis-") !== true;
  return app.spec.suspend && !pods.some((pod) => isOwn(pod) && !ended.has(readString(read(pod, "status", "phase")) ?? ""));
}

function storedReleases({ owned }: Snapshot): readonly StoredRelease[] {
  return owned
    .filter(({ kind }) => kind === "ControllerRevision")
    .flatMap((object) => parseStoredRelease(object) ?? [])
    .toSorted((one, other) => one.number - other.number);
}

function releaseFacts(
  snapshot: Snapshot,
  stored: readonly StoredRelease[],
  { desired, blocked }: Pick<ReleaseFacts, "desired" | "blocked">,
): ReleaseFacts {
  return {
    desired,
    blocked,
    stored: stored.map(({ id }) => id),
    workers: workersToCome(snapshot, stored),
    idle: quiescedNames(snapshot, stored),
    contract: observeContract(snapshot, stored),
  };
}

/** The worker Deployments of the release that the stable track should come to: the stored ones, or, where it is new, those of the spec. */
function workersToCome({ app, status }: Snapshot, stored: readonly StoredRelease[]): readonly string[] {
  const { phase, stable, candidate } = status?.release ?? {};
  const id = phase === "RollingBack" ? stable : (candidate ?? stable);
  const children = stored.find((release) => release.id === id)?.children;
  if (!children) return app.spec.workers.map(({ name }) => workerName(app.metadata.name, name));
  return children.filter(({ object }) => object.kind === "Deployment").map(({ object }) => object.metadata.name);
}

/** What of the stable release stands still for a migration that asks for it. */
function quiescedNames({ status }: Snapshot, stored: readonly StoredRelease[]): readonly string[] {
  const children = stored.find(({ id }) => id === status?.release?.stable)?.children ?? [];
  return children.filter(({ role }) => standsStill(role)).map(({ object }) => object.metadata.name);
}

/** The release whose migration users should hear of: a failed one is still reported when all went back to the stable release. */
function reportedMigration({ candidate, stable, phase }: RolloutDecision["release"], desired: string): string {
  return candidate ?? (phase === "Failed" ? undefined : stable) ?? desired;
}

function inWaves(children: readonly Child[]): readonly (readonly Child[])[] {
  return [0, 1, 2].map((wave) => children.filter((child) => child.wave === wave)).filter((wave) => wave.length > 0);
}

/** Contents that are part of the release: those of ConfigMaps. */
function foundDigests({ references }: Snapshot): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(references).flatMap(([key, reference]) =>
      key.startsWith("configmap/") && "digest" in reference ? [[key, reference.digest]] : [],
    ),
  );
}
