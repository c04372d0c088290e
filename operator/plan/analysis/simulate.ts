import type { Analysis } from "../../api/analysis.ts";
import { evaluate } from "./evaluate.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Evidence, Trial } from "./evidence.ts";
import { drawArrivals, drawBinomial } from "./random-draws.ts";
import type { Random } from "./random-draws.ts";
import { plannedRounds } from "./stretches.ts";
import type { Stretch } from "./stretches.ts";
import type { Verdict } from "./verdict.ts";
import type { Counts, Round, Visibility } from "../../measurement/measurement.ts";

/** What is simulated. */
export interface SimulationOptions {
  readonly config: Analysis;
  readonly stretches: readonly Stretch[];
  /** Of all users, to both releases together; of the number of the round, counted from 0. */
  readonly requestsPerSecond: (round: number) => number;
  /** Share of the candidate's requests that fail, 0 to 1. */
  readonly errorShare: (round: number) => number;
  readonly stableErrorShare: (round: number) => number;
  /** Seconds of a step without end. */
  readonly gateSeconds?: number;
}

/** How a simulated release ended. */
export interface SimulatedEnd {
  /** failed: by its errors. tooFew: by onTooFewRequests, rolled back or paused. */
  readonly result: "promoted" | "failed" | "tooFew";
  readonly seconds: number;
  readonly rounds: number;
  /** Requests of the candidate until then. */
  readonly requests: number;
}

/** Rounds that are drawn before it is looked whether the release has failed. */
const BATCH = 8;
/** How long a simulated team takes at a manual gate. */
export const GATE_SECONDS = 600;

/** Draws one release at random and judges it as the operator does. */
export function simulateRelease(options: SimulationOptions, random: Random): SimulatedEnd {
  let run: Run = { evidence: undefined, round: 0, end: undefined };
  for (const stretch of options.stretches) {
    run = playStretch(run, { ...options, stretch }, random);
    if (run.end) return run.end;
  }
  return endOf("promoted", run, options);
}

interface Run {
  readonly evidence: Evidence | undefined;
  /** Rounds until now. */
  readonly round: number;
  readonly end: SimulatedEnd | undefined;
}

type StretchOptions = SimulationOptions & { readonly stretch: Stretch };

function playStretch(before: Run, options: StretchOptions, random: Random): Run {
  const { config, stretch, gateSeconds = GATE_SECONDS } = options;
  const startedAtMs = before.round * config.intervalSeconds * 1000;
  const pause = roundsOf(stretch.seconds ?? gateSeconds, config);
  const most = stretch.waitsForRequests ? Math.max(pause, roundsOf(config.inconclusiveSeconds, config)) : pause;
  let run = before;
  for (let done = 0; done < most; done = run.round - before.round) {
    // A step that has waited out its pause is looked at after every round.
    const batch = done < pause ? Math.min(BATCH, pause - done) : 1;
    run = playRounds(run, { ...options, batch, startedAtMs }, random);
    const isOver = run.round - before.round >= pause && stretch.waitsForRequests && verdictOf(run, config)?.result === "pass";
    if (run.end || isOver) return run;
  }
  if (!stretch.waitsForRequests || config.onTooFewRequests === "promote") return run;
  return { ...run, end: endOf("tooFew", run, options) };
}

function playRounds(run: Run, options: StretchOptions & { batch: number; startedAtMs: number }, random: Random): Run {
  const { config, stretch, stretches, startedAtMs } = options;
  const rounds = Array.from({ length: options.batch }, (_, index) => drawRound(options, { stretch, round: run.round + index }, random));
  const trial: Trial = { id: "simulated", config, rounds: plannedRounds(stretches, config.intervalSeconds), stepStartedAtMs: startedAtMs };
  const evidence = gatherEvidence(run.evidence, trial, { trial: trial.id, rounds, visibility: { stable: seen, candidate: seen } });
  const next = { evidence, round: run.round + options.batch, end: undefined };
  const failure = evidence.checks["errorRate"]?.failure;
  if (!failure || verdictOf(next, config)?.result !== "fail") return next;
  return { ...next, end: { result: "failed", seconds: failure.toMs / 1000, rounds: failure.rounds, requests: failure.events } };
}

function verdictOf({ evidence }: Run, config: Analysis): Verdict | undefined {
  return evidence && evaluate({ evidence, config, restarts: [], servesUsers: true });
}

function endOf(result: SimulatedEnd["result"], { evidence, round }: Run, { config }: SimulationOptions): SimulatedEnd {
  const requests = evidence?.checks["errorRate"]?.total.candidate.all ?? 0;
  return { result, seconds: round * config.intervalSeconds, rounds: round, requests };
}

function roundsOf(seconds: number, { intervalSeconds }: Analysis): number {
  return Math.max(1, Math.ceil(seconds / intervalSeconds));
}

const seen: Visibility = { pods: 1, reporting: 1, silent: [], undeclared: false, sharedStore: false, routesUnknown: false };

function drawRound(options: SimulationOptions, at: { readonly stretch: Stretch; readonly round: number }, random: Random): Round {
  const { intervalSeconds } = options.config;
  const { share } = at.stretch;
  const expected = options.requestsPerSecond(at.round) * intervalSeconds;
  return {
    id: at.round + 1,
    fromMs: at.round * intervalSeconds * 1000,
    toMs: (at.round + 1) * intervalSeconds * 1000,
    queries: {},
    candidate: drawCounts(random, expected * share, options.errorShare(at.round)),
    stable: drawCounts(random, expected * (1 - share), options.stableErrorShare(at.round)),
  };
}

function drawCounts(random: Random, expected: number, errorShare: number): Counts {
  const requests = drawArrivals(random, expected);
  return { requests, errors: drawBinomial(random, requests, errorShare), withoutStatus: 0, buckets: [], probes: {} };
}
