import type { RequestObservation } from "../kube/operations.ts";
import { createInFlightLimit } from "../kube/in-flight-limit.ts";
import { leases } from "../kube/resources.ts";

/** How many apps are reconciled at once: more while the API server keeps up and apps wait, half as many when it does not (AIMD). */
export interface WorkerLimit {
  /** Waits for a free place; call the result once to give it back. Rejects when the signal aborts. */
  acquire(signal: AbortSignal): Promise<() => void>;
  /** Hears of every answered or lost request. */
  observe(observation: RequestObservation): void;
  /** A reconcile has ended while so many apps waited: with some waiting, the cap grows by about one per round. */
  reconciled(waiting: number): void;
  readonly cap: number;
}

/** Bounds of the limit. */
export interface WorkerBounds {
  /** The fewest, and where it begins. */
  readonly least: number;
  /** The most; default 32, or `least` where that is more. */
  readonly most?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

const MOST = 32;
/** Kubernetes' own objective for the 99th percentile of writes, and of reads of one object. */
const SLOW_MS = 1000;
/** Requests under way together fail together: that is one sign of pressure, not many. */
const PAUSE_MS = 1000;
/** The API server, or what stands before it, says that it has too much to do. */
const OVERLOADED = new Set([429, 503, 504]);

/** Makes a limit for the controller's workers. */
export function createWorkerLimit({ least, most = Math.max(MOST, least), now = () => performance.now() }: WorkerBounds): WorkerLimit {
  const limit = createInFlightLimit(most, { least, initial: least });
  let slowedAt = -Infinity;
  return {
    acquire: async (signal) => limit.acquire(signal),
    observe(observation) {
      if (!isPressure(observation) || now() - slowedAt < PAUSE_MS) return;
      slowedAt = now();
      limit.slowDown();
    },
    reconciled(waiting) {
      if (waiting > 0 && now() - slowedAt >= PAUSE_MS) limit.speedUp();
    },
    get cap() {
      return limit.cap;
    },
  };
}

// Lists are slow by nature, watches are meant to be, and a Lease's renewal has a deadline of its own.
function isPressure({ verb, resource, status, milliseconds }: RequestObservation): boolean {
  if (verb === "watch" || verb === "list" || resource === leases.plural) return false;
  return status === 0 || OVERLOADED.has(status) || milliseconds >= SLOW_MS;
}
