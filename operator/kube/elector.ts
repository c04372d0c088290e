import type { KubeClient } from "./client.ts";
import type { Clock, Random } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { createClaimer } from "./lease-claim.ts";
import type { Nap } from "./leading-work.ts";
import { createNap, startWork } from "./leading-work.ts";

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
  /** Campaigns, leads, and ends: "released" after the signal, "lost" when the lease could not be renewed (exit the process then). Rejects when the leading work failed. */
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
/** The part of the lease, before its end, in which no write may be under way any more: 1 s of 15. */
const WRITE_MARGIN = 1 / 15;

/** Makes an elector; it does nothing before run(). */
export function createElector(options: ElectorOptions): Elector {
  const { clock = systemClock, random = Math.random, leaseMs = LEASE_MS } = options;
  const { renewDeadlineMs = RENEW_DEADLINE_MS, retryMs = RETRY_MS } = options;
  if (renewDeadlineMs >= leaseMs || retryMs * JITTER >= renewDeadlineMs) {
    throw new Error(
      "the lease must last longer than its renew deadline, and that longer than 1.2 retries: raise the former or lower the latter",
    );
  }
  const claimer = createClaimer({ ...options, clock, leaseMs });
  const onError = options.onError ?? ((): void => undefined);
  let phase: "candidate" | "leading" | "over" = "candidate";

  /** Once past the deadline it stays lost, even if nobody took the lease: what was decided meanwhile may be stale. */
  function isLeader(): boolean {
    if (phase === "leading" && remaining() <= 0) phase = "over";
    return phase === "leading";
  }

  function remaining(): number {
    return claimer.renewedAt() + renewDeadlineMs - clock.monotonic();
  }

  /** True: ours. False: another's. Undefined: the API server did not say in time. */
  async function attempt(timeoutMs: number): Promise<boolean | undefined> {
    const limit = new AbortController();
    const cleared = new AbortController();
    void clock.sleep(timeoutMs, cleared.signal).then(() => limit.abort(new Error("the lease could not be renewed in time")));
    try {
      return await claimer.claim(timeoutMs, limit.signal);
    } catch (error) {
      onError(error);
      return undefined;
    } finally {
      cleared.abort();
    }
  }

  async function campaign(stop: AbortSignal): Promise<boolean> {
    while (!stop.aborted) {
      const won = await attempt(renewDeadlineMs / 2);
      if (won === true && remaining() > 0) return true;
      // A standby looks at least every retry period, and right when the holder's lease runs out.
      const pause = retryMs / (1 + (JITTER - 1) * random());
      const expiry = claimer.untilExpiry();
      await clock.sleep(expiry > 0 ? Math.min(pause, expiry + 50 * random()) : pause, stop);
    }
    return false;
  }

  async function lead(stop: AbortSignal, nap: Nap): Promise<"released" | "lost"> {
    const work = startWork(options.onStarted, nap.wake);
    try {
      for (;;) {
        await nap.sleep(Math.min(retryMs, remaining()));
        if (!isLeader()) return "lost";
        if (stop.aborted) work.abandon();
        if (work.hasEnded()) return "released";
        // After a stop the lease is renewed on until the work has let go: only then may another replica begin.
        if ((await attempt(Math.min(renewDeadlineMs / 2, remaining()))) === false) phase = "over";
        if (!isLeader()) return "lost";
      }
    } finally {
      work.abandon();
    }
  }

  async function leadAndRelease(stop: AbortSignal): Promise<"released" | "lost"> {
    const nap = createNap(clock);
    stop.addEventListener("abort", nap.wake, { once: true });
    phase = "leading";
    if (stop.aborted) nap.wake();
    try {
      return await lead(stop, nap);
    } finally {
      stop.removeEventListener("abort", nap.wake);
      const held = isLeader();
      phase = "over";
      if (held) await claimer.release().catch(onError);
      options.onStopped?.(held ? "released" : "lost");
    }
  }

  return {
    run: async (stop) => ((await campaign(stop)) ? leadAndRelease(stop) : "released"),
    isLeader,
    assertLeader() {
      if (!isLeader()) throw new NotLeaderError();
      return Math.max(1, remaining() + leaseMs * (1 - WRITE_MARGIN) - renewDeadlineMs);
    },
    leader: () => claimer.holder(),
  };
}
