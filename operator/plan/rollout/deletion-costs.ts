import { COMPONENT_LABEL, POD_DELETION_COST_ANNOTATION } from "../../api/labels.ts";
import type { ReleaseStatus } from "../../api/status.ts";
import { read, readString } from "../../base/read.ts";
import type { LiveObject, Snapshot } from "../observe/snapshot.ts";
import { releaseToCome, workerPods, workerPodsToEnd } from "../observe/worker-queues.ts";

/** What ending a pod costs; an idle one goes before one of which nothing is known, which counts as 0, and a busy one last. */
const DELETION_COSTS = { idle: "-10", busy: "10" } as const;
const ours: readonly string[] = Object.values(DELETION_COSTS);

/** A pod whose cost changes; undefined: it has none any longer. */
export interface DeletionCost {
  readonly pod: LiveObject;
  readonly cost: string | undefined;
}

/**
 * The costs to write now: while a release replaces workers, those of pods that are to end and of which the queue reports; otherwise those to
 * take back, because an idle pod of then may be busy now. A cost that somebody else gave a pod is never touched.
 */
export function decideDeletionCosts(snapshot: Snapshot, release: ReleaseStatus): readonly DeletionCost[] {
  if (releaseToCome(release) === undefined) {
    return workerPods(snapshot.pods).flatMap((pod) => (ours.includes(costOf(pod) ?? "") ? [{ pod, cost: undefined }] : []));
  }
  return workerPodsToEnd(snapshot, release).flatMap((pod) => {
    const [now, wanted] = [costOf(pod), wantedCost(snapshot, pod)];
    const isFree = now === undefined || ours.includes(now);
    return isFree && wanted !== undefined && wanted !== now ? [{ pod, cost: wanted }] : [];
  });
}

function costOf({ metadata }: LiveObject): string | undefined {
  return metadata.annotations?.[POD_DELETION_COST_ANNOTATION];
}

function wantedCost({ activity, app }: Snapshot, pod: LiveObject): string | undefined {
  const component = pod.metadata.labels?.[COMPONENT_LABEL] ?? "";
  const known = activity?.[component];
  const address = readString(read(pod, "status", "podIP"));
  if (known === undefined || address === undefined) return undefined;
  if (known.busy.includes(address) || known.busy.includes(pod.metadata.name)) return DELETION_COSTS.busy;
  // A consumer with the name of a pod is that pod, or one that is gone; any other may be this very pod.
  const isSomebody = known.unknown.some((name) => !name.startsWith(`${app.metadata.name}-${component}-`));
  return known.idle.includes(address) && !isSomebody ? DELETION_COSTS.idle : undefined;
}
