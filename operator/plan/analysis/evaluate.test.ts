import { describe, expect, test } from "vitest";
import { analysisOf, evidenceOf, measurementOf, repeat, roundsOf, trialOf, verdictOn, visible } from "../../testing/analysis-rounds.ts";
import type { GivenRound, Judged } from "../../testing/analysis-rounds.ts";
import { evaluate } from "./evaluate.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Bucket } from "./measure.ts";
import type { CheckVerdict, Verdict } from "./verdict.ts";

/** A histogram of so many requests, given as counts up to each bound. */
function buckets(...pairs: readonly (readonly [le: number, count: number])[]): readonly Bucket[] {
  return pairs.map(([le, count]) => ({ le, count }));
}

const fast = buckets([0.5, 90], [2, 100], [2.5, 100], [10, 100], [Infinity, 100]);
const good = { candidate: { requests: 100, buckets: fast }, stable: { requests: 1000, buckets: fast } };
const allGood = repeat(6, good);
const noRestarts: readonly CheckVerdict[] = [
  { name: "restarts", result: "pass", message: "no container has restarted" },
  { name: "oomKills", result: "pass", message: "no container ran out of memory" },
];

function messageOf(verdict: Verdict, name: string): string | undefined {
  return verdict.checks.find((check) => check.name === name)?.message;
}

function resultOf(verdict: Verdict, name: string): CheckVerdict["result"] | undefined {
  return verdict.checks.find((check) => check.name === name)?.result;
}

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

describe("p99 latency", () => {
  function latency(histogram: readonly Bucket[], given: Judged = {}): { verdict: Verdict; message: string | undefined } {
    const verdict = verdictOn(repeat(4, { candidate: { requests: histogram.at(-1)?.count ?? 100, buckets: histogram } }), given);
    return { verdict, message: messageOf(verdict, "latencyP99") };
  }

  test("fails where clearly more than 1 % are slower than the limit", () => {
    const { verdict, message } = latency(buckets([1, 80], [2, 80], [Infinity, 100]));
    expect(verdict.result).toBe("fail");
    expect(message).toBe("40 of 200 (20 %) requests took longer than 2000 ms within 20 s, limit 1 %");
  });

  test("requests between the bounds around the limit are not counted as slow", () => {
    const { verdict, message } = latency(buckets([1, 50], [2.5, 100], [Infinity, 100]));
    expect(verdict.result).toBe("pass");
    expect(message).toBe("0 of 400 (0 %) requests took longer than 2000 ms, limit 1 %; below 1.2 % at 99 %");
  });

  test("a bucket far above the limit stands for it, and the better one is named", () => {
    expect(latency(buckets([1, 50], [5, 100], [Infinity, 100])).message).toContain(
      "; counted above 5 s, the next bound of the histogram: add a bucket of 2 s",
    );
  });

  test("without a bucket at the limit it is not judged, and holds nothing up", () => {
    const { verdict, message } = latency(buckets([0.5, 50], [1, 60], [Infinity, 100]));
    expect(verdict.result).toBe("pass");
    expect(resultOf(verdict, "latencyP99")).toBe("inconclusive");
    expect(message).toBe("not judged: the histogram ends at 1 s: add a bucket of 2 s, or lower latencyP99Milliseconds");
  });

  test("without a histogram it is not judged", () => {
    const { verdict, message } = latency([]);
    expect(verdict.result).toBe("pass");
    expect(message).toBe("not judged: no histogram of the durations of requests (web.metrics.requestDuration)");
  });

  test("a bound is found though fractions are not exact", () => {
    const config = analysisOf({ latencyP99Milliseconds: 300 });
    expect(latency(buckets([0.1 + 0.2, 100], [Infinity, 100]), { config }).message).not.toContain("add a bucket");
    expect(latency(buckets([0.3, 100], [Infinity, 100]), { config }).message).not.toContain("add a bucket");
  });
});

describe("what cannot be seen", () => {
  const ways =
    "correct that, or let the operator ask paths of the app itself (rollout.canary.analysis.probes), or choose what becomes of such releases (rollout.canary.analysis.onInconclusive)";
  const text = "metrics in the text format of Prometheus, where web.metrics says that they are";

  test.each([
    [
      "a silent pod",
      { silent: [{ pod: "b-1", reason: "GET :8080/metrics answered 401" }] },
      `no metrics of pod b-1: GET :8080/metrics answered 401; wanted: ${text}; ${ways}`,
    ],
    [
      "several silent pods",
      {
        silent: [
          { pod: "b-1", reason: "refused" },
          { pod: "b-2", reason: "refused" },
        ],
      },
      `no metrics of pod b-1 and of 1 more: refused; wanted: ${text}; ${ways}`,
    ],
    [
      "a dead Prometheus",
      { problem: "Prometheus at http://prometheus:9090 does not answer" },
      `Prometheus at http://prometheus:9090 does not answer; wanted: a source of metrics that answers: see web.metrics and monitoring.prometheus; ${ways}`,
    ],
    [
      "other names",
      { undeclared: true },
      `pods report metrics, but none of the name that web.metrics has; wanted: the name of the app's own histogram or counter of requests in web.metrics; some libraries report it only after the first request; ${ways}`,
    ],
    [
      "a shared store",
      { sharedStore: true },
      `several pods report the same numbers again and again: they share one store of metrics, so nobody can say which release they are of; wanted: metrics of each pod by itself, from its own memory; ${ways}`,
    ],
    ["pods that have not reported", { pods: 2, reporting: 0 }, `no metrics from any pod yet; wanted: ${text}; ${ways}`],
  ])("%s", (_, visibility, reason) => {
    expect(verdictOn(repeat(4, {}), { visibility })).toMatchObject({ result: "inconclusive", cause: "unseen", reason });
  });

  test("is only mentioned where probes have answered", () => {
    const config = analysisOf({ probes: [{ path: "/login" }] });
    const rounds = repeat(6, { candidate: { probes: { "/login": { asked: 5, failed: 0 } } } });
    const verdict = verdictOn(rounds, { config, visibility: { pods: 2, reporting: 0 } });
    expect(verdict).toMatchObject({ result: "pass", requests: 30, proven: "0 of 30 requests of the operator failed: below 15 % at 99 %" });
    expect(messageOf(verdict, "errorRate")).toBe("no requests since the step began; no metrics from any pod yet");
  });

  test("no probe has answered either: unseen", () => {
    const config = analysisOf({ probes: [{ path: "/login" }] });
    const dead = { probes: { "/login": { asked: 5, failed: 5, failure: "no answer within 2000 ms" } } };
    const verdict = verdictOn(repeat(6, { candidate: dead, stable: dead }), { config, visibility: { pods: 2, reporting: 0 } });
    expect(verdict).toMatchObject({ result: "inconclusive", cause: "unseen" });
  });

  test("a store that pods share fails nothing: each error is counted once for each pod", () => {
    const bad = repeat(4, { candidate: { requests: 100, errors: 50 } });
    expect(verdictOn(bad, { visibility: { sharedStore: true } })).toMatchObject({ result: "inconclusive", cause: "unseen" });
  });

  test("a store that stable pods share is the candidate's too", () => {
    const measurement = measurementOf(roundsOf(allGood));
    const visibility = { ...measurement.visibility, stable: { ...visible, sharedStore: true } };
    const evidence = gatherEvidence(undefined, trialOf(), { ...measurement, visibility });
    const verdict = evaluate({ evidence, config: analysisOf(), restarts: [], servesUsers: true });
    expect(verdict).toMatchObject({ result: "inconclusive", cause: "unseen" });
    expect(verdict?.checks.map(({ result }) => result)).toEqual(["inconclusive", "inconclusive"]);
  });

  test("statuses that cannot be read", () => {
    const verdict = verdictOn(repeat(4, { candidate: { requests: 100, withoutStatus: 60 } }));
    expect(verdict).toMatchObject({
      result: "inconclusive",
      cause: "unseen",
      reason: "240 of 400 requests have no status that can be read: correct web.metrics.statusLabel",
    });
  });

  test("one request without a status is no matter", () => {
    const rounds: readonly GivenRound[] = [{ candidate: { requests: 30, withoutStatus: 1 } }];
    expect(verdictOn(rounds).result).toBe("pass");
    expect(verdictOn([{ candidate: { requests: 1, withoutStatus: 1 } }])).toMatchObject({ cause: "tooFewRequests" });
  });

  test("routes that no label names are mentioned", () => {
    expect(messageOf(verdictOn(allGood, { visibility: { routesUnknown: true } }), "errorRate")).toContain(
      "requests to health and metrics paths are among them, for no label names the route",
    );
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

describe("queries of the user", () => {
  const config = analysisOf({ queries: [{ name: "queue", promql: "queue_length", max: 5 }] });
  const yields = (value: number): GivenRound => ({ ...good, queries: { queue: { state: "value", value } } });

  function queue(rounds: readonly GivenRound[], given: Judged = {}): { verdict: Verdict; message: string | undefined } {
    const verdict = verdictOn(rounds, { config, ...given });
    return { verdict, message: messageOf(verdict, "query/queue") };
  }

  test("overlapping windows count once: a minute above the limit is one window, and is forgiven", () => {
    const { verdict, message } = queue([...repeat(6, yields(3)), ...repeat(6, yields(7))]);
    expect(verdict).toMatchObject({ result: "inconclusive", cause: "tooFewRequests" });
    expect(message).toBe("query queue yields 7, above the maximum 5: the next window of 60 s decides");
  });

  test("two windows in a row fail", () => {
    const { verdict, message } = queue(repeat(12, yields(7)));
    expect(verdict.result).toBe("fail");
    expect(message).toBe("query queue yields 7, above the maximum 5, in 2 windows of 60 s in a row");
  });

  test("a window within the limits between them begins the row anew", () => {
    const { verdict } = queue([...repeat(6, yields(7)), ...repeat(6, yields(3)), ...repeat(6, yields(7))]);
    expect(verdict.result).toBe("inconclusive");
  });

  test("failureLimit and windowSeconds are the user's", () => {
    const strict = analysisOf({ ...config, failureLimit: 0, windowSeconds: 20 });
    expect(queue(repeat(2, yields(7)), { config: strict }).verdict.result).toBe("fail");
    expect(queue(repeat(12, yields(7)), { scrapeSeconds: 30 }).message).toContain("the next window of 120 s decides");
  });

  test("a step passes only after a whole window of its own", () => {
    const { verdict, message } = queue(repeat(10, yields(3)), { trial: { stepStartedAtMs: 50_000 } });
    expect(verdict).toMatchObject({ result: "inconclusive", cause: "tooFewRequests" });
    expect(message).toBe("query queue has covered no window of 60 s since the step began");
    expect(queue(repeat(11, yields(3)), { trial: { stepStartedAtMs: 50_000 } }).verdict.result).toBe("pass");
  });

  test("without an answer nothing is seen", () => {
    const error = { ...good, queries: { queue: { state: "error" as const, reason: "parse error" } } };
    expect(queue(repeat(7, error)).verdict).toMatchObject({ cause: "unseen", reason: "query queue failed: parse error" });
    const none = { ...good, queries: { queue: { state: "no-data" as const } } };
    expect(queue(repeat(7, none)).verdict).toMatchObject({
      cause: "unseen",
      reason: "query queue yields no data: let it end with `or vector(0)` if that is right",
    });
  });

  test("a dry run holds nothing up", () => {
    const dry = analysisOf({ ...config, dryRun: ["queue"] });
    expect(queue(repeat(12, yields(7)), { config: dry }).verdict.result).toBe("pass");
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
