import { expect, test } from "vitest";
import type { ProbeAnswer, ProbeRequest } from "./pod-prober.ts";
import { createProbing } from "./probing.ts";
import type { Probing } from "./probing.ts";
import { HandTimers, nextTick } from "./testing/hand-timers.ts";
import type { Probe, SampledPod, SamplingJob } from "../measurement/sampling-job.ts";

const login: Probe = { path: "/login", expectStatus: [200, 302], perInterval: 5, timeoutSeconds: 2 };

function pod(name: string, ready = true): SampledPod {
  return { pod: name, address: name, ready, restarts: 0, createdMs: 0 };
}

function job(stable: readonly SampledPod[], candidate: readonly SampledPod[], probes: readonly Probe[] = [login]): SamplingJob {
  const metrics = { port: 9090, path: "/metrics", requestDuration: "a", statusLabel: "b", excludeRoutes: [] };
  return {
    id: "r2",
    trialStartedMs: 0,
    intervalSeconds: 10,
    probes,
    queries: [],
    placements: {
      stable: { pods: stable, metrics, web: { port: 8080 } },
      candidate: { pods: candidate, metrics, web: { port: 3000, host: "shop.example.com" } },
    },
  };
}

interface Given {
  readonly timers: HandTimers;
  readonly probing: Probing;
  readonly asked: (Omit<ProbeRequest, "signal"> & { readonly atMs: number })[];
  answer: (request: ProbeRequest) => ProbeAnswer | Promise<ProbeAnswer>;
}

function given(): Given {
  const timers = new HandTimers(0);
  const asked: Given["asked"] = [];
  const fixture: Given = {
    timers,
    asked,
    answer: () => ({ status: 200 }),
    probing: createProbing({
      timers,
      signal: new AbortController().signal,
      onError: (error) => {
        throw error;
      },
      prober: {
        ask(request) {
          const { signal: _, ...rest } = request;
          asked.push({ ...rest, atMs: timers.now() });
          return Promise.resolve(fixture.answer(request));
        },
      },
    }),
  };
  return fixture;
}

test("asks so many times per interval and release, spread over it and over the pods in turn", async () => {
  const { timers, probing, asked } = given();
  probing.follow(job([pod("s1")], [pod("c1"), pod("c2")]));
  await timers.turn(10_000);
  expect(asked.filter(({ address }) => address === "s1")).toHaveLength(5);
  expect(asked.filter(({ address }) => address.startsWith("c"))).toMatchObject([
    { address: "c1", atMs: 1000, port: 3000, host: "shop.example.com", path: "/login", timeoutMs: 2000 },
    { address: "c2", atMs: 3000 },
    { address: "c1", atMs: 5000 },
    { address: "c2", atMs: 7000 },
    { address: "c1", atMs: 9000 },
  ]);
  expect(probing.take()).toEqual({ stable: { "/login": { asked: 5, failed: 0 } }, candidate: { "/login": { asked: 5, failed: 0 } } });
  expect(probing.take()).toEqual({ stable: {}, candidate: {} });
  await timers.turn(10_000);
  expect(probing.take().candidate).toEqual({ "/login": { asked: 5, failed: 0 } });
});

test("an expected status is a good answer, any other and none is a failed one", async () => {
  const fixture = given();
  const { timers, probing } = fixture;
  const answers: ProbeAnswer[] = [
    { status: 302 },
    { status: 404 },
    { failure: "no answer within 2000 ms" },
    { status: 500 },
    { status: 200 },
  ];
  fixture.answer = () => answers.shift() ?? { status: 200 };
  probing.follow(job([], [pod("c1")]));
  await timers.turn(10_000);
  expect(probing.take()).toEqual({ stable: {}, candidate: { "/login": { asked: 5, failed: 3, failure: "status 500" } } });
});

test("asks ready pods only, and nobody where there is none", async () => {
  const { timers, probing, asked } = given();
  probing.follow(job([pod("s1", false)], [pod("c1", false), pod("c2")]));
  await timers.turn(10_000);
  expect(new Set(asked.map(({ address }) => address))).toEqual(new Set(["c2"]));
  expect(probing.take().stable).toEqual({});
});

test("a pod that ends while it is asked owes no answer, but a status counts", async () => {
  const fixture = given();
  const { timers, probing } = fixture;
  fixture.answer = async ({ address }) => {
    await nextTick();
    probing.follow(job([pod("s1", false)], [pod("c1", false)]));
    return address === "s1" ? { failure: "the connection was closed" } : { status: 500 };
  };
  probing.follow(job([pod("s1")], [pod("c1")]));
  await timers.turn(1000);
  await nextTick();
  expect(probing.take()).toEqual({ stable: {}, candidate: { "/login": { asked: 1, failed: 1, failure: "status 500" } } });
});

test("goes on at its pace when pods change, and anew when the probes change", async () => {
  const { timers, probing, asked } = given();
  probing.follow(job([], [pod("c1")]));
  for (let second = 0; second < 10; second += 1) {
    probing.follow(job([], [pod("c1"), pod(`c${second + 2}`)]));
    await timers.turn(1000);
  }
  expect(asked).toHaveLength(5);
  probing.follow(job([], [pod("c1")], [{ ...login, path: "/cart", perInterval: 1 }]));
  await timers.turn(10_000);
  expect(asked.slice(5)).toMatchObject([{ path: "/cart", atMs: 15_000 }]);
});

test("requests do not pile up where nothing answers, and are not counted before they have ended", async () => {
  const fixture = given();
  const { timers, probing, asked } = fixture;
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  fixture.answer = () => promise;
  probing.follow(job([], [pod("c1")], [{ ...login, perInterval: 100 }]));
  await timers.turn(10_000);
  expect(asked).toHaveLength(10);
  expect(probing.take().candidate).toEqual({});
  resolve({ failure: "no answer within 2000 ms" });
  await timers.turn(0);
  expect(probing.take().candidate).toEqual({ "/login": { asked: 10, failed: 10, failure: "no answer within 2000 ms" } });
});

test("a request that was called off is no request", async () => {
  const fixture = given();
  fixture.answer = () => "called off";
  fixture.probing.follow(job([], [pod("c1")]));
  await fixture.timers.turn(10_000);
  expect(fixture.probing.take().candidate).toEqual({});
});

test("stops", async () => {
  const { timers, probing, asked } = given();
  probing.follow(job([], [pod("c1")]));
  probing.stop();
  await timers.turn(60_000);
  expect(asked).toEqual([]);
  expect(timers.waiting).toEqual([]);
});
