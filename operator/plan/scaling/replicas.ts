import { QUIESCED_REPLICAS_ANNOTATION } from "../../api/labels.ts";
import type { Child } from "../../resources/children.ts";
import type { LiveObject } from "../observe/snapshot.ts";
import { read } from "../../base/read.ts";

/**
 * The replica count that the operator itself must write now, or undefined when the number is right or is the autoscaler's business.
 * An autoscaler never goes below its floor, so raising a workload to the floor is no quarrel with it: it saves the first 15 s after a
 * start, and it is the only way up from 0, where the HPA is switched off by design. What rested for a migration returns to the number
 * before it.
 */
export function decideReplicas(child: Child, live: LiveObject | undefined): number | undefined {
  if (!child.replicas) return undefined;
  const now = replicasNow(live);
  if ("fixed" in child.replicas) return now === child.replicas.fixed ? undefined : child.replicas.fixed;
  const { min, max } = child.replicas.autoscaled;
  if (now >= min) return undefined;
  return now === 0 ? Math.max(min, Math.min(max, remembered(live))) : min;
}

/** The number to remember beside a replica count that is only for a while. */
export function rememberedReplicas({ replicas }: Child, live: LiveObject | undefined): number | undefined {
  return replicas && "fixed" in replicas && replicas.idle === true ? replicasNow(live) : undefined;
}

function replicasNow(live: LiveObject | undefined): number {
  const current = read(live, "spec", "replicas");
  return typeof current === "number" ? current : 1;
}

function remembered(live: LiveObject | undefined): number {
  const before = Number(live?.metadata.annotations?.[QUIESCED_REPLICAS_ANNOTATION]);
  return Number.isSafeInteger(before) ? before : 0;
}
