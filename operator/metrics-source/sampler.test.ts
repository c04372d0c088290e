import { once } from "node:events";
import { createServer } from "node:http";
import { Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createPodProber } from "./pod-prober.ts";
import { createPodScraper } from "./pod-scraper.ts";
import { mergeCounts } from "./request-counts.ts";
import { createSampler } from "./sampler.ts";
import { nextTick } from "./testing/hand-timers.ts";
import { givenSampler, jobOf, metrics, podOf, releaseOf } from "./testing/sampler-fixture.ts";
import type { Fixture } from "./testing/sampler-fixture.ts";
import type { SamplingJob } from "../measurement/sampling-job.ts";

test("samples at once and then every interval, and calls each time", async () => {
  const { hand, sampler, counters, sampled } = givenSampler();
  counters.set("s1", [100, 0]).set("c1", [10, 0]);
  sampler.watch("ns/shop", jobOf(["s1"], ["c1"]));
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
  const { hand, sampler, counters, scraped } = givenSampler();
  counters.set("c1", [0, 0]).set("c2", [0, 0]);
  sampler.watch("ns/shop", jobOf([], ["c1", "c2"]));
  await nextTick();
  sampler.watch("ns/shop", jobOf([], ["c2", "c1"]));
  await nextTick();
  expect(scraped).toEqual([["c1", "c2"]]);
  expect(hand.waiting).toHaveLength(1);
});

test("a pod that comes between two rounds is looked at at once, so that the next round counts what is new since then", async () => {
  const { hand, sampler, counters, scraped } = givenSampler();
  counters.set("s1", [0, 0]).set("s2", [5, 0]);
  sampler.watch("ns/shop", jobOf(["s1"], []));
  await nextTick();
  await hand.turn(3000);
  sampler.watch("ns/shop", jobOf(["s1", "s2"], []));
  await nextTick();
  expect(scraped.at(-1)).toEqual(["s2"]);
  counters.set("s2", [25, 1]);
  await hand.turn(7000);
  expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.stable).toMatchObject({ requests: 20, errors: 1 });
});

test("two looks at one pod never overtake each other", async () => {
  const fixture = givenSampler();
  const { hand, sampler, counters, scraped } = fixture;
  counters.set("s1", [10, 0]).set("s2", [10, 0]);
  sampler.watch("ns/shop", jobOf(["s1"], []));
  await nextTick();
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.hold = promise;
  await hand.turn(3000);
  sampler.watch("ns/shop", jobOf(["s1", "s2"], []));
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
  const { hand, sampler, counters } = givenSampler();
  counters.set("c1", [0, 0]);
  sampler.watch("ns/shop", jobOf([], ["c1"]));
  await nextTick();
  counters.set("c1", [50, 50]);
  await hand.turn(10_000);
  expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.candidate.errors).toBe(50);
  sampler.watch("ns/shop", jobOf([], ["c1"], { id: "r3" }));
  expect(sampler.measurement("ns/shop")).toBeUndefined();
  await nextTick();
  expect(sampler.measurement("ns/shop")).toMatchObject({ trial: "r3", rounds: [{ candidate: { errors: 0 } }] });
  expect(hand.waiting).toHaveLength(1);
});

test("each release is asked where it says itself", async () => {
  const { sampler, endpoints } = givenSampler();
  const other = { ...metrics, port: 9090, path: "/prom", host: "shop.example.com" };
  const base = jobOf(["s1"], ["c1"]);
  sampler.watch("ns/shop", { ...base, placements: { ...base.placements, candidate: { ...releaseOf(["c1"]), metrics: other } } });
  await nextTick();
  expect(endpoints).toEqual([metrics, other]);
});

test("other metrics of the same trial begin anew and count nothing twice", async () => {
  const { hand, sampler, counters } = givenSampler();
  counters.set("c1", [50, 0]);
  const first = jobOf([], ["c1"], { trialStartedMs: 0 });
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
  const { hand, sampler, probed } = givenSampler();
  const probes = [{ path: "/login", expectStatus: [200], perInterval: 2, timeoutSeconds: 2 }];
  sampler.watch("ns/shop", jobOf([], ["c1"], { probes }));
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
  const fixture = givenSampler();
  const { hand, sampler, counters, sampled, connections } = fixture;
  counters.set("c1", [0, 0]);
  let release = (): void => undefined;
  fixture.hold = new Promise((resolve) => (release = resolve));
  const prometheus = { url: "http://prometheus", namespace: "ns" };
  sampler.watch("ns/shop", jobOf([], ["c1"], { prometheus, queries: [{ name: "checkout", promql: "1" }] }));
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
  const fixture = givenSampler();
  const { hand, sampler } = fixture;
  fixture.onSample = (key) => sampler.unwatch(key);
  sampler.watch("ns/a", jobOf([], []));
  await nextTick();
  expect(hand.waiting).toEqual([]);
  fixture.onSample = () => undefined;
  sampler.watch("ns/b", jobOf([], []));
  sampler.watch("ns/c", jobOf([], []));
  await nextTick();
  expect(hand.waiting).toHaveLength(2);
  sampler.close();
  expect(hand.waiting).toEqual([]);
});

test("goes on after an error of onSample, which is reported", async () => {
  const fixture = givenSampler();
  const { hand, sampler, errors, sampled } = fixture;
  fixture.onSample = () => {
    throw new Error("queue is closed");
  };
  sampler.watch("ns/shop", jobOf([], []));
  await nextTick();
  await hand.turn(10_000);
  expect(sampled).toHaveLength(2);
  expect(errors).toHaveLength(2);
});

test("rounds of one app never overlap, and a slow one still leaves a pause", async () => {
  const fixture = givenSampler();
  const { hand, sampler, scraped } = fixture;
  let release = (): void => undefined;
  fixture.hold = new Promise((resolve) => (release = resolve));
  sampler.watch("ns/shop", jobOf([], ["c1"]));
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
  const { hand, sampler, sampled } = givenSampler();
  sampler.watch("ns/shop", jobOf([], [], { intervalSeconds: 3600 }));
  await nextTick();
  sampler.watch("ns/shop", jobOf([], [], { intervalSeconds: 5 }));
  await hand.turn(5000);
  expect(sampled).toHaveLength(2);
  expect(hand.waiting).toHaveLength(1);
});

test("asks no more pods of a release than it may, always the same ones", async () => {
  const { sampler, scraped } = givenSampler();
  sampler.watch("ns/shop", jobOf(["s3", "s1", "s2"], ["c4", "c3", "c1", "c2"]));
  await nextTick();
  expect(scraped).toEqual([
    ["s1", "s2"],
    ["c1", "c2", "c3"],
  ]);
});

test("a dead release is reported as silent, never as fine", async () => {
  const { hand, sampler, sampled } = givenSampler();
  sampler.watch("ns/shop", jobOf(["s1"], ["c1"]));
  await nextTick();
  await hand.turn(10_000);
  expect(sampled).toHaveLength(2);
  expect(sampler.measurement("ns/shop")?.visibility.candidate).toMatchObject({
    pods: 1,
    reporting: 0,
    silent: [{ pod: "c1", reason: "GET /metrics at port 8080: the connection is refused" }],
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
    const fixture = givenSampler();
    const { hand, sampler, scraped } = fixture;
    fixture.vector = counted(40);
    sampler.watch("ns/shop", jobOf(["s1"], ["c1"], { prometheus }));
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
    const { sampler } = givenSampler();
    sampler.watch("ns/shop", jobOf(["s1"], ["c1"], { prometheus: source }));
    await nextTick();
    expect(sampler.measurement("ns/shop")?.visibility.candidate.problem).toContain(problem);
  });
});

describe("queries", () => {
  const queries = [{ name: "checkout", promql: "1" }];

  test("are asked in every round", async () => {
    const fixture = givenSampler();
    const { hand, sampler } = fixture;
    sampler.watch("ns/shop", jobOf([], [], { prometheus: { url: "http://prometheus", namespace: "ns" }, queries }));
    await nextTick();
    expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.queries).toEqual({ checkout: { state: "no-data" } });
    fixture.answer = { state: "value", value: 0.5 };
    await hand.turn(10_000);
    expect(sampler.measurement("ns/shop")?.rounds.at(-1)?.queries).toEqual({ checkout: { state: "value", value: 0.5 } });
  });

  test("follow a changed Prometheus over one connection at a time", async () => {
    const { sampler, connections } = givenSampler();
    const at = (url: string): SamplingJob => jobOf([], [], { prometheus: { url, namespace: "ns" }, queries });
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
    const { sampler } = givenSampler();
    sampler.watch("ns/shop", jobOf([], [], { queries, ...(prometheus === undefined ? {} : { prometheus }) }));
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
  sampler.watch("ns/shop", { ...jobOf([], []), placements: { stable: releaseOf([]), candidate } });
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
