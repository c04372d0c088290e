import { describe, expect, test } from "vitest";
import type { Elector, ElectorOptions } from "./elector.ts";
import { createElector, NotLeaderError } from "./elector.ts";
import { readLease } from "./lease.ts";
import type { FakeClock } from "./testing/fake-clock.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import type { FakeLeases, FreezableClock, LeaseClient } from "./testing/fake-leases.ts";
import { blackhole, createFakeLeases, createFreezableClock, fairWeather } from "./testing/fake-leases.ts";
import { createSeededRandom } from "./testing/seeded-random.ts";

interface Candidate {
  readonly elector: Elector;
  readonly stop: AbortController;
  readonly outcome: Promise<string>;
  readonly log: string[];
  signal?: AbortSignal;
}

function candidate(name: string, clock: FakeClock | FreezableClock, client: LeaseClient, options: Partial<ElectorOptions> = {}): Candidate {
  const stop = new AbortController();
  const log: string[] = [];
  const self: { signal?: AbortSignal } = {};
  const elector = createElector({
    client,
    namespace: "system",
    name: "operator",
    identity: name,
    clock,
    random: () => 0,
    onStarted: (signal) => {
      log.push("started");
      self.signal = signal;
    },
    onStopped: (reason) => log.push(reason),
    ...options,
  });
  return Object.assign(self, {
    elector,
    stop,
    log,
    outcome: elector.run(stop.signal).catch((error: unknown) => `failed: ${String(error)}`),
  });
}

function pair(clock: FakeClock, leases: FakeLeases): [Candidate, Candidate] {
  return [candidate("a", clock, leases.clientFor(fairWeather)), candidate("b", clock, leases.clientFor(fairWeather))];
}

describe("an elector", () => {
  test("takes a free lease, renews it, and the other one waits", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const [a, b] = pair(clock, leases);
    await clock.advance(60_000);
    expect([a.elector.isLeader(), b.elector.isLeader()]).toEqual([true, false]);
    expect([a.log, b.log, b.elector.leader()]).toEqual([["started"], [], "a"]);
    expect(() => b.elector.assertLeader()).toThrow(NotLeaderError);
    expect(a.elector.assertLeader()).toBeGreaterThan(11_000);
    expect(leases.current()?.["spec"]).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  test("costs at most 35 requests a minute, leading or waiting", async () => {
    for (const count of [1, 2]) {
      const clock = createFakeClock();
      const leases = createFakeLeases();
      for (const name of ["a", "b"].slice(0, count))
        candidate(name, clock, leases.clientFor(fairWeather), { random: createSeededRandom(5) });
      await clock.advance(60_000);
      expect(leases.requests).toBeLessThanOrEqual(36 * count);
    }
  });

  test("releases the lease on a graceful stop, and the other one takes over within a retry period", async () => {
    const clock = createFakeClock();
    const [a, b] = pair(clock, createFakeLeases());
    await clock.advance(10_000);
    a.stop.abort();
    await clock.advance(2000);
    await expect(a.outcome).resolves.toBe("released");
    expect(a.log).toEqual(["started", "released"]);
    expect(b.elector.isLeader()).toBe(true);
  });

  test("keeps the lease until its work has let go", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const work = Promise.withResolvers<void>();
    const a = candidate("a", clock, leases.clientFor(fairWeather), { onStarted: () => work.promise });
    const b = candidate("b", clock, leases.clientFor(fairWeather));
    await clock.advance(5000);
    a.stop.abort();
    await clock.advance(40_000);
    expect([a.elector.isLeader(), b.elector.isLeader()]).toEqual([true, false]);
    work.resolve();
    await clock.advance(2000);
    expect([a.elector.isLeader(), b.elector.isLeader()]).toEqual([false, true]);
  });

  test("a killed leader is replaced within 17 s", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const frozen = createFreezableClock(clock);
    candidate("a", frozen, leases.clientFor(fairWeather));
    await clock.advance(1000);
    const b = candidate("b", clock, leases.clientFor(fairWeather));
    await clock.advance(30_000);
    frozen.freeze();
    await clock.advance(17_000);
    expect(b.elector.isLeader()).toBe(true);
  });

  test("a leader cut off from the API server alone gives up at its deadline, before anyone can take over", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    let weather = fairWeather;
    const a = candidate("a", clock, leases.clientFor({ pass: (...args) => weather.pass(...args) }));
    const b = candidate("b", clock, leases.clientFor(fairWeather));
    await clock.advance(10_500);
    weather = blackhole();
    await clock.advance(7400);
    expect(a.elector.isLeader()).toBe(true);
    await clock.advance(2200);
    expect([a.elector.isLeader(), a.signal?.aborted, b.elector.isLeader()]).toEqual([false, true, false]);
    await expect(a.outcome).resolves.toBe("lost");
    await clock.advance(8000);
    expect(b.elector.isLeader()).toBe(true);
  });

  test("a stalled leader may not write when it wakes, whatever its event loop has seen", async () => {
    const clock = createFakeClock();
    const a = candidate("a", clock, createFakeLeases().clientFor(fairWeather));
    await clock.advance(5000);
    clock.stall(12_000);
    expect(() => a.elector.assertLeader()).toThrow("does not hold the lease");
    await clock.advance(10_000);
    expect(a.elector.isLeader()).toBe(false);
    await expect(a.outcome).resolves.toBe("lost");
  });

  test("the time a write may take ends before the lease does", async () => {
    const clock = createFakeClock();
    const a = candidate("a", clock, createFakeLeases().clientFor(fairWeather));
    await clock.advance(1);
    clock.stall(9998);
    expect(a.elector.assertLeader()).toBeLessThanOrEqual(4001);
    expect(a.elector.isLeader()).toBe(true);
  });

  test("a renewal counts from before it was sent, however late its answer is read", async () => {
    const clock = createFakeClock();
    let stalls = 0;
    const pass = (when: string): Promise<void> => {
      if (when === "after" && stalls === 1) clock.stall(4900);
      stalls += when === "after" ? 1 : 0;
      return Promise.resolve();
    };
    const a = candidate("a", clock, createFakeLeases().clientFor({ pass }));
    await clock.advance(100);
    expect([stalls >= 2, a.elector.isLeader()]).toEqual([true, true]);
    clock.stall(5150);
    expect(a.elector.isLeader()).toBe(false);
  });

  test("skewed wall clocks change nothing: expiry is counted from the last change seen", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const a = candidate("a", clock, leases.clientFor(fairWeather));
    const tomorrow = { ...clock, wall: () => clock.wall() + 86_400_000, sleep: clock.sleep, monotonic: clock.monotonic };
    const b = candidate("b", tomorrow, leases.clientFor(fairWeather));
    await clock.advance(120_000);
    expect([a.elector.isLeader(), b.elector.isLeader()]).toEqual([true, false]);
  });

  test("a leader whose lease was edited by hand steps down, one whose lease was deleted makes it anew", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const a = candidate("a", clock, leases.clientFor(fairWeather));
    await clock.advance(5000);
    leases.remove();
    await clock.advance(5000);
    expect([a.elector.isLeader(), leases.current() === undefined]).toEqual([true, false]);
    const thief = leases.current();
    if (thief === undefined) throw new Error("no lease");
    await leases
      .clientFor(fairWeather)
      .update(undefined as never, { ...thief, spec: { holderIdentity: "thief", leaseDurationSeconds: 15 } });
    await clock.advance(2500);
    await expect(a.outcome).resolves.toBe("lost");
  });

  test("an answer that got lost is made good by the next try", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    let lose = false;
    const pass = (when: string): Promise<void> => (lose && when === "after" ? Promise.reject(new Error("reset")) : Promise.resolve());
    const a = candidate("a", clock, leases.clientFor({ pass }));
    await clock.advance(4000);
    lose = true;
    await clock.advance(2000);
    lose = false;
    await clock.advance(30_000);
    expect(a.elector.isLeader()).toBe(true);
  });

  test("work that fails releases the lease and fails the run", async () => {
    const clock = createFakeClock();
    const leases = createFakeLeases();
    const a = candidate("a", clock, leases.clientFor(fairWeather), { onStarted: () => Promise.reject(new Error("bug")) });
    await clock.advance(100);
    await expect(a.outcome).resolves.toContain("the leader's work failed");
    expect(readLease(leases.current() ?? ({} as never)).holder).toBe("");
  });

  test("durations that leave no margin are refused", () => {
    const client = createFakeLeases().clientFor(fairWeather);
    const base = { client, namespace: "n", name: "l", identity: "a", onStarted: () => undefined };
    expect(() => createElector({ ...base, leaseMs: 10_000, renewDeadlineMs: 10_000 })).toThrow("longer than its renew deadline");
    expect(() => createElector({ ...base, renewDeadlineMs: 2000 })).toThrow("longer than");
  });
});
