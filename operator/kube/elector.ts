import type { KubeClient } from "./client.ts";
import type { Clock, Random } from "./clock.ts";

/** Thrown by assertLeader() when this process may not write. */
export class NotLeaderError extends Error {
  constructor(message = "this replica does not hold the lease; another one acts now") {
    super(message);
    this.name = "NotLeaderError";
  }
}

/** How to campaign. Durations in milliseconds. */
export interface ElectorOptions {
  /** Must not be behind this elector's own write gate. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique per process, e.g. pod name + random suffix. */
  readonly identity: string;
  /** Default 15,000. */
  readonly leaseMs?: number;
  /** Default 10,000; must be below leaseMs. */
  readonly renewDeadlineMs?: number;
  /** Default 2,000. */
  readonly retryMs?: number;
  /** Leading work begins; it must end soon after the signal aborts. The lease is released only after it has settled. */
  readonly onStarted: (signal: AbortSignal) => Promise<void> | void;
  /** Leading is over, gracefully or not. */
  readonly onStopped?: (reason: "released" | "lost") => void;
  /** A new holder was observed. */
  readonly onNewLeader?: (identity: string) => void;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Leader election by a Lease with a strict deadline. */
export interface Elector {
  /** Campaigns, leads, and ends: "released" after the signal, "lost" when the lease could not be renewed (exit the process then). */
  run(signal: AbortSignal): Promise<"released" | "lost">;
  /** False from the renew deadline on, by the monotonic clock, whatever the event loop did. */
  isLeader(): boolean;
  /** A WriteGate: throws NotLeaderError, else returns the milliseconds a write may still take. */
  assertLeader(): number;
  /** The holder last observed. */
  leader(): string | undefined;
}

/** Makes an elector; it does nothing before run(). */
export function createElector(_options: ElectorOptions): Elector {
  throw new Error("not implemented yet");
}
