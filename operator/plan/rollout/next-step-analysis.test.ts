import { describe, expect, test } from "vitest";
import { rolloutSchema, type Rollout } from "../../api/rollout.ts";
import type { Tree } from "../../base/tree.ts";
import { canaryOf, minuteAgo, seenAt, track } from "../../testing/rollout-observations.ts";
import { failing, tooFew, unseen, verdictOf } from "../../testing/verdicts.ts";
import { decideRelease } from "./next-step.ts";

function withAnalysis(analysis: Tree): Rollout {
  return rolloutSchema.parse({ strategy: "canary", canary: { analysis } });
}

describe("verdicts", () => {
  test("that fail roll the candidate back at once, with what failed and not with what is only shown", () => {
    const { release, quarantined, placement, reason } = decideRelease(canaryOf({}, { analysis: failing }));
    expect(release.phase).toBe("RollingBack");
    expect(quarantined).toEqual([{ release: "b", reason: "error rate 20 %", at: seenAt }]);
    expect({ placement, reason }).toEqual({ placement: { stable: "a" }, reason: "AnalysisFailed" });
  });

  test.each(["RollingOut", "Promoting", "Baking"] as const)("that fail roll back in %s too", (phase) => {
    const seen = canaryOf({ phase, stepStartedAt: undefined }, { analysis: failing, stableWeb: track({ release: "b" }) });
    expect(decideRelease(seen).release.phase).toBe("RollingBack");
  });

  test("are kept for users, and each step keeps what it has proven", () => {
    const passing = verdictOf({ proven: "0 of 80 requests failed: below 5.6 % at 99 %" });
    const noted = decideRelease(canaryOf({}, { analysis: passing })).release;
    expect(noted.analysis).toEqual(passing.checks);
    const late = { analysis: { ...passing, at: "2026-11-27T08:11:20Z" }, now: "2026-11-27T08:11:30Z" };
    const { release } = decideRelease(canaryOf({}, late));
    expect(release).toMatchObject({ step: 1, proven: ["step 1 (5 %): 0 of 80 requests failed: below 5.6 % at 99 %"] });
  });

  test("of the step before let no step pass", () => {
    const early = { analysis: verdictOf({ at: "2026-11-27T08:07:50Z" }) };
    expect(decideRelease(canaryOf({ stepStartedAt: "2026-11-27T08:07:55Z" }, early)).release.step).toBe(0);
    const ofStep = { analysis: verdictOf({ at: "2026-11-27T08:09:58Z" }) };
    expect(decideRelease(canaryOf({ stepStartedAt: "2026-11-27T08:07:55Z" }, ofStep)).release.step).toBe(1);
  });

  test("are not asked for where the analysis is off", () => {
    const off = rolloutSchema.parse({
      strategy: "canary",
      canary: { analysis: { enabled: false }, steps: [{ weight: 5, pauseSeconds: 10 }] },
    });
    expect(decideRelease(canaryOf({}, { rollout: off, analysis: failing })).release.phase).toBe("Promoting");
  });

  test("that grow old count as none", () => {
    // Without a round in memory, 30 s of silence count from a time that may have been written down two minutes late.
    const old = { analyzedAt: "2026-11-27T08:07:29Z" };
    const { release, changed } = decideRelease(canaryOf({ ...old, stepStartedAt: "2026-11-27T08:07:00Z" }));
    expect({ since: release.inconclusiveSince, changed }).toEqual({ since: old.analyzedAt, changed: false });
  });

  test("that an operator finds written down when it starts may be older than the newest round", () => {
    const written = { analyzedAt: "2026-11-27T08:07:31Z", stepStartedAt: "2026-11-27T08:07:00Z" };
    expect(decideRelease(canaryOf(written)).release.inconclusiveSince).toBeUndefined();
  });
});

describe("a candidate that cannot be judged", () => {
  const elevenMinutesAgo = "2026-11-27T07:59:00Z";
  const blind = { stepStartedAt: elevenMinutesAgo, inconclusiveSince: elevenMinutesAgo };

  test("rolls back after inconclusiveSeconds, and says what to do", () => {
    const { release, quarantined, reason } = decideRelease(canaryOf(blind, { analysis: unseen }));
    expect({ phase: release.phase, reason }).toEqual({ phase: "RollingBack", reason: "AnalysisInconclusive" });
    expect(quarantined[0]?.reason).toBe("nothing could be seen of it within inconclusiveSeconds (600): pod p answers 401 at /metrics");
  });

  test.each([
    ["unseen for less time", { parts: { ...blind, inconclusiveSince: minuteAgo }, analysis: unseen, settings: {} }, "Canary"],
    ["unseen, and pause is asked for", { parts: blind, analysis: unseen, settings: { onInconclusive: "pause" } }, "paused"],
    ["unseen, and promote is asked for", { parts: blind, analysis: unseen, settings: { onInconclusive: "promote" } }, "step 1"],
    [
      "unseen at a manual gate",
      { parts: { ...blind, pause: { reason: "Step", since: minuteAgo } }, analysis: unseen, settings: {} },
      "RollingBack",
    ],
    [
      "unseen, paused by a user",
      { parts: { ...blind, pause: { reason: "Manual", since: minuteAgo } }, analysis: unseen, settings: {} },
      "Manual",
    ],
    ["quiet", { parts: { stepStartedAt: elevenMinutesAgo }, analysis: tooFew, settings: {} }, "step 1"],
    ["quiet for less time", { parts: { stepStartedAt: minuteAgo }, analysis: tooFew, settings: {} }, "Canary"],
    [
      "quiet, and pause is asked for",
      { parts: { stepStartedAt: elevenMinutesAgo }, analysis: tooFew, settings: { onTooFewRequests: "pause" } },
      "paused",
    ],
    [
      "quiet, and rollback is asked for",
      { parts: { stepStartedAt: elevenMinutesAgo }, analysis: tooFew, settings: { onTooFewRequests: "rollback" } },
      "RollingBack",
    ],
    [
      "quiet, paused as inconclusive, until it passes",
      { parts: { pause: { reason: "Inconclusive", since: minuteAgo } }, analysis: verdictOf(), settings: {} },
      "Canary",
    ],
  ] as const)("%s", (_, { parts, analysis, settings }, wanted) => {
    const { release } = decideRelease(canaryOf(parts, { analysis, rollout: withAnalysis(settings) }));
    const pause = release.pause?.reason === "Inconclusive" ? "paused" : release.pause?.reason;
    expect(pause ?? ((release.step ?? 0) > 0 ? `step ${release.step}` : release.phase)).toBe(wanted);
  });

  test("holds nothing up once all users have it", () => {
    const bakes = { phase: "Baking", phaseStartedAt: elevenMinutesAgo, inconclusiveSince: elevenMinutesAgo } as const;
    const seen = canaryOf(bakes, { analysis: unseen, candidateWeb: undefined, stableWeb: track({ release: "b" }) });
    expect(decideRelease(seen).release).toMatchObject({ phase: "Stable", stable: "b" });
  });
});
