import { isErrorReason, type Condition } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import { isSubset } from "../kube/diff.ts";
import { ANALYZED_AT_LAG_SECONDS } from "../plan/rollout/note-progress.ts";

/** How soon users and the next operator must read a new status. `reading`: only figures and times of an analysis are new. */
export type News = "none" | "reading" | "progress" | "decision";

/** Milliseconds since the last write of an app's status after which news that decide nothing are written. */
const patienceMs = { progress: 10_000, reading: ANALYZED_AT_LAG_SECONDS * 1000 } as const;

/**
 * What is new between two statuses. Decisions are a condition's status or reason, and every memory of the release that later decisions
 * build on. Pods that come and go, words, and since when something has been so are progress: each reconcile finds them again.
 */
export function newsBetween(before: ScalableAppStatus | undefined, after: ScalableAppStatus): News {
  if (!before) return "decision";
  if (!areEqual(decisionsOf(before), decisionsOf(after, before))) return "decision";
  if (!areEqual(withoutReadings(before), withoutReadings(after))) return "progress";
  return areEqual(before, after) ? "none" : "reading";
}

/** The API server may keep the order of a keyed list, so that alone is no difference. */
function areEqual(one: object, other: object): boolean {
  const keyed = { keyedLists: "any" } as const;
  return isSubset(one, other, keyed) && isSubset(other, one, keyed);
}

function decisionsOf(status: ScalableAppStatus, before = status): object {
  const { conditions, release, components: _c, replicas: _r, schedules: _s, queueStorage: _q, ...rest } = status;
  const { message: _m, analysis, analyzedAt: _a, unreadySince: _u, inconclusiveSince: _i, ...memory } = release ?? {};
  return {
    ...rest,
    ...(release && { release: { ...memory, analysis: (analysis ?? []).map(({ name, result }) => ({ name, result })) } }),
    conditions: (conditions ?? [])
      .filter((each) => isDecision(each, before))
      .map(({ type, status: holds, reason }) => ({ type, holds, reason })),
  };
}

/** A condition that is mentioned for the first time, and is well, can wait. */
function isDecision({ type, reason }: Condition, before: ScalableAppStatus): boolean {
  return isErrorReason(reason) || (before.conditions ?? []).some((each) => each.type === type);
}

function withoutReadings(status: ScalableAppStatus): ScalableAppStatus {
  const { release } = status;
  if (!release) return status;
  const { analysis, analyzedAt: _at, ...rest } = release;
  const results = analysis?.map(({ name, result }) => ({ name, result, message: "" }));
  return { ...status, release: { ...rest, ...(results && { analysis: results }) } };
}

/** When each app's status was last written by this process. */
export class StatusPace {
  readonly #writtenAt = new Map<string, number>();
  readonly #now: () => number;

  /** `now` is monotonic, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds until the news may be written; 0: now. An operator that has just begun treats every status as written now. */
  waitMs(key: string, news: Exclude<News, "none">): number {
    if (news === "decision") return 0;
    const writtenAt = this.#writtenAt.get(key) ?? this.noteWrite(key);
    return Math.max(0, writtenAt + patienceMs[news] - this.#now());
  }

  /** Remembers a write that was just made, and answers when that was. */
  noteWrite(key: string): number {
    const now = this.#now();
    this.#writtenAt.set(key, now);
    return now;
  }

  forget(key: string): void {
    this.#writtenAt.delete(key);
  }
}
