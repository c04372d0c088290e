import { isErrorReason, type Condition, type ConditionReason } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import type { Plan } from "../plan/plan.ts";
import type { RolloutDecision } from "../plan/rollout/next-step.ts";

/** One thing worth reporting about an app, as kubectl describe shows it. */
export interface StatusEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: ConditionReason;
  readonly note: string;
}

/** Conditions that others repeat: reporting them too would be noise. */
const echoes = new Set(["Reconciling", "Stalled", "Progressing", "Degraded"]);

/** A gateway looks at every new weight of a canary anew: nothing to report. */
const quiet: ReadonlySet<ConditionReason> = new Set<ConditionReason>(["RoutePending"]);

/** Reasons by which conditions repeat where a release stands: its step has reported that already. */
const stepReasons: ReadonlySet<ConditionReason> = new Set<ConditionReason>([
  "ReleaseWaiting",
  "ReleaseFrozen",
  "ReleasePaused",
  "MigrationWaiting",
  "MigrationRunning",
  "RollingOut",
  "CanaryRunning",
  "PreviewRunning",
  "AwaitingPromotion",
  "AnalysisInconclusive",
  "ReleasePromoting",
  "ReleaseBaking",
  "ReleaseRollingBack",
  "ReleaseFailed",
  "ReleaseQuarantined",
  "SecretChanged",
]);

/** What a step of a release reports; undefined where a condition reports it better. */
export function eventOfStep({
  reason,
  release,
  handled,
}: Pick<RolloutDecision, "reason" | "release" | "handled">): StatusEvent | undefined {
  // The condition Migrated names the last log lines of its Job too.
  if (reason === "MigrationFailed") return undefined;
  const [request] = handled;
  const message = release.message ?? reason;
  const note = request ? `request ${request.action} (${request.id}) is ${request.outcome}: ${request.message ?? message}` : message;
  return { type: isErrorReason(reason) ? "Warning" : "Normal", reason, note };
}

/** What is to say of what was just written down: of the release, and of Secrets whose data changed. */
export function eventsOfStep({ decision, secrets }: Pick<Plan, "decision" | "secrets">): readonly StatusEvent[] {
  const step = decision.changed ? eventOfStep(decision) : undefined;
  const [first] = secrets.changed;
  if (first === undefined) return step ? [step] : [];
  const names = `Secret${secrets.changed.length > 1 ? "s" : ""} ${secrets.changed.join(", ")}`;
  const note = `the data of ${names} changed: the pods that read it restart one after another, in the same release; no migration runs`;
  return [...(step ? [step] : []), { type: "Normal", reason: "SecretChanged", note }];
}

/**
 * What is new between two statuses: every condition whose status or reason changed, but for what the steps of a release report. A first
 * status says only what is wrong or under way.
 */
export function eventsBetween(before: ScalableAppStatus | undefined, after: ScalableAppStatus): readonly StatusEvent[] {
  const known = new Map((before?.conditions ?? []).map((condition) => [condition.type, condition]));
  const seen = new Set<string>();
  const conditions = (after.conditions ?? [])
    .filter(
      (condition) =>
        !echoes.has(condition.type) && !isReportedBySteps(condition, after) && isNews(known.get(condition.type), condition, after),
    )
    .map(toEvent)
    .filter((event) => {
      const first = !seen.has(event.reason);
      seen.add(event.reason);
      return first;
    });
  return [...conditions, ...eventsOfBounds(before?.scaling, after.scaling)];
}

/** Other bounds of web than before: a window has opened or ended, or the spec or the database's connections have changed. */
function eventsOfBounds(before: ScalableAppStatus["scaling"], after: ScalableAppStatus["scaling"]): readonly StatusEvent[] {
  if (!before || !after || (before.floor === after.floor && before.ceiling === after.ceiling)) return [];
  return [{ type: "Normal", reason: "BoundsChanged", note: `web has ${after.floor} to ${after.ceiling} replicas: ${after.reason}` }];
}

function isReportedBySteps({ reason }: Condition, { release }: ScalableAppStatus): boolean {
  return stepReasons.has(reason) || (reason === "Suspended" && release?.phase === "Suspended");
}

function isNews(before: Condition | undefined, after: Condition, { release }: ScalableAppStatus): boolean {
  // The step that began the first release has said so.
  if (!before) return (after.type === "Ready" && release?.candidate === undefined) || isErrorReason(after.reason);
  if (before.status === after.status && before.reason === after.reason) return false;
  if ((quiet.has(before.reason) || quiet.has(after.reason)) && !isErrorReason(after.reason)) return false;
  // That the app is well, or stands at zero, at the end of a release is reported by the last step of the release.
  return after.type !== "Ready" || !(stepReasons.has(before.reason) || endsFirstRelease(before, release)) || isErrorReason(after.reason);
}

/** Pods were starting, and the release has become stable since. */
function endsFirstRelease({ reason, lastTransitionTime }: Condition, release: ScalableAppStatus["release"]): boolean {
  return reason === "ComponentsStarting" && Date.parse(release?.stableSince ?? "") >= Date.parse(lastTransitionTime);
}

function toEvent({ reason, message }: Condition): StatusEvent {
  return { type: isErrorReason(reason) ? "Warning" : "Normal", reason, note: message };
}
