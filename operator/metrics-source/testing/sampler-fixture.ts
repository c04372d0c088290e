import type { PodScraper } from "../pod-scraper.ts";
import type { Prometheus, VectorOutcome } from "../prometheus.ts";
import { createSampler } from "../sampler.ts";
import type { Sampler } from "../sampler.ts";
import { HandTimers } from "./hand-timers.ts";
import type { QueryOutcome } from "../../measurement/measurement.ts";
import type { SampledPod, SampledRelease, SamplingJob } from "../../measurement/sampling-job.ts";

/** Where pods of the fixture report. */
export const metrics = { port: 8080, path: "/metrics", requestDuration: "wait_seconds", statusLabel: "code", excludeRoutes: [] };

/** A sampler among fakes. */
export interface Fixture {
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

/** A sampler that watches nothing yet, with at most 2 stable and 3 candidate pods. */
export function givenSampler(): Fixture {
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

/** A ready pod. */
export function podOf(name: string, more: Partial<SampledPod> = {}): SampledPod {
  return { pod: name, address: name, ready: true, restarts: 0, createdMs: 0, ...more };
}

/** Ready pods of one release. */
export function releaseOf(names: readonly string[]): SampledRelease {
  return { pods: names.map((name) => podOf(name)), metrics, web: { port: 8080 } };
}

/** What to sample: pods by name. */
export function jobOf(stable: readonly string[], candidate: readonly string[], more: Partial<SamplingJob> = {}): SamplingJob {
  const placements = { stable: releaseOf(stable), candidate: releaseOf(candidate) };
  return { id: "r2", trialStartedMs: 900_000, intervalSeconds: 10, placements, probes: [], queries: [], ...more };
}
