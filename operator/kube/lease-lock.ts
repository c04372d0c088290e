import type { KubeClient } from "./client.ts";
import type { Clock } from "../base/clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./errors.ts";
import { newLease, readLease, withClaim, withoutHolder } from "./lease.ts";
import type { KubeObject } from "../base/object.ts";
import { leases } from "./resources.ts";

/** Whose claim to which Lease. */
export interface LeaseLockOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "update">;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly onNewLeader?: (identity: string) => void;
}

/** Takes, renews and releases a Lease by optimistic concurrency. */
export interface LeaseLock {
  /** True: ours since before this call. False: another one holds it. Throws when the API server did not say. */
  claim(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
  /** Monotonic time just before the last successful claim was sent; -Infinity before the first. */
  renewedAt(): number;
  /** Milliseconds until the present holder's lease runs out, as observed here. */
  untilExpiry(): number;
  holder(): string | undefined;
}

/**
 * Makes a LeaseLock. Another holder's expiry is judged by the local monotonic time since its record was last seen to change,
 * never by the times inside it: clocks of machines differ.
 */
export function createLeaseLock(options: LeaseLockOptions): LeaseLock {
  const { client, namespace, name, identity, leaseMs, clock } = options;
  let lease: KubeObject | undefined;
  let changedAt = -Infinity;
  let renewedAt = -Infinity;

  function observe(seen: KubeObject): void {
    const before = lease === undefined ? undefined : readLease(lease).holder;
    if (lease?.metadata.resourceVersion !== seen.metadata.resourceVersion || lease?.metadata.uid !== seen.metadata.uid)
      changedAt = clock.monotonic();
    lease = seen;
    const { holder } = readLease(seen);
    if (holder !== before && holder !== "") options.onNewLeader?.(holder);
  }

  function isHeldByOther(): boolean {
    return lease !== undefined && readLease(lease).holder !== identity && untilExpiry() > 0;
  }

  function untilExpiry(): number {
    if (lease === undefined) return 0;
    const { holder, durationMs } = readLease(lease);
    return holder === "" ? 0 : changedAt + durationMs - clock.monotonic();
  }

  /** The time before sending counts as the renewal: the server's own record can only be later. */
  async function store(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const claim = { holder: identity, leaseMs, now: clock.wall() };
    const request = { timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const sentAt = clock.monotonic();
    const stored =
      lease === undefined
        ? await client.create(leases, newLease(namespace, name, claim), request)
        : await client.update(leases, withClaim(lease, claim), request);
    renewedAt = sentAt;
    observe(stored);
  }

  async function look(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const seen = await client.get(leases, namespace, name, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    if (seen === undefined) lease = undefined;
    else observe(seen);
  }

  return {
    async claim(timeoutMs, signal) {
      const isOurs = lease !== undefined && readLease(lease).holder === identity;
      if (!isOurs) await look(timeoutMs, signal);
      if (isHeldByOther()) return false;
      try {
        await store(timeoutMs, signal);
        return true;
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error)) throw error;
        await look(timeoutMs, signal);
        if (isHeldByOther()) return false;
        throw error;
      }
    },
    async release() {
      if (lease === undefined || readLease(lease).holder !== identity) return;
      await client.update(leases, withoutHolder(lease, clock.wall()), { timeoutMs: 2000 });
      lease = undefined;
    },
    renewedAt: () => renewedAt,
    untilExpiry,
    holder: () => (lease === undefined ? undefined : readLease(lease).holder),
  };
}
