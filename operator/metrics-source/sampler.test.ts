import { once } from "node:events";
import { createServer } from "node:http";
import { Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createPodScraper } from "./pod-scraper.ts";
import type { PodScraper, PodTarget } from "./pod-scraper.ts";
import type { Prometheus, QueryOutcome } from "./prometheus.ts";
import { createSampler } from "./sampler.ts";
import type { Sampler, SamplingJob, Timers } from "./sampler.ts";

const metrics = { path: "/metrics", requestDuration: "wait_seconds", statusLabel: "code" };

/** A clock that is turned by hand. */
class Hand implements Timers {
  readonly waiting: { at: number; call: () => void }[] = [];
  private time = 1_000_000;

  now(): number {
    return this.time;
  }

  after(milliseconds: number, call: () => void): () => void {
    const entry = { at: this.time + milliseconds, call };
    this.waiting.push(entry);
    return () => void (this.waiting.includes(entry) && this.waiting.splice(this.waiting.indexOf(entry), 1));
  }

  async turn(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    for (const entry of this.waiting.filter(({ at }) => at <= this.time)) {
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      entry.call();
    }
    await settle();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Fixture {
  readonly hand: Hand;
  readonly sampler: Sampler;
  /** Requests and errors by pod; pods that are missing refuse connections. */
  readonly counters: Map<string, readonly [number, number]>;
  readonly scraped: string[][];
  readonly sampled: string[];
  readonly errors: unknown[];
  readonly connections: { url: string; closed: boolean }[];
  answer: QueryOutcome;
  hold: Promise<void> | undefined;
  onSample: (key: string) => void;
}

function page([requests, errors]: readonly [number, number]): string {
  return `wait_seconds_count{code="200"} ${requests - errors}\nwait_seconds_count{code="500"} ${errors}\n`;
}

function given(): Fixture {
  const hand = new Hand();
  const scraper: PodScraper = {
    async scrape({ targets, read, signal }) {
      fixture.scraped.push(targets.map(({ pod }) => pod));
      const pages = targets.map(({ pod }) => fixture.counters.get(pod));
      await fixture.hold;
      return targets.map((asked, index) => {
        const found = pages[index];
        if (found === undefined || signal?.aborted === true) return { target: asked, ok: false, reason: "the connection is refused" };
        return { target: asked, ok: true, value: read(page(found)) };
      });
    },
  };
  function connect({ url }: { url: string }): Prometheus {
    if (url === "broken") throw new TypeError("Invalid URL");
    const connection = { url, closed: false };
    fixture.connections.push(connection);
    return {
      query: () => Promise.resolve(fixture.answer),
      close: () => {
        connection.closed = true;
        return Promise.resolve();
      },
    };
  }
  const fixture: Fixture = {
    hand,
    counters: new Map(),
    scraped: [],
    sampled: [],
    errors: [],
    connections: [],
    answer: { state: "no-data" },
    hold: undefined,
    onSample: () => undefined,
    sampler: createSampler({
      scraper,
      connect,
      timers: hand,
      maxPods: { stable: 2, candidate: 3 },
      onSample: (key) => {
        fixture.sampled.push(key);
        fixture.onSample(key);
      },
      onError: (_, error) => fixture.errors.push(error),
    }),
  };
  return fixture;
}

function target(pod: string, restarts = 0): PodTarget {
  return { pod, address: "10.0.0.1", port: 8080, restarts };
}

function job(stable: readonly string[], candidate: readonly string[], more: Partial<SamplingJob> = {}): SamplingJob {
  const tracks = { stable: stable.map((pod) => target(pod)), candidate: candidate.map((pod) => target(pod)) };
  return { id: "r2", intervalSeconds: 10, tracks, metrics, queries: [], ...more };
}

test("samples at once and then every interval, and tells each time", async () => {
  const { hand, sampler, counters, sampled } = given();
  counters.set("s1", [100, 0]).set("c1", [10, 0]);
  sampler.watch("ns/shop", job(["s1"], ["c1"]));
  await settle();
  expect(sampled).toEqual(["ns/shop"]);
  expect(sampler.window("ns/shop", 0)).toMatchObject({ samples: 1, candidate: { requests: 0 } });
  counters.set("s1", [300, 2]).set("c1", [30, 5]);
  await hand.turn(9999);
  expect(sampled).toHaveLength(1);
  await hand.turn(1);
  expect(sampled).toHaveLength(2);
  expect(sampler.window("ns/shop", 1_000_000)).toMatchObject({
    samples: 2,
    stable: { requests: 200, errors: 2 },
    candidate: { requests: 20, errors: 5 },
  });
});

test("the same job again changes nothing, in whatever order its pods stand", async () => {
  const { hand, sampler, counters, scraped } = given();
  counters.set("c1", [0, 0]).set("c2", [0, 0]);
  sampler.watch("ns/shop", job([], ["c1", "c2"]));
  await settle();
  sampler.watch("ns/shop", job([], ["c2", "c1"]));
  await settle();
  expect(scraped).toEqual([[], ["c1", "c2"]]);
  expect(hand.waiting).toHaveLength(1);
});

test("a pod that comes between two rounds is met at once, so that the next round tells of it", async () => {
  const { hand, sampler, counters, scraped } = given();
  counters.set("c1", [0, 0]).set("c2", [5, 0]);
  sampler.watch("ns/shop", job([], ["c1"]));
  await settle();
  await hand.turn(3000);
  sampler.watch("ns/shop", job([], ["c1", "c2"]));
  await settle();
  expect(scraped.at(-1)).toEqual(["c2"]);
  counters.set("c2", [25, 1]);
  await hand.turn(7000);
  expect(sampler.window("ns/shop", 0)?.candidate).toMatchObject({ requests: 20, errors: 1 });
});

test("another release begins with an empty history", async () => {
  const { hand, sampler, counters } = given();
  counters.set("c1", [0, 0]);
  sampler.watch("ns/shop", job([], ["c1"]));
  await settle();
  counters.set("c1", [50, 50]);
  await hand.turn(10_000);
  expect(sampler.window("ns/shop", 0)?.candidate.errors).toBe(50);
  sampler.watch("ns/shop", job([], ["c1"], { id: "r3" }));
  expect(sampler.window("ns/shop", 0)).toBeUndefined();
  await settle();
  expect(sampler.window("ns/shop", 0)?.candidate.errors).toBe(0);
  expect(hand.waiting).toHaveLength(1);
});

test("an app that is gone leaves nothing, even in the midst of a round", async () => {
  const fixture = given();
  const { hand, sampler, counters, sampled, connections } = fixture;
  counters.set("c1", [0, 0]);
  let release = (): void => undefined;
  fixture.hold = new Promise((resolve) => (release = resolve));
  const prometheus = { url: "http://prometheus" };
  sampler.watch("ns/shop", job([], ["c1"], { prometheus, queries: [{ name: "checkout", promql: "1" }] }));
  await settle();
  sampler.unwatch("ns/shop");
  sampler.unwatch("ns/shop");
  release();
  await settle();
  expect(sampled).toEqual([]);
  expect(hand.waiting).toEqual([]);
  expect(sampler.keys()).toEqual([]);
  expect(sampler.window("ns/shop", 0)).toBeUndefined();
  expect(connections).toEqual([{ url: "http://prometheus", closed: true }]);
});

test("may be ended from within onSample, and by close", async () => {
  const fixture = given();
  const { hand, sampler } = fixture;
  fixture.onSample = (key) => sampler.unwatch(key);
  sampler.watch("ns/a", job([], []));
  await settle();
  expect(hand.waiting).toEqual([]);
  fixture.onSample = () => undefined;
  sampler.watch("ns/b", job([], []));
  sampler.watch("ns/c", job([], []));
  await settle();
  expect(hand.waiting).toHaveLength(2);
  sampler.close();
  expect(hand.waiting).toEqual([]);
});

test("goes on after an error of onSample, which is told", async () => {
  const fixture = given();
  const { hand, sampler, errors, sampled } = fixture;
  fixture.onSample = () => {
    throw new Error("queue is closed");
  };
  sampler.watch("ns/shop", job([], []));
  await settle();
  await hand.turn(10_000);
  expect(sampled).toHaveLength(2);
  expect(errors).toHaveLength(2);
});

test("rounds of one app never overlap, and a slow one still leaves a pause", async () => {
  const fixture = given();
  const { hand, sampler, scraped } = fixture;
  let release = (): void => undefined;
  fixture.hold = new Promise((resolve) => (release = resolve));
  sampler.watch("ns/shop", job([], ["c1"]));
  await settle();
  await hand.turn(30_000);
  expect(scraped).toHaveLength(2);
  release();
  await settle();
  await hand.turn(1999);
  expect(scraped).toHaveLength(2);
  await hand.turn(1);
  expect(scraped).toHaveLength(4);
});

test("a changed interval counts from now", async () => {
  const { hand, sampler, sampled } = given();
  sampler.watch("ns/shop", job([], [], { intervalSeconds: 3600 }));
  await settle();
  sampler.watch("ns/shop", job([], [], { intervalSeconds: 5 }));
  await hand.turn(5000);
  expect(sampled).toHaveLength(2);
  expect(hand.waiting).toHaveLength(1);
});

test("asks no more pods of a track than it may, always the same ones", async () => {
  const { sampler, scraped } = given();
  sampler.watch("ns/shop", job(["s3", "s1", "s2"], ["c4", "c3", "c1", "c2"]));
  await settle();
  expect(scraped).toEqual([
    ["s1", "s2"],
    ["c1", "c2", "c3"],
  ]);
});

test("a dead track is told as silent, never as fine", async () => {
  const { hand, sampler, sampled } = given();
  sampler.watch("ns/shop", job(["s1"], ["c1"]));
  await settle();
  await hand.turn(10_000);
  expect(sampled).toHaveLength(2);
  expect(sampler.window("ns/shop", 0)).toMatchObject({
    candidate: { requests: 0, tellingPods: 0, silent: [{ pod: "c1", reason: "the connection is refused" }] },
    failures: ["pod s1: the connection is refused", "pod c1: the connection is refused"],
  });
});

describe("queries", () => {
  const queries = [{ name: "checkout", promql: "1" }];

  test("are asked in every round", async () => {
    const fixture = given();
    const { hand, sampler } = fixture;
    sampler.watch("ns/shop", job([], [], { prometheus: { url: "http://prometheus" }, queries }));
    await settle();
    expect(sampler.window("ns/shop", 0)?.queries).toEqual({ checkout: { state: "no-data" } });
    fixture.answer = { state: "value", value: 0.5 };
    await hand.turn(10_000);
    expect(sampler.window("ns/shop", 0)?.queries).toEqual({ checkout: { state: "value", value: 0.5 } });
  });

  test("follow a changed Prometheus over one connection at a time", async () => {
    const { sampler, connections } = given();
    sampler.watch("ns/shop", job([], [], { prometheus: { url: "http://a" } }));
    await settle();
    expect(connections).toEqual([]);
    sampler.watch("ns/shop", job([], [], { prometheus: { url: "http://a" }, queries }));
    sampler.watch("ns/shop", job([], [], { prometheus: { url: "http://b" }, queries }));
    expect(connections).toEqual([
      { url: "http://a", closed: true },
      { url: "http://b", closed: false },
    ]);
  });

  test.each([
    [undefined, "set monitoring.prometheus"],
    [{ url: "broken" }, "is not valid"],
  ])("without a Prometheus to ask (%j) have a reason", async (prometheus, reason) => {
    const { sampler } = given();
    sampler.watch("ns/shop", job([], [], { queries, ...(prometheus === undefined ? {} : { prometheus }) }));
    await settle();
    expect(sampler.window("ns/shop", 0)?.queries).toEqual({ checkout: { state: "error", reason: expect.stringContaining(reason) } });
  });
});

test("tells the errors and the latency of a real page of a real server", async () => {
  const registry = new Registry();
  const histogram = new Histogram({
    name: "wait_seconds",
    help: "Seconds.",
    labelNames: ["code"],
    buckets: [0.5, 2],
    registers: [registry],
  });
  const server = createServer((_, response) => void registry.metrics().then((text) => response.end(text)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const rounds: (() => void)[] = [];
  const errors: unknown[] = [];
  const sampler = createSampler({
    scraper: createPodScraper(),
    connect: () => {
      throw new Error("not asked for");
    },
    onSample: () => rounds.shift()?.(),
    onError: (_, error) => errors.push(error),
    timers: { now: () => Date.now(), after: (_, call) => clearImmediate.bind(undefined, setImmediate(call)) },
  });
  const first = new Promise<void>((resolve) => rounds.push(resolve));
  const tracks = { stable: [], candidate: [{ pod: "c1", address: "127.0.0.1", port, restarts: 0 }] };
  sampler.watch("ns/shop", { ...job([], []), tracks });
  await first;
  for (let request = 0; request < 80; request += 1) histogram.observe({ code: "200" }, 0.1);
  for (let request = 0; request < 20; request += 1) histogram.observe({ code: "503" }, 1);
  // The round under way may have been answered before; the one after it was not.
  await new Promise<void>((resolve) => rounds.push(() => rounds.push(resolve)));
  const window = sampler.window("ns/shop", 0);
  sampler.close();
  server.close();
  expect(errors).toEqual([]);
  expect(window?.candidate).toMatchObject({ requests: 100, errors: 20, withoutStatus: 0, silent: [], p99: { isFloor: false } });
  expect(window?.candidate.p99?.seconds).toBeCloseTo(1.925, 6);
});
