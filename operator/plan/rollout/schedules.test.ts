import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyRefusal,
  anySchedule,
  playSchedule,
  shortRollout,
  shuffleOf,
  type Schedule,
  type Shuffle,
} from "../../testing/rollout-schedules.ts";
import { refusableRoles } from "../../testing/refusal-invariants.ts";
import { apply, ask, play, when, type Happening, type Story } from "../../testing/rollout-story.ts";
import type { SimulatedRelease, SimulationSettings } from "../../testing/simulator.ts";

const strategies = ["rolling", "canary", "blueGreen"] as const;
const freshSeed = Math.floor(Math.random() * 2 ** 31);

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
  "a new spec while a migration runs": {
    releases: { ...good, b: { migration: "slow" }, c: { migration: "done" } },
    happenings: [apply("b"), apply("c", ({ jobs }) => jobs.running.includes("b"))],
    stable: "c",
    quarantined: [],
  },
  "a new spec while a migration cannot start": {
    releases: { ...good, b: { migration: "stuck" }, c: { migration: "done" } },
    happenings: [apply("b"), apply("c", 45)],
    stable: "c",
    quarantined: [],
  },
  "a contract migration": { releases: { ...good, b: { contract: "done" } }, happenings: [apply("b")], stable: "b", quarantined: [] },
  "a rollback after a contract migration": {
    releases: { ...good, b: { contract: "done" } },
    happenings: [apply("b"), ask("rollback", ({ persisted: { release } }) => release?.contract?.state === "Succeeded")],
    stable: "b",
    quarantined: [],
  },
  "a new spec while a contract migration runs": {
    releases: { ...good, b: { contract: "slow" }, c: { migration: "done" } },
    happenings: [apply("b"), apply("c", ({ contracts }) => contracts.running.includes("b"))],
    stable: "c",
    quarantined: [],
  },
  "a spec that is taken back after a contract migration": {
    releases: { ...good, b: { contract: "done" } },
    happenings: [
      apply("b"),
      apply("a", ({ persisted: { release } }) => release?.contract?.state === "Succeeded"),
      apply("c", ({ persisted: { release } }) => release?.candidate === "a"),
    ],
    stable: "c",
    quarantined: [],
  },
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

/** How the operator fares. */
const operators: readonly Partial<SimulationSettings>[] = [
  {},
  { writesPerLife: 1, quiesce: true },
  { lag: () => 2, quiesce: true },
  { hasGateway: true },
  { hasGateway: true, writesPerLife: 1 },
];

describe.each(Object.entries(orders))("in %s order", (order, shuffle) => {
  test.each(Object.entries(plots))("%s has one end, whatever the strategy and however the operator fares", (_, plot) => {
    for (const strategy of plot.only ? [plot.only] : strategies) {
      for (const operator of operators) {
        const story = play({ rollout: shortRollout(strategy), releases: plot.releases, shuffle, ...operator }, plot.happenings);
        mustHold(story, `${order}, ${strategy}, ${JSON.stringify(operator)}`);
        const { release, quarantined } = story.cluster.persisted;
        expect(release?.stable, story.lines.join("\n")).toBe(plot.stable);
        expect(quarantined.map((entry) => entry.release)).toEqual(plot.quarantined);
        expect(story.cluster.webPods.map((pod) => pod.release)).toEqual(Array(4).fill(plot.stable));
        expect(story.cluster.workers.flatMap(({ pods }) => pods.map((pod) => pod.release))).toEqual([plot.stable]);
      }
    }
  });
});

const secretChanges = (at: Happening["at"]): Happening => ({
  at,
  says: "the data of a Secret changes",
  does: (cluster) => (cluster.secrets += 1),
});

describe.each(strategies)("the data of a Secret that changes at any moment of a %s release", (strategy) => {
  const end = ({ cluster }: Story) => ({
    release: cluster.persisted.release?.stable,
    quarantined: cluster.persisted.quarantined.map(({ release }) => release),
    migrations: cluster.jobs.states(),
    pods: cluster.deployments.flatMap(({ pods }) => pods.map(({ release }) => release)),
  });

  test.each<readonly [string, SimulatedRelease]>([
    ["a good one", { migration: "done" }],
    ["one that crashes", { crashes: true, migration: "done" }],
    ["one that is never ready", { readyAfter: Infinity }],
    ["one whose migration fails", { migration: "failed" }],
  ])("changes nothing about the end of %s", (_, b) => {
    const settings = { rollout: shortRollout(strategy), releases: { ...good, b } };
    const without = end(play(settings, [apply("b")]));
    for (let at = 5; at <= 200; at += 15) {
      const story = play(settings, [apply("b"), secretChanges(at), secretChanges(at + 60)]);
      mustHold(story, `at ${at}`);
      expect(end(story), story.lines.join("\n")).toEqual(without);
      expect(story.cluster.webPods.map(({ secrets }) => secrets)).toEqual(Array(4).fill(2));
    }
  });

  test("lifts no quarantine, and restarts the stable pods", () => {
    const settings = { rollout: shortRollout(strategy), releases: { ...good, b: { crashes: true } } };
    const story = play(settings, [apply("b"), secretChanges(when("Failed"))]);
    mustHold(story);
    expect(end(story)).toMatchObject({ release: "a", quarantined: ["b"] });
    expect(story.cluster.webPods.map(({ release, secrets }) => `${release} ${secrets}`)).toEqual(Array(4).fill("a 1"));
    expect(story.lines.at(-1)).toContain("quarantine");
  });
});

// The same schedules each time, so that only a change turns this red, never chance; SCHEDULES=5000 plays as many that nobody has seen yet.
const fresh = Number(process.env["SCHEDULES"] ?? 0);

test(
  "whatever happens, in whatever order: no invariant breaks, and it comes to rest",
  () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => mustHold(playSchedule(schedule), JSON.stringify(schedule))),
      fresh > 0 ? { numRuns: fresh } : { numRuns: 300, seed: 313609282 },
    );
  },
  Math.max(180_000, fresh * 200),
);

test(
  "whatever happens while one child is refused for ever: every other child is right, and the release ends",
  () => {
    fc.assert(
      fc.property(anyRefusal, (schedule) => mustHold(playSchedule(schedule), JSON.stringify(schedule))),
      fresh > 0 ? { numRuns: fresh } : { numRuns: 300, seed: 1840271955 },
    );
  },
  Math.max(180_000, fresh * 200),
);

const dies = (at: number): Happening => ({ at, says: "the source of metrics dies", does: (cluster) => (cluster.metricsAreDead = true) });
const calm = { order: 0, most: 4, lag: 0, writesPerLife: Infinity, hasGateway: false, isSourceBack: true };

const blueGreen = (at: number): Happening => ({
  at,
  says: "the strategy becomes blueGreen",
  does: (cluster) => (cluster.rollout = shortRollout("blueGreen")),
});
const migrated = { ...good, b: { migration: "done" } } as const;
const midway = { ...calm, strategy: "rolling", releases: migrated, order: 163026298, writesPerLife: 2 } as const;

/** What random schedules have found, so that it stays mended. */
const found: Readonly<Record<string, Schedule>> = {
  "a bake whose last judgement failed, and no other came": {
    ...calm,
    strategy: "rolling",
    releases: { ...good, b: { latency: 5000, faultyAfter: 0 } },
    happenings: [apply("b", 5), dies(30)],
    order: -62922522,
    lag: 3,
    isSourceBack: false,
  },
  "a canary whose last judgement failed, and no other came": {
    ...calm,
    strategy: "canary",
    releases: { ...good, b: { errorPercent: 20, faultyAfter: 20 } },
    happenings: [apply("b", 5), dies(70)],
    isSourceBack: false,
  },
  "a switch whose last judgement failed, and no other came": {
    ...calm,
    strategy: "blueGreen",
    releases: { ...good, b: { errorPercent: 20, faultyAfter: 20 } },
    happenings: [apply("b", 5), dies(70)],
    isSourceBack: false,
  },
  "a new spec in the middle of a promotion, and blue/green from now on": {
    ...calm,
    strategy: "canary",
    releases: good,
    happenings: [apply("c", 5), blueGreen(10), apply("b", 125)],
  },
  "a canary that goes further than the blue/green that the spec asks for by now": {
    ...calm,
    strategy: "canary",
    releases: good,
    happenings: [
      apply("b", 5),
      {
        at: 30,
        says: "the strategy becomes blueGreen, with other steps",
        does: (cluster) => (cluster.rollout = shortRollout("blueGreen", { canary: { steps: [{ weight: 60, pauseSeconds: 20 }] } })),
      },
    ],
    writesPerLife: 2,
  },
  "a newer spec amid a rolling release, while the spec asks for blue/green by now": {
    ...calm,
    strategy: "rolling",
    releases: good,
    happenings: [apply("b", 5), blueGreen(10), apply("c", 20)],
    writesPerLife: 2,
  },
  "a newer spec amid the promotion of a canary, seen late, while the spec asks for blue/green by now": {
    ...calm,
    strategy: "canary",
    releases: { ...good, b: { readyAfter: 5 }, c: { readyAfter: 0 } },
    happenings: [apply("c", 5), blueGreen(5), dies(80), apply("b", 100)],
    order: -1316871327,
    most: 10,
    lag: 3,
    writesPerLife: 2,
    isSourceBack: false,
  },
  "blue/green is asked for while a rolling release that was given up half-way is still taken back": {
    ...midway,
    happenings: [apply("c", 5), apply("b", 35), blueGreen(40)],
  },
  "blue/green is asked for while pods of a rolling release are left, and the stable one is wanted again": {
    ...midway,
    happenings: [apply("c", 5), apply("b", 35), apply("a", 40), blueGreen(45)],
  },
  "a pod that restarts again and again, and an operator that dies after each note of it": {
    ...calm,
    strategy: "rolling",
    releases: { ...good, c: { crashes: true } },
    happenings: [apply("c", 5), apply("b", 20)],
    writesPerLife: 1,
  },
  "a promotion before the candidate has any pods": {
    ...calm,
    strategy: "canary",
    releases: good,
    happenings: [apply("b", 5), apply("a", 170), ask("promote-full", 170)],
    most: 10,
    writesPerLife: 2,
  },
};

const settings = [
  { strategy: "rolling", hasGateway: false },
  { strategy: "canary", hasGateway: false },
  { strategy: "canary", hasGateway: true },
  { strategy: "blueGreen", hasGateway: false },
] as const;

describe.each(refusableRoles)("the API server refuses %s for ever", (role) => {
  test.each(settings)("in a $strategy release (Gateway: $hasGateway), from any moment, whether it is good or not", (how) => {
    for (const b of [
      { migration: "done", contract: "done" },
      { errorPercent: 20, faultyAfter: 20 },
    ] as const) {
      for (const at of [5, 30, 60, 100]) {
        const schedule = { ...calm, ...how, releases: { ...good, b }, happenings: [apply("b", 5)], refusal: { role, at } };
        mustHold(playSchedule(schedule), JSON.stringify(schedule));
      }
    }
  });
});

test.each(Object.entries(found))("once found by chance: %s", (_, schedule) => {
  mustHold(playSchedule(schedule));
});
