import { expect, test } from "vitest";
import type { Clock, Random } from "../base/clock.ts";
import type { Elector } from "./elector.ts";
import { createElector } from "./elector.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import type { FakeLeases, FreezableClock, Weather } from "./testing/fake-leases.ts";
import { createFakeLeases, createFreezableClock } from "./testing/fake-leases.ts";
import { createSeededRandom } from "./testing/seeded-random.ts";

/** One write that the gate let through: who, when, and until when it may be under way. */
interface GatedWrite {
  readonly by: string;
  readonly at: number;
  until: number;
}

interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly leases: FakeLeases;
  readonly end: AbortSignal;
  readonly writes: GatedWrite[];
}

/** Delays up to 300 ms, one request in ten fails, before or after it took effect; sometimes the network is gone for a while. */
function storm({ clock, random }: World, process: FreezableClock): Weather {
  let goneUntil = 0;
  return {
    async pass(_when, signal) {
      if (random() < 0.02) goneUntil = clock.monotonic() + random() * 40_000;
      await clock.sleep(random() * 300, signal);
      while (clock.monotonic() < goneUntil && signal?.aborted !== true) await clock.sleep(200, signal);
      await process.running();
      if (signal?.aborted === true || random() < 0.1) throw new Error("connection reset");
    },
  };
}

/** Stops the process now and then, for up to 40 s. */
async function disturb({ clock, random, end }: World, process: FreezableClock): Promise<void> {
  while (!end.aborted) {
    await clock.sleep(5000 + random() * 60_000, end);
    process.freeze();
    await clock.sleep(random() * 40_000, end);
    process.thaw();
  }
}

/** Writes as often as the gate lets it, as long as it leads. */
async function work(world: World, process: FreezableClock, signal: AbortSignal, write: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      write();
    } catch {
      return;
    }
    await process.sleep(100 + world.random() * 100, signal);
  }
}

async function live(world: World, process: FreezableClock, weather: Weather, identity: string): Promise<void> {
  const { clock, random, end, writes } = world;
  let endedAt = Infinity;
  const elector: Elector = createElector({
    client: world.leases.clientFor(weather),
    namespace: "n",
    name: "l",
    identity,
    clock: process,
    random,
    async onStarted(signal) {
      await work(world, process, signal, () => {
        const at = clock.monotonic();
        writes.push({ by: identity, at, until: at + elector.assertLeader() });
      });
      endedAt = clock.monotonic();
    },
  });
  const stop = new AbortController();
  end.addEventListener("abort", () => stop.abort(), { once: true });
  if (random() < 0.3) void clock.sleep(random() * 60_000, end).then(() => stop.abort());
  const outcome = await elector.run(stop.signal);
  if (outcome !== "released") return;
  // Released gracefully: the work had ended before, so none of its writes was under way any more.
  for (const write of writes) if (write.by === identity) write.until = Math.min(write.until, endedAt);
}

async function replica(world: World, name: string): Promise<void> {
  const process = createFreezableClock(world.clock);
  const weather = storm(world, process);
  void disturb(world, process);
  for (let life = 0; !world.end.aborted; life += 1) {
    await live(world, process, weather, `${name}-${life}`);
    await process.sleep(500, world.end);
  }
}

async function simulate(seed: number, minutes: number): Promise<GatedWrite[]> {
  const clock = createFakeClock();
  const end = new AbortController();
  const world: World = { clock, random: createSeededRandom(seed), leases: createFakeLeases(), end: end.signal, writes: [] };
  void replica(world, "a");
  void replica(world, "b");
  await clock.advance(minutes * 60_000);
  end.abort();
  await clock.advance(60_000);
  return world.writes;
}

/** No write by one replica may be under way when another one writes. */
function overlaps(writes: readonly GatedWrite[]): string[] {
  const found: string[] = [];
  const last = new Map<string, GatedWrite>();
  for (const write of writes) {
    for (const other of last.values()) {
      if (other.by !== write.by && other.until > write.at) found.push(`${other.by} until ${other.until}, ${write.by} at ${write.at}`);
    }
    if ((last.get(write.by)?.until ?? 0) < write.until) last.set(write.by, write);
  }
  return found;
}

test("in 200 simulated runs with stalls, partitions and lost answers no two replicas ever write at once", async () => {
  let total = 0;
  let handovers = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const writes = await simulate(seed, 4);
    expect({ seed, overlaps: overlaps(writes).slice(0, 3) }).toEqual({ seed, overlaps: [] });
    total += writes.length;
    handovers += new Set(writes.map((write) => write.by)).size;
  }
  expect(total).toBeGreaterThan(100_000);
  expect(handovers).toBeGreaterThan(500);
}, 120_000);
