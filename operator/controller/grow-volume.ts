import type { KubeClient } from "../kube/client.ts";
import { SCALE_FIELD_MANAGER } from "../api/kind.ts";
import { isConflict, isForbidden, isInvalid, isNotFound, KubeError } from "../kube/errors.ts";
import { persistentVolumeClaims, statefulSets } from "../kube/resources.ts";
import type { WriteTracker } from "../kube/write-tracker.ts";
import type { VolumeDecision, VolumeTrouble } from "../plan/volumes.ts";
import type { ControllerLogger } from "./logger.ts";
import type { ControllerMetrics } from "./metrics.ts";

/** What it takes to change a volume. */
export interface VolumeDependencies {
  readonly client: Pick<KubeClient, "mergePatch" | "delete">;
  readonly written: Pick<WriteTracker, "recordWrite" | "recordDelete">;
  readonly metrics: Pick<ControllerMetrics, "observeWrite">;
  readonly logger: Pick<ControllerLogger, "info">;
}

/** Whose volume it is. */
export interface VolumeOwner {
  readonly key: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** Applies what was decided about a volume; answers what keeps it from being as the spec asks, as far as is known now. */
export async function growVolume(
  deps: VolumeDependencies,
  decision: VolumeDecision,
  owner: VolumeOwner,
): Promise<VolumeTrouble | undefined> {
  const { grow, recreate, trouble } = decision;
  if (grow) return growClaim(deps, grow, { ...owner, trouble });
  if (recreate) await deleteAlone(deps, recreate, owner);
  return trouble;
}

async function growClaim(
  deps: VolumeDependencies,
  { claim, storage, field }: NonNullable<VolumeDecision["grow"]>,
  { key, namespace, signal, trouble }: VolumeOwner & Pick<VolumeDecision, "trouble">,
): Promise<VolumeTrouble | undefined> {
  const { name, uid, resourceVersion } = claim.metadata;
  const patch = { metadata: { uid, resourceVersion }, spec: { resources: { requests: { storage } } } };
  try {
    const stored = await deps.client.mergePatch(persistentVolumeClaims, namespace, name, {
      patch,
      fieldManager: SCALE_FIELD_MANAGER,
      signal,
    });
    deps.written.recordWrite(key, persistentVolumeClaims, stored);
    deps.metrics.observeWrite("apply", persistentVolumeClaims.kind);
    deps.logger.info({ claim: name, storage }, "volume grows");
    return trouble;
  } catch (error) {
    // It changed meanwhile: the next look decides.
    if (isConflict(error) || isNotFound(error)) return trouble;
    if (!isForbidden(error) && !isInvalid(error)) throw error;
    const why = error instanceof KubeError ? error.message : String(error);
    return { state: "refused", claim: name, message: `the volume ${name} cannot grow to ${storage}: ${why}`, field };
  }
}

/** Its pod goes on and belongs to the StatefulSet that is made in its place. */
async function deleteAlone(
  deps: VolumeDependencies,
  object: NonNullable<VolumeDecision["recreate"]>,
  { key, namespace, signal }: VolumeOwner,
): Promise<void> {
  const { name, uid, resourceVersion } = object.metadata;
  if (uid === undefined) return;
  const exactly = resourceVersion === undefined ? {} : { resourceVersion };
  try {
    await deps.client.delete(statefulSets, namespace, name, { uid, ...exactly, propagationPolicy: "Orphan", signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
    return;
  }
  deps.written.recordDelete(key, statefulSets, object);
  deps.metrics.observeWrite("delete", statefulSets.kind);
  deps.logger.info({ name }, "StatefulSet is made again for its larger volume");
}
