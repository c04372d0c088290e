import { expect, test } from "vitest";
import { rolloutSchema } from "../../api/rollout.ts";
import { observe, releaseOf, track } from "../../testing/rollout-observations.ts";
import { describeShare } from "./describe-share.ts";
import { decideRelease } from "./next-step.ts";

const canary = rolloutSchema.parse({ strategy: "canary" });

interface Pods {
  readonly stable: number;
  readonly ready: number;
  readonly weight: number;
  readonly step?: number;
  readonly gateway?: boolean;
}

function given({ stable, ready, weight, step = 0, gateway = false }: Pods) {
  const release = releaseOf({ candidate: "b", phase: "Canary", strategy: "canary", step, weight });
  const candidateWeb = track({ name: "shop-web-canary", release: "b", desired: 2, ready, rolledOut: false });
  const parts = { desired: "b", hasGateway: gateway, rollout: canary, candidateWeb, stored: ["a", "b"] };
  return { release, seen: observe({ ...parts, status: { release }, stableWeb: track({ desired: stable }) }) };
}

test.each<readonly [string, Pods]>([
  ["50 % of the requests (1 of 2 pods; 5 % needs 19 stable pods or a Gateway)", { stable: 1, ready: 1, weight: 5 }],
  ["20 % of the requests (1 of 5 pods; 5 % needs 19 stable pods or a Gateway)", { stable: 4, ready: 1, weight: 5 }],
  ["5 % of the requests", { stable: 19, ready: 1, weight: 5 }],
  ["33 % of the requests (2 of 6 pods)", { stable: 4, ready: 2, weight: 25 }],
  ["50 % of the requests", { stable: 4, ready: 4, weight: 50 }],
  ["0 % of the requests, 5 % once its pods are ready", { stable: 4, ready: 0, weight: 5 }],
  ["0 % of the requests, 5 % once its pods are ready", { stable: 4, ready: 0, weight: 5, gateway: true }],
  ["5 % of the requests, 25 % once its pods are ready", { stable: 4, ready: 1, weight: 25, step: 1, gateway: true }],
])("a canary gets %s", (expected, pods) => {
  const { release, seen } = given(pods);
  expect(describeShare(release, seen)).toBe(expected);
});

test("the message says it, and the weight of the step stays as it is", () => {
  const { release } = decideRelease(given({ stable: 1, ready: 1, weight: 5 }).seen);
  expect(release.message).toContain(
    "release b gets 50 % of the requests (1 of 2 pods; 5 % needs 19 stable pods or a Gateway) (step 1 of 3)",
  );
  expect(release.weight).toBe(5);
});

test("ready pods of an earlier candidate do not count", () => {
  const { release, seen } = given({ stable: 4, ready: 1, weight: 5 });
  expect(describeShare({ ...release, candidate: "c" }, seen)).toContain("0 % of the requests");
});
