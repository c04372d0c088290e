import { once } from "node:events";
import { createServer } from "node:http";
import { Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import type { SampledPod, SampledRelease, SamplingJob } from "./job.ts";
import { createPodProber } from "./pod-prober.ts";
import { createPodScraper } from "./pod-scraper.ts";
import type { PodScraper } from "./pod-scraper.ts";
import type { Prometheus, QueryOutcome, VectorOutcome } from "./prometheus.ts";
import { mergeCounts } from "./request-counts.ts";
import { createSampler } from "./sampler.ts";
import type { Sampler } from "./sampler.ts";
import { HandTimers, nextTick } from "./testing/hand-timers.ts";

const metrics = { port: 8080, path: "/metrics", requestDuration: "wait_seconds", statusLabel: "code", excludeRoutes: [] };

interface Fixture {
  readonly hand: HandTimers;
  readonly sampler: Sampler;
  /** Requests and errors by pod; pods that are missing refuse connections. */
  readonly counters: Map<string, readonly [number, number]>;
  readonly scraped: string[][];
  readonly endpoints: unknown[];
  readonly probed: string[];
  readonly sampled: string[];
  readonly errors: unknown[];
  readonly connections: { url: string; closed: boolean }[];
  answer: QueryOutcome;
  vector: (promql: string) => VectorOutcome;
  hold: Promise<void> | undefined;
  onSample: (key: string) => void;
}

function page([requests, errors]: readonly [number, number]): string {
  return `wait_seconds_count{code="200"} ${requests - errors}\nwait_seconds_count{code="500"} ${errors}\n`;
}

function given(): Fixture {
  const hand = new HandTimers();
  const scraper: PodScraper = {
    async scrape({ targets, endpoint, read, signal }) {
      fixture.scraped.push(targets.map(({ pod }) => pod));
      fixture.endpoints.push(endpoint);
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
      async vector(promql) {
        await fixture.hold;
        return fixture.vector(promql);
      },
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
    endpoints: [],
    probed: [],
    sampled: [],
    errors: [],
    connections: [],
    answer: { state: "no-data" },
    vector: () => ({ state: "vector", series: [] }),
    hold: undefined,
    onSample: () => undefined,
    sampler: createSampler({
      scraper,
      prober: {
        ask({ address, path }) {
          fixture.probed.push(`${address}${path}`);
          return Promise.resolve({ status: 500 });
        },
      },
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

function podOf(name: string, more: Partial<SampledPod> = {}): SampledPod {
  return { pod: name, address: name, ready: true, restarts: 0, createdMs: 0, ...more };
}

function releaseOf(names: readonly string[]): SampledRelease {
  return { pods: names.map((name) => podOf(name)), metrics, web: { port: 8080 } };
}

function job(stable: readonly string[], candidate: readonly string[], more: Partial<SamplingJob> = {}): SamplingJob {
  const placements = { stable: releaseOf(stable), candidate: releaseOf(candidate) };
  return { id: "r2", trialStartedMs: 900_000, intervalSeconds: 10, placements, probes: [], queries: [], ...more };
}

test("samples at once and then every interval, and calls each time", async () => {
  const { hand, sampler, counters, sampled } = given();
  counters.set("s1", [100, 0]).set("c1", [10, 0]);
  sampler.watch("ns/shop", job(["s1"], ["c1"]));
  expect(sampler.measurement("ns/shop")).toBeUndefined();
  await nextTick();
  expect(sampled).toEqual(["ns/shop"]);
  expect(sampler.measurement("ns/shop")).toMatchObject({ trial: "r2", rounds: [{ candidate: { requests: 0 } }] });
  counters.set("s1", [300, 2]).set("c1", [30, 5]);
  await hand.turn(9999);
  expect(sampled).toHaveLength(1);
  await hand.turn(1);
  expect(sampled).toHaveLength(2);
  expect(sampler.measurement("ns/shop")?.rounds.at(-1)).toMatchObject({
    fromMs: 1_000_000,
    toMs: 1_010_000,
    stable: { requests: 200, errors: 2 },
    candidate: { requests: 20, errors: 5 },
  });
});

test("the same job again changes nothing, in whatever order its pods stand", async () => {
  const { hand, sampler, counters, scraped } = given();
  counters.set("c1", [0, 0]).set("c2", [0, 0]);
  sampler.watch("ns/shop", job([], ["c1", "c2"]));
  await nextTick();
  sampler.watch("ns/shop", job([], ["c2", "c1"]));
  await nextTick();
  expect(scraped).toEqual([["c1", "c2"]]);
  expect(hand.waiting).toHaveLength(1);
});

test("a pod that comes between two rounds is looked at at once, so that the next round counts what is new since then", async () => {
  const { hand, sampler, counters, scraped } = given();
  counters.set("s1", [0, 0]).set("s2", [5, 0]);
  sampler.watch("ns/shop", job(["s1"], []));
  await nextTick();
  await hand.turn(3000);
  sampler.watch("ns/shop", job(["s1", "s2"], []));
  await nextTick();
  expect(scraped.at(-1)).toEqual(["s2"]);
  counters.set("s2", [25, 1]);
  await hand.turn(7000);
  expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.stable).toMatchObject({ requests: 20, errors: 1 });
});

test("two looks at one pod never overtake each other", async () => {
  const fixture = given();
  const { hand, sampler, counters, scraped } = fixture;
  counters.set("s1", [10, 0]).set("s2", [10, 0]);
  sampler.watch("ns/shop", job(["s1"], []));
  await nextTick();
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.hold = promise;
  await hand.turn(3000);
  sampler.watch("ns/shop", job(["s1", "s2"], []));
  counters.set("s1", [20, 0]).set("s2", [30, 0]);
  await hand.turn(7000);
  expect(scraped).toEqual([["s1"], ["s2"], ["s1"]]);
  resolve();
  fixture.hold = undefined;
  await nextTick();
  await hand.turn(10_000);
  const counted = sampler.measurement("ns/shop")?.rounds.map(({ stable }) => stable.requests);
  expect(counted).toEqual([0, 10, 20]);
});

test("another release begins with an empty history", async () => {
  const { hand, sampler, counters } = given();
  counters.set("c1", [0, 0]);
  sampler.watch("ns/shop", job([], ["c1"]));
  await nextTick();
  counters.set("c1", [50, 50]);
  await hand.turn(10_000);
  expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.candidate.errors).toBe(50);
  sampler.watch("ns/shop", job([], ["c1"], { id: "r3" }));
  expect(sampler.measurement("ns/shop")).toBeUndefined();
  await nextTick();
  expect(sampler.measurement("ns/shop")).toMatchObject({ trial: "r3", rounds: [{ candidate: { errors: 0 } }] });
  expect(hand.waiting).toHaveLength(1);
});

test("each release is asked where it says itself", async () => {
  const { sampler, endpoints } = given();
  const other = { ...metrics, port: 9090, path: "/prom", host: "shop.example.com" };
  const base = job(["s1"], ["c1"]);
  sampler.watch("ns/shop", { ...base, placements: { ...base.placements, candidate: { ...releaseOf(["c1"]), metrics: other } } });
  await nextTick();
  expect(endpoints).toEqual([metrics, other]);
});

test("other metrics of the same trial begin anew and count nothing twice", async () => {
  const { hand, sampler, counters } = given();
  counters.set("c1", [50, 0]);
  const first = job([], ["c1"], { trialStartedMs: 0 });
  sampler.watch("ns/shop", first);
  await nextTick();
  const changed = { ...releaseOf(["c1"]), metrics: { ...metrics, excludeRoutes: ["/up"] } };
  sampler.watch("ns/shop", { ...first, placements: { ...first.placements, candidate: changed } });
  await nextTick();
  counters.set("c1", [52, 0]);
  await hand.turn(10_000);
  counters.set("c1", [55, 0]);
  await hand.turn(10_000);
  expect(sampler.measurement("ns/shop")?.rounds.map(({ candidate }) => candidate.requests)).toEqual([50, 0, 3]);
});

test("probes are asked at the pods' web port, and counted in the round", async () => {
  const { hand, sampler, probed } = given();
  const probes = [{ path: "/login", expectStatus: [200], perInterval: 2, timeoutSeconds: 2 }];
  sampler.watch("ns/shop", job([], ["c1"], { probes }));
  await nextTick();
  await hand.turn(10_000);
  expect(probed).toEqual(["c1/login", "c1/login"]);
  const failed = { "/login": { asked: 2, failed: 2, failure: "status 500" } };
  expect(sampler.measurement("ns/shop")?.rounds.map(({ candidate }) => candidate.probes)).toEqual([{}, failed]);
  sampler.unwatch("ns/shop");
  await hand.turn(60_000);
  expect(probed).toHaveLength(2);
});

test("an app that is gone leaves nothing, even in the midst of a round", async () => {
  const fixture = given();
  const { hand, sampler, counters, sampled, connections } = fixture;
  counters.set("c1", [0, 0]);
  let release = (): void => undefined;
  fixture.hold = new Promise((resolve) => (release = resolve));
  const prometheus = { url: "http://prometheus", namespace: "ns" };
  sampler.watch("ns/shop", job([], ["c1"], { prometheus, queries: [{ name: "checkout", promql: "1" }] }));
  await nextTick();
  sampler.unwatch("ns/shop");
  sampler.unwatch("ns/shop");
  release();
  await nextTick();
  expect(sampled).toEqual([]);
  expect(hand.waiting).toEqual([]);
  expect(sampler.keys()).toEqual([]);
  expect(sampler.measurement("ns/shop")).toBeUndefined();
  expect(connections).toEqual([{ url: "http://prometheus", closed: true }]);
});

test("may be ended from within onSample, and by close", async () => {
  const fixture = given();
  const { hand, sampler } = fixture;
  fixture.onSample = (key) => sampler.unwatch(key);
  sampler.watch("ns/a", job([], []));
  await nextTick();
  expect(hand.waiting).toEqual([]);
  fixture.onSample = () => undefined;
  sampler.watch("ns/b", job([], []));
  sampler.watch("ns/c", job([], []));
  await nextTick();
  expect(hand.waiting).toHaveLength(2);
  sampler.close();
  expect(hand.waiting).toEqual([]);
});

test("goes on after an error of onSample, which is reported", async () => {
  const fixture = given();
  const { hand, sampler, errors, sampled } = fixture;
  fixture.onSample = () => {
    throw new Error("queue is closed");
  };
  sampler.watch("ns/shop", job([], []));
  await nextTick();
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
  await nextTick();
  await hand.turn(30_000);
  expect(scraped).toHaveLength(1);
  release();
  await nextTick();
  await hand.turn(1999);
  expect(scraped).toHaveLength(1);
  await hand.turn(1);
  expect(scraped).toHaveLength(2);
});

test("a changed interval counts from now", async () => {
  const { hand, sampler, sampled } = given();
  sampler.watch("ns/shop", job([], [], { intervalSeconds: 3600 }));
  await nextTick();
  sampler.watch("ns/shop", job([], [], { intervalSeconds: 5 }));
  await hand.turn(5000);
  expect(sampled).toHaveLength(2);
  expect(hand.waiting).toHaveLength(1);
});

test("asks no more pods of a release than it may, always the same ones", async () => {
  const { sampler, scraped } = given();
  sampler.watch("ns/shop", job(["s3", "s1", "s2"], ["c4", "c3", "c1", "c2"]));
  await nextTick();
  expect(scraped).toEqual([
    ["s1", "s2"],
    ["c1", "c2", "c3"],
  ]);
});

test("a dead release is reported as silent, never as fine", async () => {
  const { hand, sampler, sampled } = given();
  sampler.watch("ns/shop", job(["s1"], ["c1"]));
  await nextTick();
  await hand.turn(10_000);
  expect(sampled).toHaveLength(2);
  expect(sampler.measurement("ns/shop")?.visibility.candidate).toMatchObject({
    pods: 1,
    reporting: 0,
    silent: [{ pod: "c1", reason: "the connection is refused" }],
  });
});

describe("a Prometheus", () => {
  const prometheus = { url: "http://prometheus", namespace: "ns" };
  const counted = (requests: number): Fixture["vector"] => {
    return (promql) => {
      const counts = [{ labels: { pod: "c1", code: "200" }, value: requests }];
      return { state: "vector", series: promql.startsWith("sum by (pod, code)") ? counts : [] };
    };
  };

  test("is asked instead of the pods, and its counters count once", async () => {
    const fixture = given();
    const { hand, sampler, scraped } = fixture;
    fixture.vector = counted(40);
    sampler.watch("ns/shop", job(["s1"], ["c1"], { prometheus }));
    await nextTick();
    fixture.vector = counted(70);
    await hand.turn(20_000);
    expect(scraped).toEqual([]);
    const measured = sampler.measurement("ns/shop");
    expect(measured?.rounds.map(({ candidate }) => candidate.requests)).toEqual([0, 30, 0]);
    expect(measured?.visibility).toMatchObject({ candidate: { reporting: 1 }, stable: { reporting: 0, problem: expect.any(String) } });
    expect(measured?.visibility.candidate).not.toHaveProperty("problem");
  });

  test.each([
    [{ url: "broken", namespace: "ns" }, "correct monitoring.prometheus.url"],
    [prometheus, "must scrape the web pods"],
  ])("that knows nothing is a problem: %j", async (source, problem) => {
    const { sampler } = given();
    sampler.watch("ns/shop", job(["s1"], ["c1"], { prometheus: source }));
    await nextTick();
    expect(sampler.measurement("ns/shop")?.visibility.candidate.problem).toContain(problem);
  });
});

describe("queries", () => {
  const queries = [{ name: "checkout", promql: "1" }];

  test("are asked in every round", async () => {
    const fixture = given();
    const { hand, sampler } = fixture;
    sampler.watch("ns/shop", job([], [], { prometheus: { url: "http://prometheus", namespace: "ns" }, queries }));
    await nextTick();
    expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.queries).toEqual({ checkout: { state: "no-data" } });
    fixture.answer = { state: "value", value: 0.5 };
    await hand.turn(10_000);
    expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.queries).toEqual({ checkout: { state: "value", value: 0.5 } });
  });

  test("follow a changed Prometheus over one connection at a time", async () => {
    const { sampler, connections } = given();
    const at = (url: string): SamplingJob => job([], [], { prometheus: { url, namespace: "ns" }, queries });
    sampler.watch("ns/shop", at("http://a"));
    await nextTick();
    sampler.watch("ns/shop", at("http://a"));
    sampler.watch("ns/shop", at("http://b"));
    expect(connections).toEqual([
      { url: "http://a", closed: true },
      { url: "http://b", closed: false },
    ]);
  });

  test.each([
    [undefined, "set monitoring.prometheus"],
    [{ url: "broken", namespace: "ns" }, "is not valid"],
  ])("without a Prometheus to ask (%j) have a reason", async (prometheus, reason) => {
    const { sampler } = given();
    sampler.watch("ns/shop", job([], [], { queries, ...(prometheus === undefined ? {} : { prometheus }) }));
    await nextTick();
    expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.queries).toEqual({
      checkout: { state: "error", reason: expect.stringContaining(reason) },
    });
  });
});

test("counts the errors and the durations of a real page of a real server", async () => {
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
    prober: createPodProber(),
    connect: () => {
      throw new Error("not asked for");
    },
    onSample: () => rounds.shift()?.(),
    onError: (_, error) => errors.push(error),
    timers: { now: () => Date.now(), after: (_, call) => clearImmediate.bind(undefined, setImmediate(call)) },
  });
  const first = new Promise<void>((resolve) => rounds.push(resolve));
  const candidate = { ...releaseOf([]), pods: [podOf("c1", { address: "127.0.0.1" })], metrics: { ...metrics, port } };
  sampler.watch("ns/shop", { ...job([], []), placements: { stable: releaseOf([]), candidate } });
  await first;
  for (let request = 0; request < 80; request += 1) histogram.observe({ code: "200" }, 0.1);
  for (let request = 0; request < 20; request += 1) histogram.observe({ code: "503" }, 1);
  // The round under way may have been answered before; the one after it was not.
  await new Promise<void>((resolve) => rounds.push(() => rounds.push(resolve)));
  const measured = sampler.measurement("ns/shop");
  sampler.close();
  server.close();
  expect(errors).toEqual([]);
  const counted = mergeCounts((measured?.rounds ?? []).map((round) => round.candidate));
  expect(counted).toMatchObject({ requests: 100, errors: 20, withoutStatus: 0 });
  expect(counted.buckets.map(({ count }) => count)).toEqual([80, 100, 100]);
  expect(measured?.visibility.candidate).toMatchObject({ reporting: 1, silent: [] });
});
