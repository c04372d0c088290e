import { isDeepStrictEqual } from "node:util";
import type { PodProber } from "./pod-prober.ts";
import type { Timers } from "../base/clock.ts";
import type { SideBySide, ProbeCounts } from "../measurement/measurement.ts";
import type { Probe, SamplingJob } from "../measurement/sampling-job.ts";

/** Asks the probes of one app all the time, spread over the interval and over the ready pods in turn. */
export interface Probing {
  /** Follows the pods and probes of a job; the same probes again go on as they are. */
  follow(job: SamplingJob): void;
  /** What came of the requests that were answered since the call before, by path. */
  take(): SideBySide<Readonly<Record<string, ProbeCounts>>>;
  stop(): void;
}

/** What probing works with. */
export interface ProbingOptions {
  readonly prober: PodProber;
  readonly timers: Timers;
  /** Calls off the requests under way. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

type Release = keyof SideBySide<unknown>;

interface Ticker {
  cancel: () => void;
}

const RELEASES = ["stable", "candidate"] as const;
// Where nothing answers, requests must not pile up.
const MAX_UNANSWERED = 10;

/** Makes probing that asks nothing yet. */
export function createProbing({ prober, timers, signal, onError }: ProbingOptions): Probing {
  let job: SamplingJob | undefined;
  let tickers: Ticker[] = [];
  let counts: SideBySide<Map<string, ProbeCounts>> = { stable: new Map(), candidate: new Map() };
  const turns = new Map<string, number>();
  const unanswered = new Map<string, number>();

  function restart(): void {
    for (const ticker of tickers) ticker.cancel();
    const intervalMs = (job?.intervalSeconds ?? 0) * 1000;
    tickers = (job?.probes ?? []).map((probe) => tick(probe, intervalMs / probe.perInterval));
  }

  function tick(probe: Probe, gapMs: number): Ticker {
    const ticker: Ticker = { cancel: () => undefined };
    const next = (delayMs: number): void => {
      ticker.cancel = timers.after(delayMs, () => {
        next(gapMs);
        for (const release of RELEASES) askOne(release, probe).catch(onError);
      });
    };
    // The first request comes within the first round, not with it.
    next(gapMs / 2);
    return ticker;
  }

  async function askOne(release: Release, probe: Probe): Promise<void> {
    const placement = job?.placements[release];
    const ready = placement?.pods.filter((pod) => pod.ready) ?? [];
    const key = `${release} ${probe.path}`;
    const turn = turns.get(key) ?? 0;
    const target = ready[turn % Math.max(1, ready.length)];
    if (placement === undefined || target === undefined || (unanswered.get(key) ?? 0) >= MAX_UNANSWERED) return;
    turns.set(key, turn + 1);
    unanswered.set(key, (unanswered.get(key) ?? 0) + 1);
    const { path, timeoutSeconds } = probe;
    const request = { ...placement.web, address: target.address, path, timeoutMs: timeoutSeconds * 1000, signal };
    const answer = await prober.ask(request).finally(() => unanswered.set(key, (unanswered.get(key) ?? 1) - 1));
    if (answer === "called off") return;
    if ("status" in answer) return add(release, path, probe.expectStatus.includes(answer.status) ? undefined : `status ${answer.status}`);
    // A pod that ends meanwhile owes no answer.
    if (isStillReady(release, target.pod)) add(release, path, answer.failure);
  }

  function isStillReady(release: Release, name: string): boolean {
    return job?.placements[release].pods.some(({ pod, ready }) => pod === name && ready) ?? false;
  }

  function add(release: Release, path: string, failure: string | undefined): void {
    const { asked = 0, failed = 0, failure: before } = counts[release].get(path) ?? {};
    const newest = failure ?? before;
    counts[release].set(path, {
      asked: asked + 1,
      failed: failed + (failure === undefined ? 0 : 1),
      ...(newest === undefined ? {} : { failure: newest }),
    });
  }

  return {
    follow(wanted) {
      const before = job;
      job = wanted;
      const isSame = before?.intervalSeconds === wanted.intervalSeconds && isDeepStrictEqual(before.probes, wanted.probes);
      if (!isSame) restart();
    },
    take() {
      const taken = { stable: Object.fromEntries(counts.stable), candidate: Object.fromEntries(counts.candidate) };
      counts = { stable: new Map(), candidate: new Map() };
      return taken;
    },
    stop() {
      job = undefined;
      restart();
    },
  };
}
