import { describe, expect, test } from "vitest";
import { rolloutSchema } from "../../api/rollout.ts";
import { canaryOf, minuteAgo, observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { verdictOf } from "../../testing/verdicts.ts";
import { decideRelease } from "./next-step.ts";
import type { RolloutObservation } from "./observation.ts";

describe("a lost status", () => {
  test("is read off the running pods, where their release is stored", () => {
    const { release, placement } = decideRelease(observe({ status: {} }));
    expect(release).toMatchObject({ stable: "a", phase: "Stable" });
    expect(placement).toEqual({ stable: "a" });
  });

  test("with another spec starts the release of the spec", () => {
    const { release, reason, placement } = decideRelease(observe({ status: {}, desired: "b" }));
    expect(release).toMatchObject({ stable: "a", candidate: "b", phase: "Pending", startedAt: seenAt });
    expect({ reason, placement }).toEqual({ reason: "ReleaseStarted", placement: { stable: "a" } });
  });

  test("of pods that cannot be rendered again begins anew", () => {
    const { release } = decideRelease(observe({ status: { release: { stable: "old", phase: "Stable" } }, running: "old", desired: "b" }));
    expect(release).toMatchObject({ candidate: "b", phase: "RollingOut" });
    expect(release.stable).toBeUndefined();
  });
});

describe("stable pods that restart because the data of a Secret changed", () => {
  const restarting = track({ replicas: 5, updated: 1, uniform: false, rolledOut: false });

  test.each(["canary", "blueGreen"])("hold no %s release back: one may be the way to mend them", (strategy) => {
    const seen = observe({ desired: "b", rollout: rolloutSchema.parse({ strategy }), stableWeb: restarting });
    const pending = decideRelease({ ...seen, status: { release: releaseOf({ candidate: "b", phase: "Pending" }) } });
    expect(pending).toMatchObject({ changed: true, release: { candidate: "b", phase: strategy === "canary" ? "Canary" : "Preview" } });
  });

  test("stay all that the Service of a blue/green app selects", () => {
    const seen = observe({ rollout: rolloutSchema.parse({ strategy: "blueGreen" }), stableWeb: restarting });
    expect(decideRelease(seen)).toMatchObject({ changed: false, placement: { stable: "a", serviceRelease: "a" } });
    const mixed = { ...seen, stableWeb: { ...restarting, oneRelease: false } };
    expect(decideRelease(mixed).placement).not.toHaveProperty("serviceRelease");
  });

  test("are waited for where a release comes back or is taken", () => {
    const release = releaseOf({ candidate: "b", phase: "RollingBack" });
    expect(decideRelease(observe({ status: { release }, stableWeb: restarting }))).toMatchObject({ changed: false, state: "RollingBack" });
  });
});

describe("the canary's pods", () => {
  test("that are missing hold the step", () => {
    const { release, placement } = decideRelease(
      canaryOf({ stepStartedAt: "2026-11-27T08:00:00Z", analyzedAt: "2026-11-27T08:09:55Z" }, { candidateWeb: undefined }),
    );
    expect(release).toMatchObject({ phase: "Canary", step: 0, weight: 5, unreadySince: seenAt });
    expect(placement.candidate).toEqual({ release: "b", replicas: 1 });
  });

  test("of another release are none", () => {
    expect(decideRelease(canaryOf({}, { candidateWeb: track({ release: "x", desired: 1 }) })).release.unreadySince).toBe(seenAt);
  });

  test("follow the autoscaler", () => {
    expect(decideRelease(canaryOf({ weight: 5 }, { stableWeb: track({ desired: 40 }) })).placement.candidate?.replicas).toBe(3);
  });

  test("that run out of memory send it back", () => {
    const crash = { pod: "p", reason: "ContainerOutOfMemory", message: "killed" } as const;
    const { reason, release } = decideRelease(canaryOf({}, { candidateWeb: track({ release: "b", desired: 1, crash }) }));
    expect({ reason, phase: release.phase }).toEqual({ reason: "ContainerOutOfMemory", phase: "RollingBack" });
  });

  test("leave a crash of the stable pods alone", () => {
    const crash = { pod: "p", reason: "PodsCrashing", message: "down" } as const;
    expect(decideRelease(canaryOf({}, { stableWeb: track({ crash }) })).release.phase).toBe("Canary");
  });
});

describe("edits of the steps while a canary runs", () => {
  test("a lower weight holds at once", () => {
    const lower = rolloutSchema.parse({ strategy: "canary", canary: { steps: [{ weight: 2, pauseSeconds: 600 }] } });
    expect(decideRelease(canaryOf({ step: 2, weight: 50 }, { rollout: lower })).release.weight).toBe(2);
  });

  test("without any step, as an older version took it, it is promoted once it is judged", () => {
    const given = rolloutSchema.parse({ strategy: "canary" });
    const none = { ...given, canary: { ...given.canary, steps: [] } };
    expect(decideRelease(canaryOf({}, { rollout: none })).release.phase).toBe("Canary");
    expect(decideRelease(canaryOf({}, { rollout: none, analysis: verdictOf() })).release.phase).toBe("Promoting");
  });
});

describe("workers", () => {
  const promoting = { phase: "Promoting", step: 0, weight: 100, phaseStartedAt: minuteAgo } as const;

  test("must have taken the release before it bakes", () => {
    const stableWeb = track({ release: "b" });
    const late = decideRelease(canaryOf(promoting, { stableWeb, workers: [track({ name: "shop-worker-mail", release: "a" })] }));
    expect(late.release.phase).toBe("Promoting");
    const done = decideRelease(canaryOf(promoting, { stableWeb, workers: [track({ name: "shop-worker-mail", release: "b" })] }));
    expect(done.release.phase).toBe("Baking");
  });

  test("that crash take everything back", () => {
    const crash = { pod: "p", reason: "PodsCrashing", message: "no queue" } as const;
    const { release, quarantined } = decideRelease(canaryOf(promoting, { workers: [track({ release: "b", crash })] }));
    expect({ phase: release.phase, why: quarantined[0]?.reason }).toEqual({ phase: "RollingBack", why: "no queue" });
  });
});

describe("what holds a release where it is", () => {
  const since = "2026-11-27T08:00:00Z";

  test("the way back lasts until the candidate's pods are gone", () => {
    const back = { phase: "RollingBack", weight: 0 } as const;
    const quarantined = [{ release: "b", reason: "x", at: since }];
    const seen = canaryOf(back);
    const status = { ...seen.status, quarantined };
    expect(decideRelease({ ...seen, status }).release.phase).toBe("RollingBack");
    // The garbage collector ends the pods of a deleted Deployment moments later.
    expect(decideRelease({ ...seen, status, candidateWeb: undefined, orphans: 1 }).release.phase).toBe("RollingBack");
    expect(decideRelease({ ...seen, status, candidateWeb: undefined }).release.phase).toBe("Failed");
  });

  test("a promotion lasts until stable can do without the candidate's pods", () => {
    const promoting = { phase: "Promoting", step: 2, weight: 100, pods: 8, phaseStartedAt: since } as const;
    const scale = { min: 2, max: 12 };
    const few = decideRelease(canaryOf(promoting, { scale, stableWeb: track({ release: "b", desired: 8, ready: 7 }) }));
    expect(few.release.phase).toBe("Promoting");
    expect(few.placement.stableAtLeast).toBe(8);
    expect(decideRelease(canaryOf(promoting, { scale, stableWeb: track({ release: "b", desired: 8 }) })).release.phase).toBe("Baking");
  });

  test.each([
    ["maxReplicas lowered to 5", { min: 2, max: 5 }, 5],
    ["replicas lowered to 3", { min: 3, max: 3 }, 3],
    ["maxReplicas raised to 20", { min: 2, max: 20 }, 8],
    ["minReplicas raised to 10", { min: 10, max: 20 }, 8],
  ])("a promotion that was begun with 8 pods, %s since, waits for no pod that never comes", (_what, scale, atLeast) => {
    const promoting = { phase: "Promoting", step: 2, weight: 100, pods: 8, phaseStartedAt: since } as const;
    const desired = Math.max(atLeast, scale.min);
    const few = decideRelease(canaryOf(promoting, { scale, stableWeb: track({ release: "b", desired, ready: atLeast - 1 }) }));
    expect(few.release.phase).toBe("Promoting");
    expect(few.placement.stableAtLeast).toBe(atLeast);
    expect(decideRelease(canaryOf(promoting, { scale, stableWeb: track({ release: "b", desired }) })).release.phase).toBe("Baking");
  });

  const baking = { phase: "Baking", weight: 100, phaseStartedAt: since, step: undefined, stepStartedAt: undefined } as const;

  test.each([
    ["the bake time", { now: "2026-11-27T08:09:59Z" }, {}],
    ["missing pods", { stableWeb: track({ release: "b", ready: 3 }) }, {}],
    ["a pause", {}, { pause: { reason: "Manual", since } as const }],
  ])("a bake is held by %s", (_, parts, release) => {
    const bakes = { candidateWeb: undefined, stableWeb: track({ release: "b" }) };
    expect(decideRelease(canaryOf(baking, bakes)).release).toMatchObject({ phase: "Stable", stable: "b", previous: "a" });
    expect(decideRelease(canaryOf({ ...baking, ...release }, { ...bakes, ...parts })).release.phase).toBe("Baking");
  });

  test.each([
    ["a newer spec", { desired: "c" }],
    ["a suspension", { suspended: true }],
  ])("%s ends a bake, and what was proven before stays the release to return to", (_, parts) => {
    const bakes = { candidateWeb: undefined, stableWeb: track({ release: "b" }), now: "2026-11-27T08:05:00Z", ...parts };
    const { release, placement, quarantined } = decideRelease(canaryOf(baking, bakes));
    expect({ stable: release.stable, runs: placement.stable, quarantined }).toEqual({ stable: "a", runs: "a", quarantined: [] });
    expect(release.candidate).not.toBe("b");
  });
});

describe("when to look again", () => {
  test("at once after a step", () => {
    expect(decideRelease(observe({ desired: "b" })).requeueAfterMs).toBe(0);
  });

  test("never where only an event can change anything", () => {
    expect(decideRelease(decided(observe())).requeueAfterMs).toBeUndefined();
  });

  test("at the end of a step's pause", () => {
    // 31 s of silence and the two minutes by which the time may have been written down late end first.
    const noted = { analyzedAt: "2026-11-27T08:07:55Z" };
    expect(decideRelease(canaryOf(noted)).requeueAfterMs).toBe(26_000);
    expect(decideRelease(canaryOf({ ...noted, stepStartedAt: "2026-11-27T08:08:10Z" })).requeueAfterMs).toBe(10_000);
  });
});

function decided(seen: RolloutObservation): RolloutObservation {
  return { ...seen, status: { ...seen.status, release: decideRelease(seen).release } };
}
