import type { Random } from "../base/clock.ts";
import { isTooManyRequests, isTransient, KubeError } from "./errors.ts";

/** Lets retries be a bounded share of the requests, so that an outage is not amplified. */
export interface RetryBudget {
  /** Each first attempt earns a part of a retry. */
  earn(): void;
  /** Takes one retry; false when the budget is spent. */
  spend(): boolean;
}

/** A budget of `capacity` retries that refills by `ratio` per request. */
export function createRetryBudget(capacity = 10, ratio = 0.2): RetryBudget {
  let left = capacity;
  return {
    earn() {
      left = Math.min(capacity, left + ratio);
    },
    spend() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}

const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 100;
/** A longer Retry-After is the caller's business: a reconcile requeues, it does not hold a place in the queue. */
const LONGEST_WAIT_MS = 5000;

/** How long to wait before attempt `attempt + 1` (attempts count from 1), or undefined when the error must go to the caller. */
export function retryDelay(error: unknown, attempt: number, idempotent: boolean, random: Random): number | undefined {
  if (!(error instanceof KubeError) || attempt >= MAX_ATTEMPTS || !isTransient(error)) return undefined;
  // 429 was refused before it was executed, so even a create may be sent again.
  if (!idempotent && !isTooManyRequests(error)) return undefined;
  if (error.reason === "Timeout") return undefined;
  const jittered = FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + random());
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return asked > LONGEST_WAIT_MS ? undefined : Math.max(asked, jittered);
}
