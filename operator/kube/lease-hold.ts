/** Durations of an election, in milliseconds. */
export interface Timing {
  /** So long nobody else may take the lease after a renewal. */
  readonly leaseMs: number;
  /** So long the holder believes in it. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** The time in which this process leads, by the monotonic clock alone. */
export interface LeaseHold {
  begin(): void;
  end(): void;
  /** Once past the deadline it stays false, even if nobody took the lease: what was decided meanwhile may be stale. */
  isLeader(): boolean;
  /** Milliseconds until the renew deadline. */
  remaining(): number;
  /** Milliseconds that a write begun now may take, so that it ends before the lease does. */
  writeTime(): number;
}

/** The part of the lease, before its end, in which no write may be under way any more: 1 s of 15. */
const WRITE_MARGIN = 1 / 15;

/** Makes a LeaseHold; `age` reports the milliseconds since the last renewal was sent. */
export function createLeaseHold(timing: Timing, age: () => number): LeaseHold {
  let phase: "before" | "leading" | "over" = "before";
  function remaining(): number {
    return timing.renewDeadlineMs - age();
  }
  return {
    begin() {
      if (phase === "before") phase = "leading";
    },
    end() {
      phase = "over";
    },
    isLeader() {
      if (phase === "leading" && remaining() <= 0) phase = "over";
      return phase === "leading";
    },
    remaining,
    writeTime: () => Math.max(1, timing.leaseMs * (1 - WRITE_MARGIN) - age()),
  };
}
