import { describe, expect, test } from "vitest";
import type { ReleaseStatus } from "../../api/status.ts";
import { rolloutSchema, type Rollout } from "../../api/rollout.ts";
import { observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import type { RolloutObservation } from "./observation.ts";
import { placeRouter, routedWeight } from "./router.ts";

const steps = [{ weight: 5 }, { weight: 25 }, { weight: 50 }];
const canary = rolloutSchema.parse({ strategy: "canary", canary: { steps } });
const rolling = rolloutSchema.parse({ strategy: "rolling" });

interface Given {
  readonly step?: number;
  readonly started?: boolean;
  readonly ready?: number;
  readonly stable?: number;
}

function weightOf({ step = 0, started = true, ready = 1, stable = 4 }: Given, rollout: Rollout = canary): number {
  const status: Partial<ReleaseStatus> = { step, weight: steps[step]?.weight ?? 0, ...(started && { stepStartedAt: seenAt }) };
  const release = releaseOf({ candidate: "b", phase: "Canary", strategy: "canary", ...status });
  const candidateWeb = track({ release: "b", desired: 4, ready });
  return routedWeight(release, observe({ rollout, stableWeb: track({ ready: stable }), candidateWeb }));
}

test.each<[string, Given, number]>([
  ["nothing while no pod is ready", { started: false, ready: 0 }, 0],
  ["nothing before the pods of the first step are complete", { started: false, ready: 1 }, 0],
  ["the weight of the step once they are", { ready: 1 }, 5],
  ["the weight before while more pods come up", { step: 1, started: false, ready: 1 }, 5],
  ["at every step", { step: 2, started: false, ready: 2 }, 25],
  ["the last weight", { step: 2, ready: 4 }, 50],
  ["nothing at once when no pod is left", { step: 2, ready: 0 }, 0],
  ["the share of the pods that are left", { step: 2, ready: 1 }, 20],
  ["the share of the pods that are left while more should come", { step: 2, started: false, ready: 1 }, 20],
  ["its weight though stable pods are lost", { step: 2, ready: 4, stable: 1 }, 50],
  ["its weight where no stable pod is ready", { step: 2, ready: 4, stable: 0 }, 50],
])("the canary gets %s", (_, given, weight) => {
  expect(weightOf(given)).toBe(weight);
});

test("steps that were edited meanwhile never raise what is served", () => {
  expect(weightOf({ step: 2, started: false, ready: 4 }, rolloutSchema.parse({ canary: { steps: [{ weight: 3 }] } }))).toBe(0);
  expect(
    weightOf({ step: 1, started: false, ready: 4 }, rolloutSchema.parse({ canary: { steps: [{ weight: 90 }, { weight: 95 }] } })),
  ).toBe(25);
});

test("pods of another release count as none", () => {
  const release = releaseOf({ candidate: "b", phase: "Canary", strategy: "canary", step: 0, weight: 5, stepStartedAt: seenAt });
  expect(routedWeight(release, observe({ rollout: canary, candidateWeb: track({ release: "x" }) }))).toBe(0);
});

describe("the Services and the route", () => {
  const placed = (parts: Partial<ReleaseStatus>, more: Partial<RolloutObservation> = {}) => {
    const candidateWeb = track({ release: "b", desired: 1 });
    return placeRouter(releaseOf({ candidate: "b", ...parts }), observe({ hasGateway: true, rollout: canary, candidateWeb, ...more }));
  };

  test.each<[string, Partial<ReleaseStatus>, ReturnType<typeof placeRouter>]>([
    ["at rest", {}, { joint: false }],
    ["before a canary", { phase: "Pending" }, { joint: false }],
    [
      "in a canary",
      { phase: "Canary", strategy: "canary", step: 0, weight: 5, stepStartedAt: seenAt },
      { joint: false, share: { weight: 5, reachable: true } },
    ],
    [
      "in a canary that comes up",
      { phase: "Canary", strategy: "canary", step: 0, weight: 5 },
      { joint: false, share: { weight: 0, reachable: true } },
    ],
    ["in its promotion", { phase: "Promoting", strategy: "canary", step: 2 }, { joint: true }],
    ["in a promotion without pods of its own", { phase: "Promoting", strategy: "canary" }, { joint: false }],
    ["in its bake", { phase: "Baking", strategy: "canary" }, { joint: false }],
    ["on the way back", { phase: "RollingBack", strategy: "canary" }, { joint: false }],
    ["in the first release", { phase: "RollingOut", strategy: "rolling" }, { joint: false }],
    ["in a blue/green release that was begun before", { phase: "Preview", strategy: "blueGreen" }, undefined],
  ])("%s", (_, parts, expected) => {
    expect(placed(parts)).toEqual(expected);
  });

  test("are left alone without a Gateway, and where no canary is asked for", () => {
    expect(placed({}, { hasGateway: false })).toBeUndefined();
    expect(placed({}, { rollout: rolling })).toBeUndefined();
  });

  test("serve a canary to its end though the spec asks for another strategy", () => {
    expect(placed({ phase: "Canary", strategy: "canary", weight: 5 }, { rollout: rolling })).toBeDefined();
  });
});
