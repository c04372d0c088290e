import fc from "fast-check";
import type { Tree } from "../base/tree.ts";
import { seededRandom } from "../plan/analysis/random-draws.ts";
import { refusableRoles } from "./refusal-invariants.ts";
import { apply, ask, play, rolloutOf, type Happening, type Story } from "./rollout-story.ts";
import type { SimulatedRelease, SimulationSettings, Simulator } from "./simulator.ts";

/** Puts what happens at the same time into an order. */
export type Shuffle = NonNullable<SimulationSettings["shuffle"]>;

const strategies = ["rolling", "canary", "blueGreen"] as const;

/** A strategy of the short rollouts below. */
export type Strategy = (typeof strategies)[number];

/** A rollout that is over soon. */
export function shortRollout(strategy: Strategy, more: Tree = {}) {
  const steps = [
    { weight: 10, pauseSeconds: 20 },
    { weight: 40, pauseSeconds: 20 },
  ];
  const blueGreen = { autoPromotionSeconds: 20 };
  return rolloutOf({ bakeSeconds: 40, progressDeadlineSeconds: 60, canary: { steps }, blueGreen, strategy, ...more });
}

/** A shuffle that is the same for the same seed. */
export function shuffleOf(seed: number): Shuffle {
  const random = seededRandom(seed);
  return (actors) =>
    actors
      .map((actor) => ({ actor, at: random() }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ actor }) => actor);
}

/** One life of an app with everything that goes wrong in it. */
export interface Schedule {
  readonly strategy: Strategy;
  readonly releases: Readonly<Record<string, SimulatedRelease>>;
  readonly happenings: readonly Happening[];
  /** Seed of the order in which the actors of a tick act. */
  readonly order: number;
  /** Ceiling of the autoscaler; the floor is 4. */
  readonly most: number;
  /** Ticks by which the operator's caches lag behind. */
  readonly lag: number;
  readonly writesPerLife: number;
  readonly hasGateway: boolean;
  /** `migration.quiesce` */
  readonly quiesce?: boolean;
  /** Seconds that a pod takes to end. Default: 10. */
  readonly drainSeconds?: number;
  /** Whether the source of metrics recovers in the end. */
  readonly isSourceBack: boolean;
  /** A child that the API server refuses from a moment on, for ever. */
  readonly refusal?: { readonly role: string; readonly at: number } | undefined;
}

const single: fc.Arbitrary<SimulatedRelease> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record({ readyAfter: fc.constantFrom(0, 5, 25, Infinity) }),
  fc.constant({ crashes: true }),
  fc.record({ errorPercent: fc.constant(20), faultyAfter: fc.constantFrom(0, 20, 60) }),
  fc.record({ latency: fc.constant(5000), faultyAfter: fc.constantFrom(0, 30) }),
  fc.record({ contract: fc.constantFrom("done" as const, "failed" as const, "slow" as const) }),
  fc.record({ migration: fc.constantFrom("done" as const, "failed" as const, "slow" as const, "stuck" as const) }),
);

/** Some releases, good ones and bad ones, have a contract migration too. */
const behaviour = fc.tuple(single, fc.constantFrom(undefined, undefined, "done" as const)).map(([one, contract]): SimulatedRelease => {
  return { ...(contract && { contract }), ...one };
});

const time = fc.integer({ min: 1, max: 60 }).map((ticks) => ticks * 5);
const actions = ["promote", "promote-full", "abort", "retry", "rollback", "pause", "resume", "skip-step", "override-freeze"] as const;

/** Things that outsiders do, by what they say of it. */
const deeds: Readonly<Record<string, Happening["does"]>> = {
  "the source of metrics dies": (cluster) => (cluster.metricsAreDead = true),
  "a freeze begins": (cluster) => (cluster.freeze = { message: "frozen" }),
  "the app is suspended": (cluster) => (cluster.suspended = true),
  "routing is edited": (cluster) => (cluster.hasGateway = !cluster.hasGateway),
  "a Secret is missing": (cluster) => (cluster.blocked = "Secret x is missing"),
  "the data of a Secret changes": (cluster) => (cluster.secrets += 1),
  "the operator is away for a minute": (cluster) => (cluster.awayUntil = cluster.seconds + 60),
  "another weight is asked for": (cluster) =>
    (cluster.rollout = edited(cluster, { canary: { steps: [{ weight: 30, pauseSeconds: 20 }] } })),
  "more steps are asked for": (cluster) => (cluster.rollout = edited(cluster, { canary: { steps: manySteps } })),
  "the strategy becomes rolling": (cluster) => (cluster.rollout = edited(cluster, { strategy: "rolling" })),
  "the strategy becomes canary": (cluster) => (cluster.rollout = edited(cluster, { strategy: "canary" })),
  "the strategy becomes blueGreen": (cluster) => (cluster.rollout = edited(cluster, { strategy: "blueGreen" })),
};

const manySteps = [5, 15, 45, 60].map((weight) => ({ weight, pauseSeconds: 10 }));

function edited({ rollout }: Simulator, change: Tree): Simulator["rollout"] {
  return rolloutOf({ ...rollout, ...change });
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("a", "b", "c"), time).map(([release, at]) => apply(release, at)) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...actions), time).map(([action, at]) => ask(action, at)) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...Object.entries(deeds)), time).map(([[says, does], at]) => ({ at, says, does })) },
  fc.tuple(fc.integer({ min: 3, max: 12 }), time).map(([wanted, at]) => autoscale(wanted, at)),
  time.map(loseNode),
  time.map(outage),
  fc.tuple(fc.constantFrom("stable", "candidate"), time).map(([track, at]) => crashPod(track, at)),
);

function autoscale(wanted: number, at: number): Happening {
  return { at, says: `the autoscaler wants ${wanted}`, does: (cluster) => (cluster.autoscale = wanted) };
}

function crashPod(track: "stable" | "candidate", at: number): Happening {
  return { at, says: `a pod of ${track} crashes once`, costs: 1, does: (cluster) => cluster[track]?.crashPod(cluster.seconds) };
}

function loseNode(at: number): Happening {
  return { at, says: "a node is lost", costs: 2, does: ({ stable, candidate }) => (stable?.losePod(), candidate?.losePod()) };
}

/** The liveness probes of all web pods fail at once, as when a database is away. */
function outage(at: number): Happening {
  const says = "the liveness probes of all web pods fail";
  return { at, says, costs: 20, does: ({ stable, candidate, seconds }) => (stable?.killPods(seconds), candidate?.killPods(seconds)) };
}

function recover(isSourceBack: boolean): Happening {
  return {
    at: 310,
    says: isSourceBack ? "all faults end" : "all faults but that of the source of metrics end",
    does: (cluster) => {
      if (isSourceBack) cluster.metricsAreDead = false;
      cluster.freeze = undefined;
      cluster.suspended = false;
      cluster.blocked = undefined;
    },
  };
}

/** Any life of an app. */
export const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  strategy: fc.constantFrom(...strategies),
  releases: fc.record({ a: fc.constantFrom<SimulatedRelease>({}, { contract: "done" }), b: behaviour, c: behaviour }),
  happenings: fc.array(happening, { minLength: 1, maxLength: 8 }),
  order: fc.integer(),
  most: fc.constantFrom(4, 10),
  lag: fc.constantFrom(0, 0, 1, 3, 6),
  writesPerLife: fc.constantFrom(1, 2, Infinity, Infinity),
  hasGateway: fc.boolean(),
  quiesce: fc.boolean(),
  drainSeconds: fc.constantFrom(0, 10, 40),
  isSourceBack: fc.boolean(),
});

/** Any life of an app in which the API server refuses one child from some moment on. */
export const anyRefusal: fc.Arbitrary<Schedule> = fc
  .tuple(anySchedule, fc.record({ role: fc.constantFrom(...refusableRoles), at: time }))
  .map(([schedule, refusal]) => ({ ...schedule, refusal }));

function refuse({ role, at }: NonNullable<Schedule["refusal"]>): Happening {
  return { at, says: `the API server refuses ${role} from now on`, does: (cluster) => cluster.refused.add(role) };
}

/** Plays a schedule; at its end all faults are over, so that everything must come to rest. */
export function playSchedule(schedule: Schedule): Story {
  const { releases, happenings, lag, writesPerLife, hasGateway, quiesce = false, drainSeconds = 10, isSourceBack, refusal } = schedule;
  const settings = {
    rollout: shortRollout(schedule.strategy),
    releases,
    scale: { min: 4, max: schedule.most },
    shuffle: shuffleOf(schedule.order),
    seed: schedule.order,
    lag: () => lag,
    writesPerLife,
    hasGateway,
    quiesce,
    drainSeconds,
  };
  const all = [...happenings, ...(refusal ? [refuse(refusal)] : [])];
  return play(settings, [...all.toSorted((one, other) => Number(one.at) - Number(other.at)), recover(isSourceBack)]);
}
