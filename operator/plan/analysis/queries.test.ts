import { describe, expect, test } from "vitest";
import { analysisOf, good, messageOf, repeat, verdictOn } from "../../testing/analysis-rounds.ts";
import type { GivenRound, Judged } from "../../testing/analysis-rounds.ts";
import type { Verdict } from "./verdict.ts";

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

  test("a query that Prometheus cannot evaluate is reported in the first round", () => {
    const reason = 'Prometheus at a: bad_data: 1:3: parse error: unexpected "b"';
    const refused = { ...good, queries: { queue: { state: "error" as const, reason, isRefused: true as const } } };
    expect(queue([refused]).verdict).toMatchObject({
      result: "inconclusive",
      cause: "unseen",
      reason: `query queue is refused: ${reason}; correct its promql in rollout.canary.analysis.queries`,
    });
  });

  test("a dry run holds nothing up", () => {
    const dry = analysisOf({ ...config, dryRun: ["queue"] });
    expect(queue(repeat(12, yields(7)), { config: dry }).verdict.result).toBe("pass");
  });
});
