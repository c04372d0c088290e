import { test } from "vitest";
import { mustReport } from "../../testing/golden-story.ts";
import { apply, ask, edit, rolloutOf, when, type Happening } from "../../testing/rollout-story.ts";

const steps = [
  { weight: 5, pauseSeconds: 20 },
  { weight: 25, pauseSeconds: 20 },
  { weight: 50, pauseSeconds: 20 },
];
const blueGreen = rolloutOf({ strategy: "blueGreen", bakeSeconds: 60, blueGreen: { autoPromotionSeconds: 20 } });
const good = { a: {}, b: {}, c: {} };

test("blue/green switches", () => {
  mustReport("blue-green-switched", { rollout: blueGreen, releases: good }, [apply("b")]);
});

test("a blue/green release that fails after the switch goes back by a switch", () => {
  mustReport("blue-green-failed", { rollout: blueGreen, releases: { ...good, b: { errorPercent: 20 } } }, [apply("b")]);
});

test("a blue/green release that fails in its bake goes back pod by pod", () => {
  const releases = { ...good, b: { errorPercent: 20, faultyAfter: 80 } };
  mustReport("blue-green-bake-failed", { rollout: blueGreen, releases }, [apply("b")]);
});

test("blue/green waits for a user where it is asked to", () => {
  const rollout = rolloutOf({ ...blueGreen, blueGreen: { autoPromotion: false } });
  mustReport("blue-green-gate", { rollout, releases: good }, [apply("b"), ask("promote", 60)]);
});

test("a blue/green hotfix replaces the pods while all of them serve", () => {
  mustReport("blue-green-hotfix", { rollout: blueGreen, releases: { ...good, b: { migration: "done" } } }, [
    apply("b"),
    ask("promote-full", when("Migrating")),
  ]);
});

test("a preview under way goes its way when the strategy becomes another one", () => {
  mustReport("blue-green-becomes-canary", { rollout: blueGreen, releases: good }, [
    apply("b"),
    edit(when("Preview"), "the strategy becomes canary", { strategy: "canary", canary: { steps } }),
  ]);
});

test("requests on a blue/green release, and a freeze that is overridden", () => {
  const isQuarantined: Happening["at"] = ({ persisted: { release } }) => release?.phase === "Failed";
  mustReport("blue-green-requests", { rollout: blueGreen, releases: good }, [
    { at: 0, says: "a freeze begins", does: (cluster) => (cluster.freeze = { message: "the window friday of rollout.freeze is open" }) },
    apply("b"),
    ask("promote", 20),
    ask("override-freeze", 30),
    ask("pause", when("Preview")),
    ask("skip-step", ({ persisted: { release } }) => release?.phase === "Preview" && release.pause?.reason === "Manual"),
    ask("resume", 90),
    ask("abort", ({ persisted: { release } }) => release?.phase === "Promoting" && release.step === 0),
    ask("retry", isQuarantined),
    ask("override-freeze", ({ seconds, persisted: { release } }) => seconds > 130 && release?.pause?.reason === "Frozen"),
  ]);
});
