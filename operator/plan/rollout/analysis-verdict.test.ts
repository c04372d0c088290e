import { expect, test } from "vitest";
import { verdictOf } from "./analysis-verdict.ts";

test("a dry run is shown and fails nothing", () => {
  const at = "2026-11-27T08:00:00Z";
  const analysis = {
    result: "pass",
    verdicts: [
      { name: "errorRate", result: "pass", value: 0.2, limit: 1, message: "fine" },
      { name: "latencyP99", result: "dry-run", value: 9, limit: 2, message: "dry run, would fail: 9 s" },
    ],
    reasons: [],
  } as const;
  expect(verdictOf(analysis, at)).toEqual({
    result: "pass",
    at,
    metrics: [
      { name: "errorRate", result: "pass", value: 0.2, limit: 1, message: "fine" },
      { name: "latencyP99", result: "pass", value: 9, limit: 2, dryRun: true, message: "dry run, would fail: 9 s" },
    ],
  });
});
