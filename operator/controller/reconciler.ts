import { parseScalableApp } from "../api/parse.ts";
import { DAY_SECONDS } from "../api/duration.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { KubeClient } from "../kube/client.ts";
import { withKnownFields } from "../api/unknown-fields.ts";
import { isConflict, isNamespaceTerminating } from "../kube/errors.ts";
import type { KubeObject } from "../base/object.ts";
import type { Recorder } from "../kube/recorder.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import { judgeComponents } from "../plan/observe/component-health.ts";
import { listReferences, listRemembered } from "../plan/references.ts";
import { initializationPatienceMs } from "../plan/observe/initialization-trouble.ts";
import { makePlan, takesStep, type Plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import type { Images } from "../resources/images.ts";
import { eventsOfStep } from "../status/events.ts";
import { buildInvalidStatus, buildStatus } from "../status/status.ts";
import { routePatienceMs } from "../status/routing.ts";
import type { ControllerLogger } from "./logger.ts";
import { writeDeletionCosts } from "./deletion-costs.ts";
import { executePlan } from "./execute.ts";
import { findLag, staleRetryMs } from "./freshness.ts";
import { growVolume } from "./grow-volume.ts";
import type { Informers } from "./informers.ts";
import { loadSnapshot, ownedObjects, statusOf, timestamp } from "./load-snapshot.ts";
import type { ControllerMetrics } from "./metrics.ts";
import type { MigrationLogs } from "./migration-log.ts";
import { describeFailure, isRefused } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import type { ReferenceReader } from "./references.ts";
import type { ReconcileScope } from "./reconcile-loop.ts";
import { done, gone, requeue, terminal, type ReconcileResult } from "./result.ts";
import { answersOf, followSampling, stopSampling, type Samplers } from "./samplers.ts";
import type { ReferenceIndex } from "./triggers.ts";
import { takeSteps } from "./take-steps.ts";
import type { StatusPace } from "./status-pace.ts";
import { overtaken, writeStatus, type StatusOutcome } from "./write-status.ts";
import { kindKey } from "../base/object.ts";

/** What reconciles work with. */
export interface ReconcilerDependencies extends Samplers {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly reader: ReferenceReader;
  readonly logs: MigrationLogs;
  readonly references: ReferenceIndex;
  readonly written: WriteTracker;
  readonly recorder: Recorder;
  readonly pace: StatusPace;
  readonly metrics: ControllerMetrics;
  readonly images: Images;
  /** The version of this operator. */
  readonly renderer: string;
  readonly now: () => number;
}

/** What one reconcile works with. */
interface ScopedDependencies extends ReconcilerDependencies {
  readonly logger: ControllerLogger;
}

/** Makes the function that brings one app, named by "namespace/name", one step closer to its spec. */
export function createReconciler(process: ReconcilerDependencies): (key: string, scope: ReconcileScope) => Promise<ReconcileResult> {
  return async (key, { logger, signal }) => {
    const deps: ScopedDependencies = { ...process, logger };
    const raw = deps.informers.apps.get(key);
    if (!raw || raw.metadata.deletionTimestamp !== undefined) {
      // The garbage collector removes the children by their ownerReferences; nothing is left for us to do.
      stopSampling(deps, key);
      deps.written.forget(key);
      deps.pace.forget(key);
      deps.references.set(key, []);
      return gone;
    }
    const lag = await findLag(deps, key, signal);
    if (lag) return lag;
    const parsed = parseScalableApp(withKnownFields(raw));
    if (!parsed.ok) {
      // Nothing is decided on figures before the spec can be read again.
      stopSampling(deps, key);
      const at = { generation: raw.metadata.generation ?? 0, now: timestamp(deps.now()) };
      const status = buildInvalidStatus(parsed.problems, statusOf(raw), at);
      if ((await writeStatus(deps, { key, raw, status, signal })) === "conflict") return overtaken;
      return terminal(parsed.problems.map((problem) => `${problem.path} ${problem.message}`).join("; "));
    }
    return reconcileValid(deps, { key, raw, app: parsed.app, signal });
  };
}

interface Valid {
  readonly key: string;
  readonly raw: KubeObject;
  readonly app: ScalableApp;
  readonly signal: AbortSignal;
}

async function reconcileValid(deps: ScopedDependencies, { key, raw, app, signal }: Valid): Promise<ReconcileResult> {
  const { namespace } = app.metadata;
  if (app.spec.routing?.gateway !== undefined) deps.informers.httpRoutes.lookAgain();
  const tracked = [...listReferences(app), ...listRemembered(app, statusOf(raw)?.secrets)];
  deps.references.set(
    key,
    tracked.map(({ kind, name }) => `${kind.toLowerCase()}/${namespace}/${name}`),
  );
  const { references, dueMs } = await deps.reader.read(namespace, tracked, { key, signal });
  const { images, renderer } = deps;
  const cached = loadSnapshot(deps.informers, {
    raw,
    app,
    references,
    images,
    renderer,
    ...answersOf(deps, key, { app, status: statusOf(raw) }),
    nowMs: deps.now(),
  });
  const plan = makePlan(cached);
  followSampling(deps, key, plan);
  if (takesStep(plan)) return persistSteps(deps, { key, raw, signal, snapshot: cached, plan });
  // Before an old ReplicaSet is scaled down by what follows.
  await writeDeletionCosts(deps, key, plan.deletionCosts, signal);
  const snapshot = await withMigrationLogs(deps, { snapshot: cached, plan, signal });
  const outcome = await execute(deps, { key, app, plan, signal });
  const failures = outcome.failures
    .filter(({ error }) => !isConflict(error))
    .map((failure) => describeFailure(failure, Object.keys(app.spec.overlays)));
  if (outcome.failures.some(({ error }) => isNamespaceTerminating(error))) return done;
  const grown = await Promise.all(plan.volumes.map(async (volume) => growVolume(deps, volume, { key, namespace, signal })));
  const volumes = grown.filter((trouble) => trouble !== undefined);
  const judged = judgeComponents(plan, snapshot);
  const { conflicts, heldBack } = outcome;
  const status = buildStatus({ snapshot, plan, ...judged, failures, conflicts, heldBack, volumes });
  const wrote = await writeStatus(deps, { key, raw, status, signal });
  logChanges(deps.logger, outcome);
  const interrupted = interruption(outcome, wrote);
  if (interrupted) return interrupted;
  const gatewayAwaited = snapshot.gatewayApiMissing === true && app.spec.routing?.gateway !== undefined;
  const isRefusedNow = failures.length > 0 || conflicts.length > 0;
  return nextLook([
    { afterMs: isRefusedNow ? refusedRetryMs : undefined, why: "a child was refused" },
    { afterMs: volumes.some(({ state }) => state === "refused") ? refusedRetryMs : undefined, why: "a volume could not grow" },
    { afterMs: plan.decision.requeueAfterMs, why: "the release has a time to keep" },
    { afterMs: millisecondsUntil(plan.scaling?.changesAt, snapshot.now), why: "a window of web.autoscaling.schedules opens or ends" },
    { afterMs: dueMs, why: "Secrets are looked at again" },
    { afterMs: typeof wrote === "number" ? wrote : undefined, why: "progress is written down" },
    { afterMs: gatewayAwaited ? refusedRetryMs : undefined, why: "the Gateway API is looked for" },
    { afterMs: initializationPatienceMs(snapshot), why: "an init container has a time to keep" },
    { afterMs: routePatienceMs(status, snapshot.now), why: "the gateway has a time to keep" },
  ]);
}

/** What must be looked at again at once; throws where the API server could not be reached or failed. */
function interruption({ failures }: Outcome, wrote: StatusOutcome): ReconcileResult | undefined {
  const transient = failures.find(({ error }) => !isRefused(error) && !isConflict(error));
  if (transient) throw new Error(`${transient.kind} ${transient.name} could not be written`, { cause: transient.error });
  if (wrote === "conflict") return overtaken;
  return failures.some(({ error }) => isConflict(error)) ? requeue(staleRetryMs, "an object changed under our hands") : undefined;
}

/** Milliseconds from one moment to a later one, at least a second and at most a day, for timers are not for months; undefined where there is none. */
function millisecondsUntil(moment: string | undefined, now: string): number | undefined {
  return moment === undefined ? undefined : Math.min(DAY_SECONDS * 1000, Math.max(1000, Date.parse(moment) - Date.parse(now)));
}

function nextLook(looks: readonly { readonly afterMs: number | undefined; readonly why: string }[]): ReconcileResult {
  const [soonest] = looks
    .flatMap(({ afterMs, why }) => (afterMs === undefined ? [] : [{ afterMs, why }]))
    .toSorted((one, other) => one.afterMs - other.afterMs);
  return soonest ? requeue(soonest.afterMs, soonest.why) : done;
}

/**
 * A step of the release is written down before anything is done about it, and done about by the reconcile that reads it back: wherever
 * the operator dies, the next one drives the same step. Steps that follow at once are one write.
 */
async function persistSteps(
  deps: ScopedDependencies,
  { key, raw, signal, snapshot, plan }: Omit<Valid, "app"> & { readonly snapshot: Snapshot; readonly plan: Plan },
): Promise<ReconcileResult> {
  const { steps, status } = takeSteps(plan, snapshot);
  if ((await writeStatus(deps, { key, raw, status, isStep: true, signal })) === "conflict") return overtaken;
  for (const { decision, secrets } of steps) {
    const { reason, release, changed } = decision;
    if (changed) deps.logger.info({ reason, release }, "release took a step");
    if (secrets.changed.length > 0) deps.logger.info({ secrets: secrets.changed }, "data of Secrets changed");
    for (const event of eventsOfStep({ decision, secrets })) deps.recorder.event(raw, { ...event, action: "Release" });
  }
  return requeue(stepRetryMs, "the release took a step");
}

/** Milliseconds until a step that was written down is looked at, should the cache not report it sooner. */
const stepRetryMs = 50;

/** Milliseconds after which a refused child or a taken name is tried again: no event says when a role, a quota or a foreign object changes. */
const refusedRetryMs = 30_000;

async function execute(
  deps: ScopedDependencies,
  { key, app, plan, signal }: Omit<Valid, "raw"> & { readonly plan: Plan },
): Promise<Outcome> {
  const owned = new Map(ownedObjects(deps.informers, app.metadata.uid).map((object) => [kindKey(object), object]));
  return executePlan(deps, plan, {
    ownerKey: key,
    app,
    ownerUid: app.metadata.uid,
    namespace: app.metadata.namespace,
    live: (kind, name) => owned.get(`${kind}/${name}`),
    signal,
  });
}

async function withMigrationLogs(
  deps: ScopedDependencies,
  { snapshot, plan, signal }: { readonly snapshot: Snapshot; readonly plan: Plan; readonly signal: AbortSignal },
): Promise<Snapshot> {
  const { migration, contract } = plan;
  const migrationLog = migration.state === "failed" ? await deps.logs.read(snapshot, migration.job, signal) : undefined;
  const contractLog = contract?.job.state === "failed" ? await deps.logs.read(snapshot, contract.name, signal) : undefined;
  return { ...snapshot, ...(migrationLog !== undefined && { migrationLog }), ...(contractLog !== undefined && { contractLog }) };
}

function logChanges(logger: ControllerLogger, { changes, conflicts }: Outcome): void {
  for (const { action, resource, name, reason } of changes) {
    if (action !== "unchanged") logger.info({ action, kind: resource.kind, name, reason }, "child written");
  }
  for (const conflict of conflicts) logger.warn(conflict, "name is taken by an object that is not ours");
}
