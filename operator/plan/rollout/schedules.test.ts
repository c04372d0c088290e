import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, ask, play, rolloutOf, when, type Happening, type Story } from "../../testing/rollout-story.ts";
import type { SimulatedRelease, SimulationSettings } from "../../testing/simulator.ts";

type Shuffle = NonNullable<SimulationSettings["shuffle"]>;

const steps = [
  { weight: 10, pauseSeconds: 20 },
  { weight: 40, pauseSeconds: 20 },
];
const common = { bakeSeconds: 40, progressDeadlineSeconds: 60, canary: { steps }, blueGreen: { autoPromotionSeconds: 20 } };
const strategies = ["rolling", "canary", "blueGreen"] as const;
const freshSeed = Math.floor(Math.random() * 2 ** 31);

/** A small generator of numbers in [0, 1), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffleOf(seed: number): Shuffle {
  const random = randomOf(seed);
  return (actors) =>
    actors
      .map((actor) => ({ actor, at: random() }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ actor }) => actor);
}

const orders: Readonly<Record<string, Shuffle>> = {
  fixed: (actors) => actors,
  "seeded-random": shuffleOf(44),
  [`fresh-random (seed ${freshSeed})`]: shuffleOf(freshSeed),
};

interface Plot {
  readonly releases: Readonly<Record<string, SimulatedRelease>>;
  readonly happenings: readonly Happening[];
  readonly stable: string;
  readonly quarantined: readonly string[];
  readonly only?: (typeof strategies)[number];
}

const good = { a: {}, b: {}, c: {} };
const plots: Readonly<Record<string, Plot>> = {
  "a good release": { releases: good, happenings: [apply("b")], stable: "b", quarantined: [] },
  "a release with a migration": { releases: { ...good, b: { migration: "done" } }, happenings: [apply("b")], stable: "b", quarantined: [] },
  "a release that crashes": { releases: { ...good, b: { crashes: true } }, happenings: [apply("b")], stable: "a", quarantined: ["b"] },
  "a release that answers 5xx": {
    releases: { ...good, b: { errorPercent: 20 } },
    happenings: [apply("b")],
    stable: "a",
    quarantined: ["b"],
  },
  "a release that is slow": { releases: { ...good, b: { latency: 9000 } }, happenings: [apply("b")], stable: "a", quarantined: ["b"] },
  "a release that is never ready": {
    releases: { ...good, b: { readyAfter: Infinity } },
    happenings: [apply("b")],
    stable: "a",
    quarantined: ["b"],
  },
  "a failed migration": { releases: { ...good, b: { migration: "failed" } }, happenings: [apply("b")], stable: "a", quarantined: ["b"] },
  "a new spec on the way": { releases: good, happenings: [apply("b"), apply("c", 25)], stable: "c", quarantined: [] },
  "a spec that is taken back": { releases: good, happenings: [apply("b"), apply("a", 25)], stable: "a", quarantined: [] },
  "an abort by request": { releases: good, happenings: [apply("b"), ask("abort", 25)], stable: "a", quarantined: ["b"] },
  "a rollback by request": {
    releases: good,
    happenings: [apply("b"), ask("rollback", ({ persisted }) => persisted.release?.stable === "b")],
    stable: "a",
    quarantined: ["b"],
  },
  "a new spec in the middle of the switch": {
    releases: good,
    happenings: [apply("b"), apply("c", ({ persisted: { release } }) => release?.phase === "Promoting" && release.step === 1)],
    stable: "c",
    quarantined: [],
    only: "blueGreen",
  },
  "a new spec during the bake": { releases: good, happenings: [apply("b"), apply("c", when("Baking"))], stable: "c", quarantined: [] },
};

function mustHold(story: Story, note = ""): void {
  expect(story.broken, `${note}\n${story.lines.join("\n")}`).toEqual([]);
}

describe.each(Object.entries(orders))("in %s order", (order, shuffle) => {
  test.each(Object.entries(plots))("%s has one end, whatever the strategy and however the operator fares", (_, plot) => {
    for (const strategy of plot.only ? [plot.only] : strategies) {
      for (const operator of [{}, { writesPerLife: 1 }, { lag: () => 2 }]) {
        const story = play({ rollout: rolloutOf({ ...common, strategy }), releases: plot.releases, shuffle, ...operator }, plot.happenings);
        mustHold(story, `${order}, ${strategy}, ${JSON.stringify(operator)}`);
        const { release, quarantined } = story.cluster.persisted;
        expect(release?.stable, story.lines.join("\n")).toBe(plot.stable);
        expect(quarantined.map((entry) => entry.release)).toEqual(plot.quarantined);
        expect(story.cluster.webPods.map((pod) => pod.release)).toEqual(Array(4).fill(plot.stable));
      }
    }
  });
});

const behaviour: fc.Arbitrary<SimulatedRelease> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record({ readyAfter: fc.constantFrom(0, 5, 25, Infinity) }),
  fc.constant({ crashes: true }),
  fc.record({ errorPercent: fc.constant(20), faultyAfter: fc.constantFrom(0, 20, 60) }),
  fc.record({ latency: fc.constant(5000), faultyAfter: fc.constantFrom(0, 30) }),
  fc.record({ migration: fc.constantFrom("done" as const, "failed" as const) }),
);

const time = fc.integer({ min: 1, max: 60 }).map((ticks) => ticks * 5);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("a", "b", "c"), time).map(([release, at]) => apply(release, at)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom("promote", "promote-full", "abort", "retry", "rollback", "pause", "resume", "skip-step", "override-freeze"),
        time,
      )
      .map(([action, at]) => ask(action, at)),
  },
  time.map((at) => ({ at, says: "the source of metrics dies", does: (cluster) => (cluster.metricsAreDead = true) }) satisfies Happening),
  time.map((at) => ({ at, says: "a freeze begins", does: (cluster) => (cluster.freeze = { message: "frozen" }) }) satisfies Happening),
  time.map((at) => ({ at, says: "the app is suspended", does: (cluster) => (cluster.suspended = true) }) satisfies Happening),
  time.map((at) => ({ at, says: "a Secret is missing", does: (cluster) => (cluster.blocked = "Secret x is missing") }) satisfies Happening),
  fc
    .tuple(fc.integer({ min: 3, max: 12 }), time)
    .map(
      ([wanted, at]) =>
        ({ at, says: `the autoscaler wants ${wanted}`, does: (cluster) => (cluster.autoscale = wanted) }) satisfies Happening,
    ),
  time.map(
    (at) =>
      ({
        at,
        says: "a node is lost",
        costs: 2,
        does: ({ stable, candidate }) => (stable?.losePod(), candidate?.losePod()),
      }) satisfies Happening,
  ),
);

const recovery: Happening = {
  at: 310,
  says: "all faults end",
  does: (cluster) => {
    cluster.metricsAreDead = false;
    cluster.freeze = undefined;
    cluster.suspended = false;
    cluster.blocked = undefined;
  },
};

test("whatever happens, in whatever order: no invariant breaks, and it comes to rest", () => {
  const schedule = fc.record({
    strategy: fc.constantFrom(...strategies),
    releases: fc.record({ a: fc.constant({}), b: behaviour, c: behaviour }),
    happenings: fc.array(happening, { minLength: 1, maxLength: 8 }),
    order: fc.integer(),
    most: fc.constantFrom(4, 10),
    lag: fc.constantFrom(0, 0, 1, 3),
    writesPerLife: fc.constantFrom(1, 2, Infinity, Infinity),
  });
  fc.assert(
    fc.property(schedule, ({ strategy, releases, happenings, order, most, lag, writesPerLife }) => {
      const rollout = rolloutOf({ ...common, strategy });
      const settings = { rollout, releases, scale: { min: 4, max: most }, shuffle: shuffleOf(order), lag: () => lag, writesPerLife };
      const sorted = happenings.toSorted((one, other) => Number(one.at) - Number(other.at));
      mustHold(play(settings, [...sorted, recovery]), `${strategy}, order ${order}, lag ${lag}, writes ${writesPerLife}`);
    }),
    { numRuns: 300 },
  );
}, 60_000);
