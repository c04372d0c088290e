import type { V1Lifecycle } from "@kubernetes/client-node";
import type { Web } from "../../api/web.ts";

/** Seconds that the nodes and gateways of a busy cluster need at most to hear that a pod left the Service. */
const propagationSeconds = 10;
/** Seconds left to the process after its requests ended, to close its connections. */
const marginSeconds = 5;

/** How a web pod ends without losing a request. */
export interface Drain {
  readonly lifecycle?: V1Lifecycle;
  readonly terminationGracePeriodSeconds: number;
}

/**
 * Kubernetes takes a pod out of the Service and stops it at the same moment, so new requests still come for a while: the process
 * first goes on as if nothing had happened (sleep), then gets SIGTERM and the time to drain. drainSeconds 30, graceSeconds 60:
 * sleep 10, then 50 seconds to end. The grace period is lengthened where it could not hold sleep, drain and margin.
 */
export function drain(shutdown: Web["shutdown"]): Drain {
  const sleep = Math.min(shutdown.drainSeconds, propagationSeconds);
  const terminationGracePeriodSeconds = Math.max(shutdown.graceSeconds, sleep + shutdown.drainSeconds + marginSeconds);
  if (sleep === 0) return { terminationGracePeriodSeconds };
  return { lifecycle: { preStop: { sleep: { seconds: sleep } } }, terminationGracePeriodSeconds };
}
