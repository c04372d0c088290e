import type { Condition } from "../api/conditions.ts";
import { APP_LABEL, COMPONENT_LABEL } from "../api/labels.ts";
import type { ComponentStatus, ReleasePhase, ReleaseStatus, ScalableAppStatus, ScheduleStatus } from "../api/status.ts";
import { isReplacing, isSettled, type ComponentHealth } from "../plan/component-health.ts";
import { countConnections } from "../plan/connection-budget.ts";
import { read, readList, readString } from "../plan/read.ts";
import { findOwned } from "../plan/snapshot.ts";
import { scheduleName } from "../resources/names.ts";
import { judgeConditions, judgeInvalid, stampConditions } from "./conditions.ts";
import type { Report } from "./report.ts";
import { summarize } from "./summary.ts";

/** The whole status that users should see now. */
export function buildStatus(report: Report): ScalableAppStatus {
  const { snapshot, components } = report;
  const { app, now } = snapshot;
  const { generation, name } = app.metadata;
  const budget = countConnections(app);
  const web = components.find((component) => component.name === "web");
  const schedules = scheduleStatuses(report);
  return {
    observedGeneration: generation,
    conditions: stampConditions(judgeConditions(report), previousConditions(snapshot.status), { generation, now }),
    release: releaseStatus(report),
    ...(budget && { connectionBudget: { ...budget, limit: Math.max(0, budget.limit) } }),
    components: components.map(componentStatus),
    replicas: web?.replicas ?? 0,
    selector: `${APP_LABEL}=${name},${COMPONENT_LABEL}=web`,
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
  const message = `${problems.map((problem) => `${problem.path} ${problem.message}`).join("; ")}. The running app was left as it is`;
  return {
    ...previous,
    observedGeneration: at.generation,
    conditions: stampConditions(judgeInvalid(message), previousConditions(previous), at),
  };
}

function previousConditions(status: ScalableAppStatus | undefined): readonly Condition[] {
  return status?.conditions ?? [];
}

function releaseStatus(report: Report): ReleaseStatus {
  const { plan, snapshot } = report;
  const previous = snapshot.status?.release;
  const phase = phaseOf(report);
  const stable = phase === "Stable" || phase === "Suspended" ? plan.revision : previous?.stable;
  const message = summarize(report).message.slice(0, 1000);
  const isNew = (previous?.candidate ?? previous?.stable) !== plan.revision;
  const startedAt = isNew ? snapshot.now : (previous?.startedAt ?? snapshot.now);
  if (stable === plan.revision) return { stable, phase, message, startedAt };
  return { ...(stable !== undefined && { stable }), candidate: plan.revision, phase, message, startedAt };
}

function phaseOf({ plan, components, snapshot }: Report): ReleasePhase {
  if (snapshot.app.spec.suspend && !plan.hold) return "Suspended";
  if (plan.migration.state === "failed") return "Failed";
  if (plan.referenceProblems.length > 0) return "Pending";
  if (plan.migration.state === "pending" || plan.migration.state === "running") return "Migrating";
  if (components.some((component) => component.deadlineExceeded)) return "Failed";
  if (components.every(isSettled)) return "Stable";
  const wasWhole = snapshot.status?.release?.stable === plan.revision;
  return wasWhole && !components.some(isReplacing) ? "Stable" : "RollingOut";
}

function componentStatus(component: ComponentHealth): ComponentStatus {
  const { name, desired, replicas, ready, updated, trouble, refused } = component;
  const message = isSettled(component) ? undefined : (trouble?.message ?? refused);
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

function scalingStatus({ snapshot }: Report): Pick<ScalableAppStatus, "scaling"> {
  const { autoscaling, replicas } = snapshot.app.spec.web;
  if (!autoscaling) return { scaling: { floor: replicas ?? 1, ceiling: replicas ?? 1, reason: "fixed by the spec" } };
  return { scaling: { floor: autoscaling.minReplicas, ceiling: autoscaling.maxReplicas, reason: "web.autoscaling" } };
}
