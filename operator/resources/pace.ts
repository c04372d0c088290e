import { isTree } from "../base/tree.ts";
import type { Child } from "./children.ts";

/** How the pods of one Deployment are replaced; a new pod is always ready before an old one goes. */
export interface Pace {
  /** Pods that it may have more than it asks for, as a number or as a percentage of them. */
  readonly surge: number | string;
  /** Seconds that a new pod must stay ready before it counts. */
  readonly settleSeconds: number;
}

/** A Deployment at another pace than it was rendered with; what an overlay has set stays. */
export function withPace(child: Child, rendered: Pace, pace: Pace | undefined): Child {
  const { spec } = child.object;
  if (pace === undefined || child.object.kind !== "Deployment" || !isTree(spec)) return child;
  const { minReadySeconds = 0, strategy, ...rest } = spec;
  const seconds = minReadySeconds === rendered.settleSeconds ? pace.settleSeconds : minReadySeconds;
  const paced = { ...rest, strategy: widen(strategy, rendered.surge, pace.surge), ...(seconds !== 0 && { minReadySeconds: seconds }) };
  return { ...child, object: { ...child.object, spec: paced } };
}

function widen(strategy: unknown, from: Pace["surge"], maxSurge: Pace["surge"]): unknown {
  if (!isTree(strategy) || !isTree(strategy["rollingUpdate"]) || strategy["rollingUpdate"]["maxSurge"] !== from) return strategy;
  return { ...strategy, rollingUpdate: { ...strategy["rollingUpdate"], maxSurge } };
}
