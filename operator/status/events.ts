import { isErrorReason, type Condition, type ConditionReason } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";

/** One thing worth telling about an app, as kubectl describe shows it. */
export interface StatusEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: ConditionReason;
  readonly note: string;
}

/** Conditions that others repeat: telling them too would be noise. */
const echoes = new Set(["Reconciling", "Stalled", "Progressing", "Degraded"]);

/** What is new between two statuses: every condition whose status or reason changed. A first status tells only what is wrong or under way. */
export function eventsBetween(before: ScalableAppStatus | undefined, after: ScalableAppStatus): readonly StatusEvent[] {
  const known = new Map((before?.conditions ?? []).map((condition) => [condition.type, condition]));
  const seen = new Set<string>();
  return (after.conditions ?? [])
    .filter((condition) => !echoes.has(condition.type) && isNews(known.get(condition.type), condition))
    .map(toEvent)
    .filter((event) => {
      const first = !seen.has(event.reason);
      seen.add(event.reason);
      return first;
    });
}

function isNews(before: Condition | undefined, after: Condition): boolean {
  if (!before) return after.type === "Ready" || isErrorReason(after.reason);
  return before.status !== after.status || before.reason !== after.reason;
}

function toEvent({ reason, message }: Condition): StatusEvent {
  return { type: isErrorReason(reason) ? "Warning" : "Normal", reason, note: message };
}
