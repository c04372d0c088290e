import { describe, expect, test } from "vitest";
import {
  allGood,
  analysisOf,
  measurementOf,
  messageOf,
  repeat,
  roundsOf,
  trialOf,
  verdictOn,
  visible,
} from "../../testing/analysis-rounds.ts";
import type { GivenRound } from "../../testing/analysis-rounds.ts";
import { evaluate } from "./evaluate.ts";
import { gatherEvidence } from "./evidence.ts";

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
