import { describe, expect, test } from "vitest";
import { analysisOf, buckets, repeat, messageOf, verdictOn } from "../../testing/analysis-rounds.ts";
import type { Judged } from "../../testing/analysis-rounds.ts";
import type { Verdict } from "./verdict.ts";
import type { Bucket } from "../../measurement/measurement.ts";

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
    expect(verdict.checks[1]?.result).toBe("inconclusive");
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
