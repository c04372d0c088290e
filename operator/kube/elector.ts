import type { KubeClient } from "./client.ts";
import type { Clock, Random } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { LeadingWork, Pause } from "./leading-work.ts";
import { createPause, startWork } from "./leading-work.ts";
import type { LeaseLock } from "./lease-lock.ts";
import { createLeaseLock } from "./lease-lock.ts";
import type { LeaseHold, Timing } from "./lease-hold.ts";
import { createLeaseHold } from "./lease-hold.ts";

/** Thrown by assertLeader() when this process may not write. */
export class NotLeaderError extends Error {
  constructor(message = "this replica does not hold the lease; another one acts now") {
    super(message);
    this.name = "NotLeaderError";
  }
}

/** How to acquire and renew the lease. Durations in milliseconds. */
export interface ElectorOptions {
  /** Must not be behind this elector's own write gate. */
  readonly client: Pick<KubeClient, "get" | "create" | "update">;
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
  /** Leading work begins; it must end soon after the signal aborts. The lease is released only after it has ended. */
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
  /** Acquires the lease, leads, and ends: "released" after the signal, "lost" when the lease could not be renewed (exit the process then). Rejects when the leading work failed. */
  run(signal: AbortSignal): Promise<"released" | "lost">;
  /** False from the renew deadline on, by the monotonic clock, whatever the event loop did. */
  isLeader(): boolean;
  /** A WriteGate: throws NotLeaderError, else returns the milliseconds a write may still take. */
  assertLeader(): number;
  /** The holder last observed. */
  leader(): string | undefined;
}

const LEASE_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;
const JITTER = 1.2;

/** What the phases of an election share. */
interface Election {
  readonly leaseLock: LeaseLock;
  readonly lease: LeaseHold;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly onStarted: ElectorOptions["onStarted"];
  readonly onError: (error: unknown) => void;
}

/** Makes an elector; it does nothing before run(). */
export function createElector(options: ElectorOptions): Elector {
  const { clock = systemClock, random = Math.random, onStarted, onError = (): void => undefined } = options;
  const timing = timingOf(options);
  const leaseLock = createLeaseLock({ ...options, clock, leaseMs: timing.leaseMs });
  const lease = createLeaseHold(timing, () => clock.monotonic() - leaseLock.renewedAt());
  const election: Election = { leaseLock, lease, clock, random, timing, onStarted, onError };
  return {
    async run(stop) {
      if (!(await acquire(election, stop))) return "released";
      try {
        return await renewUntilLost(election, stop);
      } finally {
        const held = lease.isLeader();
        lease.end();
        if (held) await leaseLock.release().catch(onError);
        options.onStopped?.(held ? "released" : "lost");
      }
    },
    isLeader: () => lease.isLeader(),
    assertLeader() {
      if (!lease.isLeader()) throw new NotLeaderError();
      return lease.writeTime();
    },
    leader: () => leaseLock.holder(),
  };
}

function timingOf(options: ElectorOptions): Timing {
  const { leaseMs = LEASE_MS, renewDeadlineMs = RENEW_DEADLINE_MS, retryMs = RETRY_MS } = options;
  if (renewDeadlineMs < leaseMs && retryMs * JITTER < renewDeadlineMs) return { leaseMs, renewDeadlineMs, retryMs };
  throw new Error(
    "the lease must last longer than its renew deadline, and that longer than 1.2 retries: raise the former or lower the latter",
  );
}

/** Tries until the lease is ours (true) or the signal aborts (false). */
async function acquire(election: Election, stop: AbortSignal): Promise<boolean> {
  const { leaseLock, lease, clock, random, timing } = election;
  while (!stop.aborted) {
    const won = await attempt(election, timing.renewDeadlineMs / 2);
    if (won === true && lease.remaining() > 0) return true;
    // A standby looks at least every retry period, and right when the holder's lease runs out.
    const pause = timing.retryMs / (1 + (JITTER - 1) * random());
    const expiry = leaseLock.untilExpiry();
    await clock.sleep(expiry > 0 ? Math.max(1, Math.min(pause, expiry + 50 * random())) : pause, stop);
  }
  return false;
}

async function renewUntilLost(election: Election, stop: AbortSignal): Promise<"released" | "lost"> {
  const pause = createPause(election.clock);
  stop.addEventListener("abort", pause.wake, { once: true });
  if (stop.aborted) pause.wake();
  election.lease.begin();
  const work = startWork(election.onStarted, pause.wake);
  try {
    return await renewWhile(election, work, pause, stop);
  } finally {
    work.stop();
    stop.removeEventListener("abort", pause.wake);
  }
}

async function renewWhile(election: Election, work: LeadingWork, pause: Pause, stop: AbortSignal): Promise<"released" | "lost"> {
  const { lease, timing } = election;
  for (;;) {
    await pause.sleep(Math.max(1, Math.min(timing.retryMs, lease.remaining())));
    if (!lease.isLeader()) return "lost";
    if (stop.aborted) work.stop();
    if (work.hasEnded()) return "released";
    // After a stop the lease is renewed on until the work has let go: only then may another replica begin.
    const renewed = await attempt(election, Math.min(timing.renewDeadlineMs / 2, lease.remaining()));
    if (renewed === false) lease.end();
    if (!lease.isLeader()) return "lost";
  }
}

/** True: ours. False: another's. Undefined: the API server did not say in time. */
async function attempt({ leaseLock, clock, onError }: Election, timeoutMs: number): Promise<boolean | undefined> {
  const limit = new AbortController();
  const done = new AbortController();
  void clock.sleep(timeoutMs, done.signal).then(() => limit.abort(new Error("the lease could not be renewed in time")));
  try {
    return await leaseLock.claim(timeoutMs, limit.signal);
  } catch (error) {
    onError(error);
    return undefined;
  } finally {
    done.abort();
  }
}
