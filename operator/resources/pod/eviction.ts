import type { PodComponent } from "./component.ts";
import type { Mounted } from "./volumes.ts";

const scratchOnly = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

/**
 * What the cluster autoscaler must know to remove a node: that the scratch directories on its disk hold nothing that would be missed. A run
 * of a Job is not said to be safe, because it would begin anew.
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 */
export function evictionAnnotations(component: Pick<PodComponent, "group">, { volumes }: Mounted): Record<string, string> {
  if (component.group !== "web" && component.group !== "workers") return {};
  const scratch = volumes.filter(({ emptyDir }) => emptyDir !== undefined).map(({ name }) => name);
  return scratch.length === 0 ? {} : { [scratchOnly]: scratch.join(",") };
}
