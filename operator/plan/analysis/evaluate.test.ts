import { describe, expect, test } from "vitest";
import {
  allGood,
  analysisOf,
  buckets,
  evidenceOf,
  fast,
  good,
  messageOf,
  repeat,
  trialOf,
  verdictOn,
} from "../../testing/analysis-rounds.ts";
import { evaluate } from "./evaluate.ts";
import { gatherEvidence } from "./evidence.ts";
import type { CheckVerdict } from "./verdict.ts";

const noRestarts: readonly CheckVerdict[] = [
  { name: "restarts", result: "pass", message: "no container has restarted" },
  { name: "oomKills", result: "pass", message: "no container ran out of memory" },
];

describe("a good release", () => {
  test("passes with what the step has proven", () => {
    const verdict = verdictOn(allGood, { restarts: noRestarts });
    expect(verdict).toEqual({
      result: "pass",
      at: "1970-01-01T00:01:00.000Z",
      requests: 600,
      proven: "0 of 600 requests failed: below 0.77 % at 99 %",
      checks: [
        {
          name: "errorRate",
          result: "pass",
          value: 0,
          limit: 1,
          belowPercent: 0.77,
          message: "0 of 600 (0 %) requests failed, limit 1 %; below 0.77 % at 99 %",
        },
        {
          name: "latencyP99",
          result: "pass",
          value: 1850,
          limit: 2000,
          belowPercent: 0.77,
          message: "0 of 600 (0 %) requests took longer than 2000 ms, limit 1 %; below 0.77 % at 99 %",
        },
        ...noRestarts,
      ],
    });
  });

  test("whose one error of 40 may be chance passes, and it is said", () => {
    const verdict = verdictOn([
      ...repeat(3, { candidate: { requests: 10, buckets: fast } }),
      { candidate: { requests: 10, errors: 1, buckets: fast } },
    ]);
    expect(verdict.result).toBe("pass");
    expect(messageOf(verdict, "errorRate")).toBe("1 of 40 (2.5 %) requests failed, above 1 %, but few enough to be chance");
  });

  test("that was not measured at all has no verdict, or one without evidence where the time is given", () => {
    const evidence = gatherEvidence(undefined, trialOf(), undefined);
    const input = { evidence, config: analysisOf(), restarts: noRestarts, servesUsers: true };
    expect(evaluate(input)).toBeUndefined();
    expect(evaluate({ ...input, nowMs: 0 })).toMatchObject({ result: "inconclusive", cause: "unseen", at: "1970-01-01T00:00:00.000Z" });
    const crash: CheckVerdict = { name: "restarts", result: "fail", message: "pod b-1 crashes" };
    expect(evaluate({ ...input, restarts: [crash], nowMs: 0 })?.result).toBe("fail");
  });
});

describe("a bad release", () => {
  const bad = repeat(2, { candidate: { requests: 25, errors: 25 }, stable: { requests: 475, errors: 0 } });

  test.each([0, 20, 100, 10_000])("50 errors of 50 requests fail within two rounds, whatever minRequests says: %d", (minRequests) => {
    const verdict = verdictOn(bad, { config: analysisOf({ minRequests }) });
    expect(verdict).toMatchObject({ result: "fail", requests: 50 });
    expect(verdict.checks[0]).toEqual({
      name: "errorRate",
      result: "fail",
      value: 100,
      limit: 1,
      belowPercent: 100,
      message: "50 of 50 (100 %) requests failed within 20 s, limit 1 %; stable: 0 of 950 (0 %)",
    });
    expect([verdict.reason, verdict.proven]).toEqual([undefined, undefined]);
  });

  test("passes no step while the newest round was bad, and does so after good ones", () => {
    const blip = { candidate: { requests: 100, errors: 30, buckets: fast } };
    expect(verdictOn([...allGood, blip])).toMatchObject({ result: "inconclusive", cause: "worsening" });
    expect(verdictOn([...allGood, blip, ...repeat(6, good)]).result).toBe("pass");
  });

  test("stays failed when its requests stop", () => {
    expect(verdictOn([...bad, ...repeat(20, {})]).result).toBe("fail");
  });

  test("fails though its pods have fallen silent", () => {
    expect(verdictOn(bad, { visibility: { silent: [{ pod: "b-1", reason: "refused" }] } }).result).toBe("fail");
  });

  test("shows what was counted since the fault, not since the begin", () => {
    const late = verdictOn([...repeat(20, good), ...bad]);
    expect(messageOf(late, "errorRate")).toBe("50 of 50 (100 %) requests failed within 20 s, limit 1 %; stable: 0 of 950 (0 %)");
  });

  test("is only shown where the check is a dry run", () => {
    const verdict = verdictOn(bad, { config: analysisOf({ dryRun: ["errorRate"] }) });
    expect(verdict.result).toBe("pass");
    expect(verdict.checks[0]).toMatchObject({ name: "errorRate", result: "fail", dryRun: true });
  });

  test("is not judged by its traffic before users reach it", () => {
    const verdict = verdictOn(bad, { servesUsers: false, trial: { servesUsers: false }, restarts: noRestarts });
    expect(verdict).toMatchObject({ result: "pass", requests: 0, checks: noRestarts });
  });

  test("fails by restarts alone", () => {
    const restarts: readonly CheckVerdict[] = [{ name: "restarts", result: "fail", message: "pod b-1 has restarted twice" }];
    expect(verdictOn(allGood, { restarts }).result).toBe("fail");
    expect(verdictOn(allGood, { restarts, config: analysisOf({ dryRun: ["restarts"] }) })).toMatchObject({ result: "pass" });
  });
});

describe("an outage of both releases", () => {
  const outage = repeat(6, { candidate: { requests: 50, errors: 20 }, stable: { requests: 450, errors: 190 } });

  test("does not fail the candidate, and both figures are shown", () => {
    const verdict = verdictOn([...repeat(4, good), ...outage]);
    expect(verdict.result).toBe("pass");
    expect(messageOf(verdict, "errorRate")).toBe(
      "120 of 700 (17 %) requests failed, above 1 %, but stable is no better: 1140 of 6700 (17 %)",
    );
  });

  test("fails a candidate that is much worse", () => {
    const worse = repeat(6, { candidate: { requests: 50, errors: 50 }, stable: { requests: 450, errors: 40 } });
    const verdict = verdictOn([...repeat(4, good), ...worse]);
    expect(verdict.result).toBe("fail");
    expect(messageOf(verdict, "errorRate")).toMatch(
      /^\d+ of \d+ \(100 %\) requests failed within \d+ s, limit 1 %; stable: \d+ of \d+ \(8.9 %\)$/u,
    );
  });

  test("holds for slow requests and for probes too", () => {
    const slow = buckets([2, 10], [Infinity, 50]);
    const login = { "/login": { asked: 5, failed: 5, failure: "status 500" } };
    const both = { requests: 50, buckets: slow, probes: login };
    const config = analysisOf({ probes: [{ path: "/login" }] });
    expect(verdictOn(repeat(8, { candidate: both, stable: both }), { config }).result).toBe("pass");
    const alone = verdictOn(
      repeat(8, { candidate: both, stable: { requests: 50, buckets: fast, probes: { "/login": { asked: 5, failed: 0 } } } }),
      { config },
    );
    expect(alone.checks.filter(({ result }) => result === "fail").map(({ name }) => name)).toEqual(["latencyP99", "probes"]);
    expect(messageOf(alone, "probes")).toBe(
      "10 of 10 (100 %) requests of the operator failed within 20 s, limit 1 %; stable: 0 of 10 (0 %); /login last answered: status 500",
    );
  });
});

test("a probe that failed before the step began is named with its answer, though the step has seen nothing yet", () => {
  const config = analysisOf({ probes: [{ path: "/login" }] });
  const rounds = repeat(8, { candidate: { requests: 0, probes: { "/login": { asked: 5, failed: 5, failure: "status 500" } } } });
  const verdict = verdictOn(rounds, { config, trial: { stepStartedAtMs: 1_000_000 } });
  expect(verdict.result).toBe("fail");
  expect(messageOf(verdict, "probes")).toMatch(/\/login last answered: status 500$/u);
});

describe("the comparison with stable", () => {
  const config = analysisOf({ maxIncreasePercent: 50, errorRatePercent: 10 });

  test("fails a candidate within the limit that is clearly worse", () => {
    const worse = repeat(6, { candidate: { requests: 1000, errors: 50 }, stable: { requests: 1000, errors: 2 } });
    const verdict = verdictOn(worse, { config });
    expect(verdict.result).toBe("fail");
    expect(messageOf(verdict, "errorRate")).toBe(
      "100 of 2000 (5 %) requests failed within 20 s, more than 50 % above stable: 4 of 2000 (0.2 %)",
    );
  });

  test("does not fail one that is as bad, and shows both", () => {
    const same = repeat(6, { candidate: { requests: 1000, errors: 20 }, stable: { requests: 1000, errors: 20 } });
    expect(messageOf(verdictOn(same, { config }), "errorRate")).toBe(
      "120 of 6000 (2 %) requests failed, limit 10 %; below 2.5 % at 99 %; stable: 120 of 6000 (2 %)",
    );
  });

  test("says nothing without stable", () => {
    expect(verdictOn(repeat(6, { candidate: { requests: 1000, errors: 50 } }), { config }).result).toBe("pass");
  });
});

describe("too few requests", () => {
  test("no request though the source is alive", () => {
    expect(verdictOn(repeat(4, {}))).toMatchObject({
      result: "inconclusive",
      cause: "tooFewRequests",
      reason: "0 requests since the step began, 20 wanted (rollout.canary.analysis.minRequests); none of the checks has failed",
    });
  });

  test("enough before the step, too few since it began", () => {
    const verdict = verdictOn(allGood, { trial: { stepStartedAtMs: 55_000 }, config: analysisOf({ minRequests: 101 }) });
    expect(verdict).toMatchObject({ cause: "tooFewRequests", requests: 0 });
  });

  test("a step that has not begun", () => {
    expect(verdictOn(allGood, { trial: { stepStartedAtMs: undefined } }).reason).toMatch(/^the step has not begun, 20 wanted/u);
  });

  test("a preview without probes waits for none, one with probes does", () => {
    const preview = { servesUsers: false, trial: { servesUsers: false } };
    expect(verdictOn(allGood, preview).result).toBe("pass");
    const config = analysisOf({ probes: [{ path: "/login" }, { path: "/cart" }] });
    expect(verdictOn(allGood, { ...preview, config })).toMatchObject({ result: "inconclusive", cause: "tooFewRequests" });
    const probes = { "/login": { asked: 5, failed: 0 }, "/cart": { asked: 5, failed: 5, failure: "status 500" } };
    const failed = verdictOn(repeat(4, { candidate: { probes } }), { ...preview, config });
    expect(failed.checks.map(({ name, result }) => `${name} ${result}`)).toEqual(["probes/login pass", "probes/cart fail"]);
  });
});

test("the chance is shared among the checks that can fail", () => {
  const rounds = repeat(90, { candidate: { requests: 20, errors: 1 } });
  const probes = Array.from({ length: 10 }, (_, index) => ({ path: `/${index}` }));
  const [one, three, many] = [analysisOf({ dryRun: ["latencyP99"] }), analysisOf({ maxIncreasePercent: 50 }), analysisOf({ probes })].map(
    (config) => evidenceOf(rounds, { config }).checks["errorRate"]?.failure?.rounds ?? Infinity,
  );
  expect(one).toBeLessThan(three ?? 0);
  expect(three).toBeLessThan(many ?? 0);
  expect(many).toBeLessThan(90);
});
