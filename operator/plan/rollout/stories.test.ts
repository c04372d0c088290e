import { test } from "vitest";
import { mustReport } from "../../testing/golden-story.ts";
import { apply, ask, edit, rolloutOf, when, type Happening } from "../../testing/rollout-story.ts";
import type { SimulationSettings, Simulator } from "../../testing/simulator.ts";

const steps = [
  { weight: 5, pauseSeconds: 20 },
  { weight: 25, pauseSeconds: 20 },
  { weight: 50, pauseSeconds: 20 },
];
const rolling = rolloutOf({ strategy: "rolling", bakeSeconds: 60 });
const canary = rolloutOf({ strategy: "canary", bakeSeconds: 60, canary: { steps } });
const blueGreen = rolloutOf({ strategy: "blueGreen", bakeSeconds: 60, blueGreen: { autoPromotionSeconds: 20 } });
const good = { a: {}, b: {}, c: {} };

test("a rolling release is promoted", () => {
  mustReport("rolling-promoted", { rollout: rolling, releases: { ...good, b: { migration: "done" } } }, [apply("b")]);
});

test("a rolling release that crashes goes back", () => {
  mustReport("rolling-crash", { rollout: rolling, releases: { ...good, b: { crashes: true } } }, [apply("b")]);
});

test("the first release of all needs no canary", () => {
  mustReport("first-release", { rollout: canary, releases: { a: { migration: "done" } }, empty: true }, []);
});

test("a canary is promoted", () => {
  mustReport("canary-promoted", { rollout: canary, releases: good }, [apply("b")]);
});

test("a canary that answers 5xx is aborted", () => {
  mustReport("canary-errors", { rollout: canary, releases: { ...good, b: { errorPercent: 20, faultyAfter: 40 } } }, [apply("b")]);
});

test("a canary that is slow is aborted", () => {
  mustReport("canary-slow", { rollout: canary, releases: { ...good, b: { latency: 3400 } } }, [apply("b")]);
});

test("a canary that crashes is aborted", () => {
  mustReport("canary-crash", { rollout: canary, releases: { ...good, b: { crashes: true } } }, [apply("b")]);
});

test("a canary that never becomes ready meets the deadline", () => {
  const rollout = rolloutOf({ ...canary, progressDeadlineSeconds: 60 });
  mustReport("canary-never-ready", { rollout, releases: { ...good, b: { readyAfter: Infinity } } }, [apply("b")]);
});

test("a new spec in the middle of a canary starts over", () => {
  mustReport("canary-new-spec", { rollout: canary, releases: good }, [apply("b"), apply("c", when("Canary", 1))]);
});

test("a spec that is taken back in the middle of a canary blames nobody", () => {
  mustReport("canary-reverted", { rollout: canary, releases: good }, [apply("b"), apply("a", when("Canary", 1)), apply("b", 120)]);
});

const isBaking: Happening["at"] = ({ seconds, persisted: { release } }) =>
  release?.phase === "Baking" && seconds >= (Date.parse(release.phaseStartedAt ?? "") - Date.UTC(2026, 10, 27, 8)) / 1000 + 20;

test.each([
  ["rolling", rolling],
  ["canary", canary],
  ["blue-green", blueGreen],
])("a new spec in a bake starts from the release that was proven: %s", (name, rollout) => {
  const releases = { ...good, b: { migration: "done" as const }, c: { migration: "done" as const } };
  mustReport(`bake-superseded-${name}`, { rollout, releases }, [apply("b"), apply("c", isBaking)]);
});

test("a hotfix in a bake does not wait for the way back", () => {
  const isGivenUp: Happening["at"] = ({ persisted: { release } }) => release?.phase === "Pending" && release.candidate === "c";
  mustReport("bake-superseded-hotfix", { rollout: canary, releases: good }, [
    apply("b"),
    apply("c", isBaking),
    ask("promote-full", isGivenUp),
  ]);
});

test("a new spec in a bake goes back to the proven release when it fails too", () => {
  mustReport("bake-superseded-failed", { rollout: canary, releases: { ...good, c: { crashes: true } } }, [
    apply("b"),
    apply("c", isBaking),
  ]);
});

test("an app that is suspended in a bake starts the release anew", () => {
  mustReport("bake-suspended", { rollout: canary, releases: good }, [
    apply("b"),
    { at: isBaking, says: "spec.suspend is true", does: (cluster) => (cluster.suspended = true) },
    { at: 400, says: "spec.suspend is false", does: (cluster) => (cluster.suspended = false) },
  ]);
});

test("a rollback by request skips all steps", () => {
  mustReport("rollback-request", { rollout: canary, releases: good }, [
    apply("b"),
    ask("rollback", ({ persisted: { release } }) => release?.stable === "b"),
  ]);
});

test("a freeze holds a release until it ends", () => {
  const message = "the window friday of rollout.freeze is open until 2026-11-27T08:01:00Z";
  mustReport("freeze", { rollout: canary, releases: good }, [
    { at: 0, says: "a freeze begins", does: (cluster) => (cluster.freeze = { message, until: "2026-11-27T08:01:00Z" }) },
    apply("b"),
    { at: 60, says: "the freeze ends", does: (cluster) => (cluster.freeze = undefined) },
    { at: when("Canary", 1), says: "a freeze begins", does: (cluster) => (cluster.freeze = { message }) },
    apply("c", ({ persisted: { release } }) => release?.stable === "b"),
    ask("override-freeze", ({ persisted: { release } }) => release?.pause?.reason === "Frozen" && release.candidate === "c"),
  ]);
});

test("a quarantined spec that is applied again stays in quarantine", () => {
  mustReport("quarantine", { rollout: canary, releases: { ...good, b: { crashes: true } } }, [
    apply("b"),
    apply("a", when("Failed")),
    apply("b", 120),
    apply("c", 150),
  ]);
});

test("the autoscaler acts while a canary runs", () => {
  mustReport("canary-autoscaled", { rollout: canary, releases: good, scale: { min: 4, max: 12 } }, [
    apply("b"),
    { at: when("Canary", 1), says: "the autoscaler wants 9", does: (cluster) => (cluster.autoscale = 9) },
    { at: when("Canary", 2), says: "the autoscaler wants 5", does: (cluster) => (cluster.autoscale = 5) },
  ]);
});

test.each<[string, string, SimulationSettings["scale"], Happening]>([
  [
    "the ceiling is lowered below what the promotion was begun with",
    "promoting-ceiling-lowered",
    { min: 4, max: 12 },
    { at: when("Promoting"), says: "maxReplicas becomes 6", does: (cluster) => (cluster.scale = { min: 4, max: 6 }) },
  ],
  [
    "the fixed number is lowered while it is promoted",
    "promoting-fixed-lowered",
    { min: 6, max: 6 },
    { at: when("Promoting"), says: "replicas becomes 2", does: (cluster) => (cluster.scale = { min: 2, max: 2 }) },
  ],
  [
    "the floor is raised while it is promoted",
    "promoting-floor-raised",
    { min: 4, max: 12 },
    { at: when("Promoting"), says: "minReplicas becomes 10", costs: 6, does: (cluster) => (cluster.scale = { min: 10, max: 12 }) },
  ],
])("%s", (_what, name, scale, change) => {
  mustReport(name, { rollout: canary, releases: good, scale }, [
    apply("b"),
    ...(scale?.max === 12
      ? [{ at: when("Canary", 1), says: "the autoscaler wants 6", does: (cluster: Simulator) => (cluster.autoscale = 6) }]
      : []),
    change,
  ]);
});

test("a Gateway gives a canary its weights once its pods are ready", () => {
  mustReport("gateway-promoted", { rollout: canary, releases: good, hasGateway: true, scale: { min: 10, max: 10 }, load: 400 }, [
    apply("b"),
  ]);
});

test("a Gateway sends nothing to a canary that crashes, and nothing to one that is sent back", () => {
  const releases = { ...good, b: { errorPercent: 20, faultyAfter: 40 }, c: { crashes: true } };
  mustReport("gateway-aborted", { rollout: canary, releases, hasGateway: true, load: 400 }, [apply("b"), apply("c", when("Failed"))]);
});

test("behind a Gateway, pods of a canary that are left after a loss get no more than their share", () => {
  mustReport("gateway-pods-lost", { rollout: canary, releases: good, hasGateway: true, load: 400 }, [
    apply("b"),
    {
      at: ({ persisted: { release } }) => release?.step === 2 && release.stepStartedAt !== undefined,
      says: "a node is lost with three pods of the canary",
      does: ({ candidate }) => [1, 2, 3].forEach(() => candidate?.losePod()),
    },
  ]);
});

test("a Gateway that is added and taken away in the middle of canaries", () => {
  mustReport("gateway-edited", { rollout: canary, releases: good, load: 400 }, [
    apply("b"),
    { at: when("Canary", 1), says: "routing.gateway is added", does: (cluster) => (cluster.hasGateway = true) },
    apply("c", ({ persisted: { release } }) => release?.stable === "b"),
    {
      at: ({ persisted: { release } }) => release?.candidate === "c" && release.step === 1,
      says: "routing.gateway is removed",
      does: (cluster) => (cluster.hasGateway = false),
    },
  ]);
});

test("suspended and resumed in the middle of a canary", () => {
  mustReport("suspended", { rollout: canary, releases: good }, [
    apply("b"),
    { at: when("Canary", 1), says: "spec.suspend is true", does: (cluster) => (cluster.suspended = true) },
    { at: 120, says: "spec.suspend is false", does: (cluster) => (cluster.suspended = false) },
  ]);
});

test("a release that turns bad while it bakes goes back", () => {
  mustReport("bake-failed", { rollout: rolling, releases: { ...good, b: { errorPercent: 30, faultyAfter: 50 } } }, [apply("b")]);
});

test("the operator dies after every write, and the end is the same", () => {
  mustReport("operator-restarted", { rollout: canary, releases: good, writesPerLife: 1 }, [apply("b")]);
});

test("a node is lost in the middle of a canary", () => {
  mustReport("node-lost", { rollout: canary, releases: good }, [
    apply("b"),
    {
      at: when("Canary", 1),
      says: "a node is lost with two pods",
      costs: 2,
      does: ({ stable, candidate }) => (stable?.losePod(), candidate?.losePod()),
    },
  ]);
});

test("gates, pauses and skipped steps", () => {
  const rollout = rolloutOf({
    ...canary,
    canary: { steps: [{ weight: 10 }, { weight: 30, pauseSeconds: 600 }, { weight: 60, pauseSeconds: 20 }] },
  });
  mustReport("canary-requests", { rollout, releases: good }, [
    apply("b"),
    ask("promote", 60),
    ask("pause", 90),
    ask("resume", 120),
    ask("skip-step", 150),
    ask("abort", 170),
    ask("retry", 240),
    ask("promote-full", ({ seconds }) => seconds >= 260),
  ]);
});

test("steps that are taken away in the middle of a canary are not waited for", () => {
  const shorter = { canary: { steps: [{ weight: 10, pauseSeconds: 20 }] } };
  mustReport("canary-steps-shortened", { rollout: canary, releases: good }, [
    apply("b"),
    edit(when("Canary", 1), "one step of 10 % is left", shorter),
  ]);
});

test("a canary under way goes its way when the strategy becomes another one, which the next release takes", () => {
  mustReport("canary-becomes-rolling", { rollout: canary, releases: good }, [
    apply("b"),
    edit(when("Canary", 1), "the strategy becomes rolling", { strategy: "rolling" }),
    apply("c", ({ persisted: { release } }) => release?.stable === "b"),
  ]);
});
