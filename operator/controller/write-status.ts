import { FIELD_MANAGER, scalableApps } from "../api/kind.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import type { KubeClient } from "../kube/client.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import type { KubeObject } from "../base/object.ts";
import type { Recorder } from "../kube/recorder.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import { eventsBetween } from "../status/events.ts";
import { staleRetryMs } from "./freshness.ts";
import { statusOf } from "./load-snapshot.ts";
import type { ControllerMetrics } from "./metrics.ts";
import { requeue } from "./result.ts";
import { newsBetween, type StatusPace } from "./status-pace.ts";

/** What it takes to write a status. */
export interface StatusWriterDependencies {
  readonly client: Pick<KubeClient, "applyStatus" | "get">;
  readonly written: Pick<WriteTracker, "recordWrite">;
  readonly recorder: Pick<Recorder, "event">;
  readonly metrics: Pick<ControllerMetrics, "observeWrite">;
  readonly pace: StatusPace;
}

/** A status, and the app as it was when the status was made. */
export interface StatusWrite {
  readonly key: string;
  readonly raw: KubeObject;
  readonly status: ScalableAppStatus;
  /** A step of the release, which nothing may go on without. */
  readonly isStep?: boolean;
  readonly signal: AbortSignal;
}

/**
 * What came of a status: "conflict" where the app is not the one any more that the status was made from; a number where nothing in it
 * decides anything, and it is early to write again: milliseconds until it may be written.
 */
export type StatusOutcome = "written" | "unchanged" | "gone" | "conflict" | number;

/** The app is not the one any more that the status was made from, so nothing was written. */
export const overtaken = requeue(staleRetryMs, "the app changed before its status could be written");

/**
 * One write of the whole status, and none where it says what already stands there, or nothing yet that is worth a write. It holds only for the version of the app that it was
 * made from: an operator whose cache is late, as one that has lost the lease and does not know it, must not put an older step of the
 * release in the place of a newer one.
 */
export async function writeStatus(
  deps: StatusWriterDependencies,
  { key, raw, status, isStep = false, signal }: StatusWrite,
): Promise<StatusOutcome> {
  const before = statusOf(raw);
  const news = newsBetween(before, status);
  if (news === "none") return "unchanged";
  const waitMs = isStep ? 0 : deps.pace.waitMs(key, news);
  if (waitMs > 0) return waitMs;
  const { name, namespace, uid, resourceVersion } = raw.metadata;
  const metadata = { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) };
  const object: KubeObject = {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
    status,
  };
  try {
    const stored = await deps.client.applyStatus(scalableApps, object, { fieldManager: FIELD_MANAGER, force: true, signal });
    deps.written.recordWrite(key, scalableApps, stored);
    deps.pace.noteWrite(key);
    deps.metrics.observeWrite("status", raw.kind);
  } catch (error) {
    if (isNotFound(error)) return "gone";
    if (!isConflict(error)) throw error;
    await awaitNewer(deps, { key, raw, signal });
    return "conflict";
  }
  for (const event of eventsBetween(before, status)) deps.recorder.event(raw, { ...event, action: "Reconcile" });
  return "written";
}

/** Until the cache shows the app as it is now, nothing is decided on what the cache holds. */
async function awaitNewer(
  deps: StatusWriterDependencies,
  { key, raw, signal }: Pick<StatusWrite, "key" | "raw" | "signal">,
): Promise<void> {
  const { name, namespace, uid } = raw.metadata;
  const live = await deps.client.get(scalableApps, namespace, name, { signal });
  if (live && live.metadata.uid === uid) deps.written.recordWrite(key, scalableApps, live);
}
