import { test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { mustReport } from "../../testing/golden-story.ts";
import { apply, ask, rolloutOf, type Happening } from "../../testing/rollout-story.ts";

const steps = [
  { weight: 5, pauseSeconds: 20 },
  { weight: 25, pauseSeconds: 20 },
  { weight: 50, pauseSeconds: 20 },
];
const canary = rolloutOf({ strategy: "canary", bakeSeconds: 60, canary: { steps } });
const rolloutWith = (analysis: Tree) => rolloutOf({ strategy: "canary", bakeSeconds: 60, canary: { steps, analysis } });
const good = { a: {}, b: {}, c: {} };
const quiet = { releases: good, load: 0.02 };

test("a canary with few users goes on after a while, with what its requests have proven", () => {
  mustReport("quiet", { ...quiet, rollout: rolloutWith({ inconclusiveSeconds: 300 }) }, [apply("b")]);
});

test("too few requests pause the canary where that is asked for, until a user promotes it", () => {
  const rollout = rolloutWith({ inconclusiveSeconds: 300, onTooFewRequests: "pause" });
  mustReport("quiet-paused", { ...quiet, rollout }, [
    apply("b"),
    ask("promote", 400),
    ask("promote-full", ({ persisted: { release } }) => release?.step === 1 && release.pause?.reason === "Inconclusive"),
  ]);
});

test("a canary of which nothing can be seen rolls back", () => {
  mustReport("unseen", { rollout: canary, releases: good }, [
    { at: 0, says: "the source of metrics dies", does: (cluster) => (cluster.metricsAreDead = true) },
    apply("b"),
  ]);
});

test("figures that come back in time let the canary go on", () => {
  mustReport("metrics-return", { rollout: canary, releases: good }, [
    { at: 0, says: "the source of metrics dies", does: (cluster) => (cluster.metricsAreDead = true) },
    apply("b"),
    { at: 420, says: "the source of metrics is back", does: (cluster) => (cluster.metricsAreDead = false) },
  ]);
});

/** The liveness probes of all web pods fail: a database is away. */
function killAll(at: Happening["at"], of: "all" | "candidate" = "all"): Happening {
  return {
    at,
    says: `the liveness probes of ${of} web pods fail`,
    costs: 4,
    does: ({ stable, candidate, seconds }) => (of === "all" && stable?.killPods(seconds), candidate?.killPods(seconds)),
  };
}

const inStep = (step: number, after: number): Happening["at"] => {
  return ({ now, persisted: { release } }) =>
    release?.phase === "Canary" &&
    release.step === step &&
    release.stepStartedAt !== undefined &&
    Date.parse(now) - Date.parse(release.stepStartedAt) >= after * 1000;
};

test("an outage that makes the liveness probes of both releases fail twice sends nobody back", () => {
  const rollout = rolloutOf({ ...canary, canary: { steps: [{ weight: 25, pauseSeconds: 120 }] } });
  mustReport("outage-of-both", { rollout, releases: good }, [apply("b"), killAll(inStep(0, 20)), killAll(inStep(0, 40))]);
});

test("liveness probes that fail twice in the candidate alone send it back", () => {
  const rollout = rolloutOf({ ...canary, canary: { steps: [{ weight: 25, pauseSeconds: 120 }] } });
  const happenings = [killAll(inStep(0, 20), "candidate"), killAll(inStep(0, 40), "candidate")];
  mustReport("outage-of-candidate", { rollout, releases: good }, [apply("b"), ...happenings]);
});
