import { describe, expect, test } from "vitest";
import type { ReleaseStatus } from "../api/status.ts";
import { judgeRelease } from "./release.ts";

const fine = { available: true, renderedDifferently: false };

function judge(release: Partial<ReleaseStatus>, facts: Partial<Parameters<typeof judgeRelease>[1]> = {}) {
  return judgeRelease({ release: { stable: "a", candidate: "b", phase: "Canary", message: "m", ...release } }, { ...fine, ...facts });
}

describe("the app as a whole", () => {
  const since = "2026-11-27T08:00:00Z";

  test.each([
    [{ phase: "Canary" }, "ready CanaryRunning", false],
    [{ phase: "Preview" }, "ready PreviewRunning", false],
    [{ phase: "Baking" }, "ready ReleaseBaking", false],
    [{ phase: "Canary" }, "ready CanaryRunning", false],
    [{ phase: "Canary", pause: { reason: "Step", since } }, "ready AwaitingPromotion", false],
    [{ phase: "Canary", pause: { reason: "Manual", since } }, "ready ReleasePaused", false],
    [{ phase: "Canary", pause: { reason: "Inconclusive", since } }, "ready AnalysisInconclusive", false],
    [{ phase: "Pending" }, "working ReleaseWaiting", false],
    [{ phase: "Pending", pause: { reason: "Frozen", since } }, "ready ReleaseFrozen", false],
    [{ phase: "RollingOut" }, "working RollingOut", false],
    [{ phase: "Promoting" }, "working ReleasePromoting", false],
    [{ phase: "RollingBack" }, "working ReleaseRollingBack", true],
    [{ phase: "Failed" }, "stalled ReleaseQuarantined", true],
    [{ phase: "Failed", stable: undefined }, "stalled ReleaseFailed", true],
  ] as const)("%o is %s", (release, says, degraded) => {
    const { summary } = judge(release);
    expect(`${summary?.state} ${summary?.reason}`).toBe(says);
    expect(summary).toMatchObject({ degraded, message: "m" });
  });

  test.each(["Stable", "Suspended", "Migrating"] as const)("in phase %s the components decide", (phase) => {
    expect(judge({ phase }).summary).toBeUndefined();
  });

  test.each(["Canary", "Preview", "Baking", "RollingOut", "Promoting", "Pending"] as const)(
    "so do they in phase %s while pods are missing",
    (phase) => {
      expect(judge({ phase }, { available: false }).summary).toBeUndefined();
    },
  );

  test.each(["RollingBack", "Failed"] as const)("phase %s is reported even then", (phase) => {
    expect(judge({ phase }, { available: false }).summary).toBeDefined();
  });
});

test("a watched candidate is under way while the app is ready", () => {
  expect(judge({ phase: "Canary" }).progressing).toMatchObject({ type: "Progressing", status: "True", reason: "CanaryRunning" });
  expect(judge({ phase: "Failed" }).progressing).toBeUndefined();
});

test("a rendering that waits for the next release is reported", () => {
  expect(judge({}).conditions).toMatchObject([{ type: "UpToDate", status: "True", reason: "RenderedAsStored" }]);
  const [pending] = judge({}, { renderedDifferently: true }).conditions;
  expect(pending).toMatchObject({ type: "UpToDate", status: "False", reason: "RenderingPending" });
  expect(pending?.message).toContain("release a");
});

test("before the first release there is nothing to be up to date", () => {
  expect(judge({ stable: undefined, phase: "Pending" }).conditions).toEqual([]);
});

test("a failed migration's last log lines stand in the message", () => {
  const { release, summary } = judge({ phase: "Failed" }, { migrationLog: "no such column\n" });
  expect(release.message).toBe("m. Its migration's last log lines: no such column");
  expect(summary?.message).toBe(release.message);
  expect(judge({ phase: "Canary" }, { migrationLog: "x" }).release.message).toBe("m");
});
