import { describe, expect, test } from "vitest";
import type { RequestAction } from "../../api/requests.ts";
import { canaryOf, minuteAgo, observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { failing, unseen } from "../../testing/verdicts.ts";
import { decideRelease } from "./next-step.ts";

function ask(action: RequestAction, release?: string) {
  return [{ action, id: "1", ...(release !== undefined && { release }) }];
}

describe("requests", () => {
  test.each([
    ["promote", {}, "no"],
    ["abort", {}, "no release is under way"],
    ["pause", {}, "no release is under way"],
    ["resume", {}, "nothing is paused"],
    ["retry", {}, "release a of the spec is not quarantined"],
    ["skip-step", {}, "there is no step to skip"],
    ["override-freeze", {}, "no freeze holds a release"],
    ["rollback", { suspended: true }, "the app is suspended"],
  ] as const)("%s is refused where it makes no sense", (action, parts, why) => {
    const { handled, release, reason } = decideRelease(observe({ requests: ask(action), ...parts }));
    expect(handled).toMatchObject([{ action, id: "1", outcome: "refused", message: expect.stringContaining(why) as string }]);
    expect({ phase: release.phase, reason }).toEqual({
      phase: parts && "suspended" in parts ? "Stable" : "Stable",
      reason: "RequestRefused",
    });
  });

  test("are answered once", () => {
    const requests = [{ action: "abort", id: "1", outcome: "refused", at: seenAt } as const];
    expect(decideRelease(observe({ status: { release: releaseOf(), requests }, requests: ask("abort") })).handled).toEqual([]);
  });

  test.each(["promote", "promote-full"] as const)("%s is refused where the analysis has failed the candidate", (action) => {
    for (const phase of ["Canary", "Preview", "Baking"] as const) {
      const seen = canaryOf({ phase }, { requests: ask(action), analysis: failing });
      expect(decideRelease(seen).handled[0]).toMatchObject({ outcome: "refused", message: "the analysis has failed it: it rolls back" });
    }
  });

  test("promote goes on where nothing can be seen", () => {
    const pause = { reason: "Inconclusive" as const, since: minuteAgo };
    expect(decideRelease(canaryOf({ pause }, { requests: ask("promote"), analysis: unseen })).release.step).toBe(1);
  });

  test("promote waits for the pods", () => {
    expect(decideRelease(canaryOf({}, { requests: ask("promote"), candidateWeb: undefined })).handled[0]?.message).toContain("not ready");
  });

  test("a rollback names its release", () => {
    const { release, quarantined, placement } = decideRelease(observe({ requests: ask("rollback", "z") }));
    expect(release).toMatchObject({ stable: "a", candidate: "z", phase: "Promoting", skipSteps: true });
    expect(quarantined.map((entry) => entry.release)).toEqual(["a"]);
    expect(placement).toEqual({ stable: "z" });
  });

  test("a rollback without a release goes to the one before", () => {
    const release = releaseOf({ previous: "z" });
    expect(decideRelease(observe({ status: { release }, requests: ask("rollback") })).release.candidate).toBe("z");
  });

  test("a rollback passes over releases that failed", () => {
    const status = { release: releaseOf({ previous: "z" }), quarantined: [{ release: "z", reason: "x", at: seenAt }] };
    const seen = observe({ status, stored: ["x", "y", "z", "a", "later"], requests: ask("rollback") });
    expect(decideRelease(seen).release.candidate).toBe("y");
  });

  test("a rollback to a release that is not stored is refused with those that are", () => {
    const { handled } = decideRelease(observe({ requests: ask("rollback", "q") }));
    expect(handled[0]).toMatchObject({ outcome: "refused", message: "release q is not stored: rollout.revisionHistory keeps z, a" });
  });

  test("a rollback in the middle of a canary is an abort", () => {
    const { release, quarantined } = decideRelease(canaryOf({}, { requests: ask("rollback") }));
    expect({ phase: release.phase, quarantined: quarantined[0]?.release }).toEqual({ phase: "RollingBack", quarantined: "b" });
  });
});

describe("a rollback that fails", () => {
  test("ends on the release that served before, and the figures of the bad times do not count", () => {
    const at = "2026-11-27T08:05:00Z";
    const release = releaseOf({
      candidate: "z",
      phase: "Promoting",
      strategy: "rolling",
      skipSteps: true,
      weight: 100,
      startedAt: at,
      phaseStartedAt: at,
    });
    const status = {
      release,
      quarantined: [{ release: "a", reason: "rolled back", at }],
      requests: [{ action: "rollback", id: "1", outcome: "done", at } as const],
    };
    const stableWeb = track({ release: "z", rolledOut: false, updated: 1, ready: 4 });
    const going = decideRelease(observe({ status, stableWeb, analysis: failing }));
    expect(going.release).toMatchObject({ phase: "Promoting", candidate: "z" });
    expect(going.release.analysis).toBeUndefined();
    const crash = { pod: "p", reason: "PodsCrashing", message: "too old" } as const;
    const back = decideRelease(observe({ status, stableWeb: { ...stableWeb, crash } }));
    expect(back.release.phase).toBe("RollingBack");
    expect(back.placement.stable).toBe("a");
  });
});
