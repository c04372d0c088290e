import { POD_DELETION_COST_ANNOTATION } from "../api/labels.ts";
import { SCALE_FIELD_MANAGER } from "../api/kind.ts";
import type { KubeClient } from "../kube/client.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import { pods } from "../kube/resources.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import type { DeletionCost } from "../plan/rollout/deletion-costs.ts";
import type { ControllerLogger } from "./logger.ts";
import type { ControllerMetrics } from "./metrics.ts";

/** What the writing of costs needs. */
export interface DeletionCostDeps {
  readonly client: Pick<KubeClient, "mergePatch">;
  readonly written: Pick<WriteTracker, "recordWrite">;
  readonly metrics: Pick<ControllerMetrics, "observeWrite">;
  readonly logger: Pick<ControllerLogger, "warn" | "debug">;
}

/** A release does not wait for this: it is a wish, and the next sample renews it. */
const timeoutMs = 2000;

/** Writes what ending each pod costs. A failure is logged and changes nothing else: pods then end in the order that Kubernetes chooses. */
export async function writeDeletionCosts(
  deps: DeletionCostDeps,
  key: string,
  costs: readonly DeletionCost[],
  signal: AbortSignal,
): Promise<void> {
  const failures = (await Promise.all(costs.map(async (cost) => writeCost(deps, key, cost, signal)))).filter(
    (error) => error !== undefined,
  );
  if (failures.length > 0) deps.logger.warn({ err: failures[0], pods: failures.length }, "deletion cost of pods not written");
}

async function writeCost(deps: DeletionCostDeps, key: string, { pod, cost }: DeletionCost, signal: AbortSignal): Promise<unknown> {
  const { name, namespace, uid } = pod.metadata;
  // The uid makes the patch fail where another pod has taken the name.
  const patch = { metadata: { uid, annotations: { [POD_DELETION_COST_ANNOTATION]: cost ?? null } } };
  try {
    const stored = await deps.client.mergePatch(pods, namespace, name, { patch, fieldManager: SCALE_FIELD_MANAGER, timeoutMs, signal });
    deps.written.recordWrite(key, pods, stored);
    deps.metrics.observeWrite("patch", pods.kind);
    deps.logger.debug({ pod: name, cost }, "deletion cost written");
    return undefined;
  } catch (error) {
    return isNotFound(error) || isConflict(error) ? undefined : error;
  }
}
