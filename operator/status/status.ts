import type { Condition } from "../api/conditions.ts";
import { APP_LABEL, COMPONENT_LABEL } from "../api/labels.ts";
import type { ComponentStatus, ScalableAppStatus, ScheduleStatus } from "../api/status.ts";
import { isUpToDate, type ComponentHealth } from "../plan/observe/component-health.ts";
import type { ConnectionBudget } from "../plan/rollout/connection-budget.ts";
import { read, readList, readString } from "../base/read.ts";
import { findOwned } from "../plan/observe/snapshot.ts";
import { claimedStorage } from "../plan/volumes.ts";
import { scheduleName } from "../resources/names.ts";
import { noteRefusals } from "./refusals.ts";
import { judgeConditions, judgeInvalid, stampConditions } from "./conditions.ts";
import type { Report } from "./report.ts";
import { judgeReport } from "./summary.ts";

/** The whole status that users should see now. */
export function buildStatus(report: Report): ScalableAppStatus {
  const { snapshot, components } = report;
  const { app, now } = snapshot;
  const { generation, name } = app.metadata;
  const { budget } = report.plan.connections;
  const web = components.find((component) => component.name === "web");
  const schedules = scheduleStatuses(report);
  const refusals = noteRefusals(report, snapshot.status?.refusals ?? [], now);
  const queueStorage = claimedStorage(snapshot, report.plan.children);
  return {
    observedGeneration: generation,
    conditions: stampConditions(judgeConditions(report), previousConditions(snapshot.status), { generation, now }),
    release: judgeReport(report).release,
    ...releaseMemory(report),
    ...(refusals.length > 0 && { refusals: [...refusals] }),
    ...secretMemory(report),
    ...(budget && { connectionBudget: budgetStatus(budget) }),
    components: [...components, ...(report.trial ? [report.trial] : [])].map(componentStatus),
    replicas: web?.replicas ?? 0,
    selector: `${APP_LABEL}=${name},${COMPONENT_LABEL}=web`,
    ...(queueStorage !== undefined && { queueStorage }),
    ...(schedules.length > 0 && { schedules }),
    ...scalingStatus(report),
  };
}

/** The status of an app whose spec cannot be acted on: what was known of its parts stays as it was. */
export function buildInvalidStatus(
  problems: readonly { readonly path: string; readonly message: string }[],
  previous: ScalableAppStatus | undefined,
  at: { readonly generation: number; readonly now: string },
): ScalableAppStatus {
  const found = problems.map((problem) => `${problem.path} ${problem.message}`).join("; ");
  const message = `${found}. The running app was left as it is${heldRelease(previous)}`;
  return {
    ...previous,
    observedGeneration: at.generation,
    conditions: stampConditions(judgeInvalid(message), previousConditions(previous), at),
  };
}

/** A release under way neither goes on nor back while its rules cannot be read. */
function heldRelease(status: ScalableAppStatus | undefined): string {
  const { candidate, phase } = status?.release ?? {};
  return candidate === undefined ? "" : `, and release ${candidate} stays in phase ${phase}: it neither goes on nor back before that`;
}

function previousConditions(status: ScalableAppStatus | undefined): readonly Condition[] {
  return status?.conditions ?? [];
}

/** What the operator must not forget about releases and requests. */
function releaseMemory({ plan, snapshot }: Pick<Report, "plan" | "snapshot">): Pick<ScalableAppStatus, "quarantined" | "requests"> {
  const { quarantined, handled } = plan.decision;
  const answers = handled.map((each) => ({ ...each, at: snapshot.now }));
  const kept = (snapshot.status?.requests ?? []).filter(({ action }) => !answers.some((answer) => answer.action === action));
  const requests = [...kept, ...answers];
  return { ...(quarantined.length > 0 && { quarantined: [...quarantined] }), ...(requests.length > 0 && { requests }) };
}

/** What the operator must not forget about Secrets. */
function secretMemory({ plan }: Pick<Report, "plan">): Pick<ScalableAppStatus, "secrets"> {
  return plan.secrets.known.length > 0 ? { secrets: [...plan.secrets.known] } : {};
}

/** The status with a release that has just taken a step; all else is reported by the reconcile that drives it. */
export function buildStepStatus(report: Pick<Report, "plan" | "snapshot">): ScalableAppStatus {
  const { quarantined: _quarantined, requests: _requests, secrets: _secrets, ...rest } = report.snapshot.status ?? {};
  return { ...rest, release: report.plan.decision.release, ...releaseMemory(report), ...secretMemory(report) };
}

function componentStatus(component: ComponentHealth): ComponentStatus {
  const { name, desired, replicas, ready, updated, trouble, refused } = component;
  // Beyond the floor an autoscaler's pods may fail too.
  const message = isUpToDate(component) && ready >= desired ? undefined : (trouble?.message ?? refused);
  return { name, desired, replicas, ready, updated, ...(message !== undefined && { message }) };
}

function scheduleStatuses({ snapshot }: Report): readonly ScheduleStatus[] & ScheduleStatus[] {
  return snapshot.app.spec.schedules.map(({ name }) => {
    const cronJob = findOwned(snapshot, "CronJob", scheduleName(snapshot.app.metadata.name, name));
    const lastRun = readString(read(cronJob, "status", "lastScheduleTime"));
    const lastSuccess = readString(read(cronJob, "status", "lastSuccessfulTime"));
    const active = readList(read(cronJob, "status", "active")).length;
    return { name, ...(lastRun !== undefined && { lastRun }), ...(lastSuccess !== undefined && { lastSuccess }), active };
  });
}

function budgetStatus({ limit, used, perPod }: ConnectionBudget): ScalableAppStatus["connectionBudget"] {
  return { sum: perPod === 0 ? "not counted" : `${used} of ${limit}`, limit, used, perPod };
}

function scalingStatus({ snapshot, plan }: Report): Pick<ScalableAppStatus, "scaling"> {
  const { scaling } = plan;
  const { replicas = 1 } = snapshot.app.spec.web;
  if (!scaling) return { scaling: { floor: replicas, ceiling: replicas, reason: "fixed by the spec" } };
  const { floor, ceiling } = scaling;
  const reason = `at least ${floor.replicas} by ${floor.because}; at most ${ceiling.replicas} by ${ceiling.because}`;
  return { scaling: { floor: floor.replicas, ceiling: ceiling.replicas, reason } };
}
