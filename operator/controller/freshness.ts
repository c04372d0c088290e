import type { KubeClient } from "../kube/client.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import type { ControllerLogger } from "./logger.ts";
import { requeue, type ReconcileResult } from "./result.ts";

/** What it takes to know whether the caches may be acted on. */
export interface FreshnessDeps {
  readonly client: Pick<KubeClient, "get">;
  readonly written: Pick<WriteTracker, "freshness" | "resolve">;
  readonly logger: Pick<ControllerLogger, "warn">;
}

/** Milliseconds after which a key whose caches lag behind our own writes is looked at again, should no event come first. */
export const staleRetryMs = 500;
/** The same, where they have lagged behind for too long. */
const lostRetryMs = 5000;

/**
 * Why the caches must not be acted on yet; undefined where they may. A write that they have not shown in time is read live: only where
 * that is what they show (somebody undid the write, say) it is waited for no longer, because a release must not be driven from a
 * status that is older than its last step.
 */
export async function findLag(deps: FreshnessDeps, key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
  const freshness = deps.written.freshness(key);
  if (freshness.state === "fresh") return undefined;
  if (freshness.state === "behind") return requeue(staleRetryMs, "the caches have not seen our last writes yet");
  for (const { resource, key: lost } of freshness.lost) {
    const live = await deps.client.get(resource, ...placeOf(lost), { signal });
    if (deps.written.resolve(key, resource, lost, live)) continue;
    deps.logger.warn({ kind: resource.kind, object: lost }, "the cache lags behind: nothing is done before it has caught up");
    return requeue(lostRetryMs, `the cache of ${resource.plural} lags behind`);
  }
  return findLag(deps, key, signal);
}

function placeOf(key: string): readonly [namespace: string | undefined, name: string] {
  const slash = key.indexOf("/");
  return slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
}
