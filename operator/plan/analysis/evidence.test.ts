import { describe, expect, test } from "vitest";
import { analysisOf, evidenceOf, measurementOf, repeat, roundsOf, trialOf, visible } from "../../testing/analysis-rounds.ts";
import type { GivenRound } from "../../testing/analysis-rounds.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Evidence, Trial } from "./evidence.ts";
import type { Round } from "../../measurement/measurement.ts";

const some: readonly GivenRound[] = Array.from({ length: 12 }, (_, index) => ({
  candidate: {
    requests: 40,
    errors: index % 3,
    buckets: [
      { le: 2.5, count: 39 },
      { le: Infinity, count: 40 },
    ],
  },
  stable: {
    requests: 400,
    errors: index % 2,
    buckets: [
      { le: 2.5, count: 400 },
      { le: Infinity, count: 400 },
    ],
  },
}));
const rounds = roundsOf(some);
const whole = evidenceOf(some);

function gatherAll(parts: readonly (readonly Round[])[], trial: Trial = trialOf()): Evidence | undefined {
  return parts.reduce<Evidence | undefined>((evidence, part) => gatherEvidence(evidence, trial, measurementOf(part)), undefined);
}

describe("each round counts once", () => {
  test("the same measurement a second time changes nothing", () => {
    expect(gatherEvidence(whole, trialOf(), measurementOf(rounds))).toEqual(whole);
  });

  test("rounds one by one, in overlapping lists, or all at once are the same", () => {
    expect(gatherAll(rounds.map((round) => [round]))).toEqual(whole);
    expect(gatherAll(rounds.map((_, index) => rounds.slice(Math.max(0, index - 4), index + 1)))).toEqual(whole);
  });

  test("a measurement of another trial counts nothing", () => {
    expect(gatherEvidence(whole, trialOf(), { ...measurementOf(roundsOf(some, 50)), trial: "other" })).toEqual(whole);
  });

  test("no measurement counts nothing", () => {
    expect(gatherEvidence(whole, trialOf(), undefined)).toEqual(whole);
    expect(gatherEvidence(undefined, trialOf(), undefined).newest).toBeUndefined();
  });

  test("a sampler that begins its ids anew is followed by the time", () => {
    const later = roundsOf(some, 100).map((round, index) => ({ ...round, id: index + 1 }));
    expect(gatherEvidence(whole, trialOf(), measurementOf(later)).checks["errorRate"]?.total.candidate.all).toBe(960);
  });
});

describe("what is missing loses only evidence", () => {
  const bad = repeat(6, { candidate: { requests: 20, errors: 10 } });

  test("missing rounds", () => {
    const gaps = roundsOf(bad).filter(({ id }) => id !== 2 && id !== 3);
    expect(gatherAll([gaps])?.checks["errorRate"]?.failure).toBeDefined();
  });

  test("an operator that restarts begins anew, and finds a bad release in the rounds that follow", () => {
    const restarted = gatherEvidence(undefined, trialOf(), measurementOf(roundsOf(bad).slice(4)));
    expect(restarted.checks["errorRate"]?.failure).toMatchObject({ by: "limit", rounds: 2 });
  });

  test("rounds without pods of either release", () => {
    const quiet = evidenceOf([...repeat(30, {}), ...bad]);
    expect(quiet.checks["errorRate"]?.failure).toMatchObject({ rounds: 32 });
  });

  test("counts that are no numbers", () => {
    const odd = evidenceOf([
      { candidate: { requests: Number.NaN, errors: 3, withoutStatus: 0 } },
      { candidate: { requests: 2, errors: 9 } },
    ]);
    expect(odd.checks["errorRate"]?.total.candidate).toEqual({ bad: 2, all: 2 });
  });
});

describe("evidence begins anew", () => {
  const anew = (trial: Trial): boolean => gatherEvidence(whole, trial, undefined).checks["errorRate"] === undefined;

  test("with another trial and with other limits", () => {
    expect(anew(trialOf(undefined, { id: "c" }))).toBe(true);
    expect(anew(trialOf(analysisOf({ errorRatePercent: 2 })))).toBe(true);
    expect(anew(trialOf(analysisOf({ dryRun: ["latencyP99"] })))).toBe(true);
  });

  test("not with another step, another length, or what only decides about it", () => {
    expect(anew(trialOf(undefined, { stepStartedAtMs: 50_000, rounds: 10 }))).toBe(false);
    expect(anew(trialOf(analysisOf({ minRequests: 1, inconclusiveSeconds: 5, onInconclusive: "pause" })))).toBe(false);
  });
});

describe("a step", () => {
  test("counts from its begin, and only whole rounds", () => {
    expect(evidenceOf(some, { trial: { stepStartedAtMs: 55_000 } }).step).toMatchObject({ requests: 240, rounds: 6 });
  });

  test("counts rounds that were counted for the step before, where it is known late that it has begun", () => {
    const before = gatherEvidence(undefined, trialOf(), measurementOf(rounds));
    const next = gatherEvidence(before, trialOf(undefined, { stepStartedAtMs: 60_000 }), measurementOf(rounds));
    expect(next.step).toMatchObject({ startedAtMs: 60_000, requests: 240 });
    expect(next.checks).toEqual(before.checks);
    expect(gatherEvidence(next, trialOf(undefined, { stepStartedAtMs: 60_000 }), measurementOf(rounds))).toEqual(next);
  });

  test("that has not begun counts nothing", () => {
    expect(evidenceOf(some, { trial: { stepStartedAtMs: undefined } }).step.requests).toBe(0);
  });

  test("a fault that began in the step before is not forgotten", () => {
    const bad = roundsOf([...repeat(12, { candidate: { requests: 20 } }), ...repeat(2, { candidate: { requests: 20, errors: 20 } })]);
    const first = gatherEvidence(undefined, trialOf(), measurementOf(bad.slice(0, 13)));
    expect(first.checks["errorRate"]?.failure).toBeUndefined();
    const second = gatherEvidence(first, trialOf(undefined, { stepStartedAtMs: 130_000 }), measurementOf(bad));
    expect(second.checks["errorRate"]?.failure).toBeDefined();
  });
});

test("requests to a preview are not those of users", () => {
  const bad = repeat(5, { candidate: { requests: 50, errors: 50, probes: { "/login": { asked: 5, failed: 0 } } } });
  const config = analysisOf({ probes: [{ path: "/login" }] });
  const preview = evidenceOf(bad, { config, trial: { servesUsers: false } });
  expect(preview.checks["errorRate"]).toBeUndefined();
  expect(preview.checks["probes"]?.total.candidate).toEqual({ bad: 0, all: 25 });
});

test("is plain data", () => {
  expect(structuredClone(whole)).toEqual(whole);
  expect(whole.visibility?.stable).toEqual(visible);
});
