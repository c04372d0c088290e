import type { Rollout } from "../../api/rollout.ts";

/** A step of a release as users see it: who gets how much, and for how long. */
export interface Stretch {
  /** Share of the requests that the candidate gets, 0 to 1. */
  readonly share: number;
  /** Seconds; undefined: without end, until somebody promotes. */
  readonly seconds: number | undefined;
  /** Whether the step goes on until minRequests are answered. The bake ends in any case. */
  readonly waitsForRequests: boolean;
}

/** Rounds for pods to come up between the steps; a release that takes longer than planned goes on in the next epoch of the test. */
const SPARE_ROUNDS = 10;

/** The steps of a release in their order, with the bake; those without any request of a user are left out. */
export function stretchesOf({ strategy, canary, blueGreen, bakeSeconds }: Rollout): readonly Stretch[] {
  const full = bakeSeconds + (strategy === "blueGreen" ? blueGreen.scaleDownDelaySeconds : 0);
  const bake = full > 0 ? [{ share: 1, seconds: full, waitsForRequests: false }] : [];
  if (strategy !== "canary") return bake;
  return [
    ...canary.steps.map(({ weight, pauseSeconds }) => ({ share: weight / 100, seconds: pauseSeconds, waitsForRequests: true })),
    ...bake,
  ];
}

/** Rounds that a release can take, over all its steps and the bake; undefined where a step has no end. */
export function plannedRounds(stretches: readonly Stretch[], intervalSeconds: number): number | undefined {
  const seconds = stretches.reduce<number | undefined>(
    (sum, stretch) => (sum === undefined || stretch.seconds === undefined ? undefined : sum + stretch.seconds),
    0,
  );
  return seconds === undefined ? undefined : Math.ceil(seconds / intervalSeconds) + SPARE_ROUNDS;
}
