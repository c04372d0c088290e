import { isAvailable, isReplacing, isUpToDate, type ComponentHealth } from "../plan/observe/component-health.ts";
import type { Refusal, ReleaseStatus } from "../api/status.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { judgeRelease, type ReleaseJudgement } from "./release.ts";
import { heldBackBy, isAwaited, noteRefusals } from "./refusals.ts";
import type { Report, Summary } from "./report.ts";
import { conditionOf } from "../base/condition.ts";

type Check = (report: Report) => Summary | undefined;

/** In the order in which a tired operator should hear of them: the first that applies is reported. */
const checks: readonly Check[] = [conflicts, refusals, failures, size, references, release, migration, suspension, troubles, progress];

/** Judges the app as a whole. */
export function summarize(report: Report): Summary {
  for (const check of checks) {
    const found = check(report);
    if (found) return found;
  }
  const pods = report.components.map(({ name, ready }) => `${name} ${ready}`).join(", ");
  return {
    state: "ready",
    reason: "Available",
    message: `release ${report.plan.revision} is available (ready pods: ${pods})`,
    degraded: false,
  };
}

function conflicts({ conflicts: found, components }: Report): Summary | undefined {
  const [first] = found;
  if (!first) return undefined;
  const message = `${first.kind} ${first.name} exists and ${first.holder}: it was left alone. Delete it, or give the ScalableApp another name`;
  return { state: "stalled", reason: "ObjectNotOurs", message, degraded: !components.every(isAvailable) };
}

function refusals(report: Report): Summary | undefined {
  const { components, plan } = report;
  const all = noteRefusals(report, [], "").filter(({ reason }) => reason === "ApplyRefused" || reason === "QuotaExceeded");
  const [first] = all;
  if (!first) return undefined;
  const more = all.length > 1 ? `; and ${all.length - 1} more, see the condition Refused` : "";
  const unavailable = !components.every(isAvailable);
  return {
    state: endsByItself(plan.decision.release) ? "working" : "stalled",
    reason: first.reason,
    message: `${refusalText(first)}${more}`,
    degraded: unavailable || all.some((refusal) => !isAwaited(refusal, report)),
  };
}

/** One refused object in words. */
export function refusalText(refusal: Refusal): string {
  const { kind, name, role, message } = refusal;
  return `the API server refuses ${role === undefined ? "the deletion of " : ""}${kind} ${name}: ${message}${heldBackBy(refusal)}`;
}

/** A release under way goes on, or back when its time is over; without one, nothing happens until somebody acts. */
function endsByItself({ candidate, stable, phase }: ReleaseStatus): boolean {
  return candidate !== undefined && phase !== "Pending" && phase !== "Failed" && (stable !== undefined || phase !== "Migrating");
}

function failures({ failures: found, components }: Report): Summary | undefined {
  const [first] = found;
  if (!first) return undefined;
  return {
    state: "working",
    reason: "ApplyFailed",
    message: `${first.kind} ${first.name} could not be written and is tried again: ${first.message}`,
    degraded: !components.every(isAvailable),
  };
}

function size({ plan, components }: Report): Summary | undefined {
  if (plan.tooLarge === undefined) return undefined;
  return { state: "stalled", reason: "ReleaseTooLarge", message: plan.tooLarge, degraded: !components.every(isAvailable) };
}

function references({ plan, components }: Report): Summary | undefined {
  const [first] = plan.referenceProblems;
  if (!first) return undefined;
  return { state: "stalled", reason: first.reason, message: first.message, degraded: !components.every(isAvailable) };
}

/** What the release means for the app: derived from the decision, the pods that serve, and the words of a failed migration. */
export function judgeReport({ plan, snapshot, components }: Report): ReleaseJudgement {
  return judgeRelease(plan.decision, {
    available: components.every(isAvailable),
    renderedDifferently: plan.outdated,
    migrationLog: snapshot.migrationLog,
  });
}

function release(report: Report): Summary | undefined {
  const { summary } = judgeReport(report);
  const { migration: failed } = report.plan;
  // Of a first release nothing is quarantined: what failed, and the way on, say more than that it did.
  if (summary?.reason === "ReleaseFailed" && failed.state === "failed") {
    return { ...summary, reason: "MigrationFailed", message: migrationFailure(failed, report.snapshot.migrationLog) };
  }
  // What keeps the new pods from coming up says more than that they are on their way.
  return summary?.reason === "RollingOut" ? (troubles(report) ?? summary) : summary;
}

/** What is under way, though something else stands in the foreground; undefined where nothing is. */
export function describeProgress(report: Report): Summary | undefined {
  for (const check of [release, migration, suspension, troubles, progress]) {
    const found = check(report);
    if (found) return found.state === "stalled" || check === suspension ? undefined : found;
  }
  return undefined;
}

function migration({ plan, components }: Report): Summary | undefined {
  const state = plan.migration;
  if (plan.decision.release.phase !== "Migrating") return undefined;
  const degraded = plan.running !== undefined && !components.every(isAvailable);
  if (state.state === "pending") {
    const message = plan.decision.release.message ?? `the migration (Job ${state.job}) has not started yet`;
    return { state: "working", reason: "MigrationWaiting", message, degraded };
  }
  if (state.state === "running") {
    const message = `release ${plan.decision.release.candidate} waits for its migration (Job ${state.job})`;
    const { trouble } = state;
    if (trouble) return { state: "working", reason: trouble.reason, message: `${message}: ${trouble.message}`, degraded };
    return { state: "working", reason: "MigrationRunning", message, degraded };
  }
  return undefined;
}

/** Says why a migration failed, what it printed last, and the way on. */
export function migrationFailure(failed: { readonly job: string; readonly why: string }, log: string | undefined): string {
  const printed = log === undefined || log.trim() === "" ? "" : `; its last log lines: ${log.trim()}`;
  return `the migration (Job ${failed.job}) failed: ${failed.why}${printed}. The running release was left as it is. Correct it and release again, or ask for another try: scalable-app retry <name>, or a new word in the annotation scalableapp.dev/retry`;
}

function suspension({ snapshot }: Report): Summary | undefined {
  if (!snapshot.app.spec.suspend) return undefined;
  return {
    state: "ready",
    reason: "Suspended",
    message: "spec.suspend keeps everything at zero: set it to false to start the app",
    degraded: false,
  };
}

function troubles({ components }: Report): Summary | undefined {
  const late = components.find((component) => component.deadlineExceeded);
  if (late) {
    const why = late.trouble?.message ?? "its new pods do not become ready";
    const message = `${late.name} made no progress within rollout.progressDeadlineSeconds: ${why}`;
    return { state: "stalled", reason: "ProgressDeadlineExceeded", message, degraded: true };
  }
  const refused = components.find((component) => component.refused !== undefined && !isUpToDate(component));
  if (refused) {
    return { state: "working", reason: "QuotaExceeded", message: `${refused.name} can create no pod: ${refused.refused}`, degraded: true };
  }
  const troubled = components.find((component) => component.trouble && !isUpToDate(component));
  if (!troubled?.trouble) return undefined;
  return { state: "working", reason: troubled.trouble.reason, message: troubled.trouble.message, degraded: true };
}

function progress({ components, plan, snapshot }: Report): Summary | undefined {
  const open = components.filter((component) => !isUpToDate(component));
  if (open.length === 0) return undefined;
  if (open.every(({ restarting }) => restarting) && components.every(isAvailable)) {
    const message = `pods of release ${plan.revision} restart because the data of a Secret changed: ${open.map(describe).join(", ")}`;
    return { state: "ready", reason: "SecretChanged", message, degraded: false };
  }
  const message = `release ${plan.revision}: ${open.map(describe).join(", ")}`;
  if (open.some(isReplacing)) return { state: "working", reason: "RollingOut", message, degraded: false };
  const starting = isStarting(snapshot, plan.revision);
  return { state: "working", reason: starting ? "ComponentsStarting" : "ComponentsUnavailable", message, degraded: !starting };
}

/** Pods are on their first way up with a new release or a new spec (resumed, a raised floor), until all are; later they were lost. */
function isStarting({ app, status }: Snapshot, revision: string): boolean {
  if (status?.release?.stable !== revision || status.observedGeneration !== app.metadata.generation) return true;
  const ready = conditionOf(status, "Ready");
  return ready?.reason === "ComponentsStarting" || ready?.reason === "RollingOut";
}

function describe(component: ComponentHealth): string {
  const { name, ready, floor, updated, desired, rolling } = component;
  if (isReplacing(component)) return `${name} ${updated} of ${desired} pods are new`;
  return rolling && isAvailable(component) ? `${name} is about to begin` : `${name} ${ready} of ${floor} pods ready`;
}
