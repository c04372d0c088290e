import { evaluate } from "../plan/analysis/evaluate.ts";
import { gatherEvidence, type Evidence, type Trial } from "../plan/analysis/evidence.ts";
import type { Verdict } from "../plan/analysis/verdict.ts";
import { drawBinomial, type Random } from "../plan/analysis/random-draws.ts";
import type { Behaviour } from "./simulated-deployment.ts";
import type { Counts, Measurement, Round, Visibility } from "../measurement/measurement.ts";

/** What one release has done up to a moment. */
export interface Answered {
  readonly release: string;
  /** Requests that it has answered since the simulation began. */
  readonly requests: number;
  readonly behaviour: Behaviour;
}

const seen: Visibility = { pods: 1, reporting: 1, silent: [], undeclared: false, sharedStore: false, routesUnknown: false };
/** Share of requests that a release whose p99 is above the limit answers too slowly; a good one has a fifth of what is allowed. */
const slowShare = { above: 0.2, below: 0.002 };
const mostRounds = 60;

/** The sampler and the judge of the simulation: errors are drawn at random, and what a dead operator knew is lost with it. */
export class SimulatedAnalysis {
  readonly #random: Random;
  readonly #answered = new Map<string, number>();
  #trial = "";
  #rounds: Round[] = [];
  #evidence: Evidence | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Ends a round: what both releases answered since the one before. */
  measure(trial: Trial, nowMs: number, { candidate, stable }: { readonly candidate: Answered; readonly stable: Answered }): void {
    if (trial.id !== this.#trial) this.#begin(trial.id, [candidate, stable]);
    const fromMs = this.#rounds.at(-1)?.toMs ?? nowMs;
    const limit = trial.config.latencyP99Milliseconds;
    this.#rounds.push({
      id: (this.#rounds.at(-1)?.id ?? 0) + 1,
      fromMs,
      toMs: nowMs,
      stable: this.#draw(stable, limit),
      candidate: this.#draw(candidate, limit),
      queries: {},
    });
    this.#rounds = this.#rounds.slice(-mostRounds);
    this.#evidence = gatherEvidence(this.#evidence, trial, this.#measurement());
  }

  /** What is known of a trial. */
  verdictOn(trial: Trial | undefined, servesUsers: boolean): Verdict | undefined {
    if (trial === undefined || trial.id !== this.#trial) return undefined;
    this.#evidence = gatherEvidence(this.#evidence, trial, this.#measurement());
    return evaluate({ evidence: this.#evidence, config: trial.config, restarts: [], servesUsers });
  }

  /** The operator died. */
  forget(): void {
    this.#trial = "";
    this.#rounds = [];
    this.#evidence = undefined;
  }

  #begin(trial: string, releases: readonly Answered[]): void {
    this.forget();
    this.#trial = trial;
    for (const { release, requests } of releases) this.#answered.set(release, Math.floor(requests));
  }

  #measurement(): Measurement {
    return { trial: this.#trial, rounds: this.#rounds, visibility: { stable: seen, candidate: seen } };
  }

  #draw({ release, requests, behaviour: { errorPercent, latency } }: Answered, limit: number): Counts {
    const before = this.#answered.get(release) ?? 0;
    const count = Math.max(0, Math.floor(requests) - before);
    this.#answered.set(release, before + count);
    const slow = drawBinomial(this.#random, count, latency > limit ? slowShare.above : slowShare.below);
    return {
      requests: count,
      errors: drawBinomial(this.#random, count, errorPercent / 100),
      withoutStatus: 0,
      buckets: [
        { le: limit / 1000, count: count - slow },
        { le: Infinity, count },
      ],
      probes: {},
    };
  }
}
