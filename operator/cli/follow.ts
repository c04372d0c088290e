import type { Clock } from "../base/clock.ts";
import { isTransient } from "../kube/errors.ts";

/** How to look again and again. */
export interface Following {
  readonly clock: Clock;
  /** Default: without end. */
  readonly timeoutMs?: number | undefined;
  /** Between two looks. */
  readonly everyMs: number;
}

/** An API server that is away for longer than this is not waited for, in milliseconds. */
const patienceMs = 60_000;

/** Looks until there is an answer; undefined when the time was over before. An API server that is away for a while is waited for. */
export async function follow<T>({ clock, timeoutMs, everyMs }: Following, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = clock.monotonic() + (timeoutMs ?? Infinity);
  let answeredAt = clock.monotonic();
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      answeredAt = clock.monotonic();
    } catch (error) {
      if (!isTransient(error) || clock.monotonic() - answeredAt > patienceMs) throw error;
    }
    if (clock.monotonic() >= end) return undefined;
    await clock.sleep(Math.min(everyMs, end - clock.monotonic()));
  }
}
