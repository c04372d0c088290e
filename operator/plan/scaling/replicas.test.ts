import { describe, expect, test } from "vitest";
import { QUIESCED_REPLICAS_ANNOTATION } from "../../api/labels.ts";
import { childOf, childrenOf } from "../../testing/rendered.ts";
import { liveChild, owned } from "../../testing/snapshots.ts";
import { decideReplicas, rememberedReplicas } from "./replicas.ts";

const autoscaled = { web: { autoscaling: { minReplicas: 2, maxReplicas: 10 } } };
const fixed = (replicas: number) => ({ web: { replicas } });

describe("the replica count that the operator writes", () => {
  test.each([
    ["fixed at 3, standing at 1", fixed(3), 1, 3],
    ["fixed at 3, standing at 3", fixed(3), 3, undefined],
    ["fixed at 3, scaled by hand to 8", fixed(3), 8, 3],
    ["fixed at 0", fixed(0), 2, 0],
    ["fixed at 0, standing there", fixed(0), 0, undefined],
    ["without any wish: one", {}, 4, 1],
    ["autoscaled, below the floor: raised to it", autoscaled, 1, 2],
    ["autoscaled, at the floor: the autoscaler's business", autoscaled, 2, undefined],
    ["autoscaled, above the floor: the autoscaler's business", autoscaled, 7, undefined],
    ["autoscaled, above the ceiling: the autoscaler's business", autoscaled, 50, undefined],
    ["suspended while the autoscaler stood at 7", { ...autoscaled, suspend: true }, 7, 0],
    ["suspended, and already at 0", { ...autoscaled, suspend: true }, 0, undefined],
    ["resumed: up from 0, where the autoscaler is switched off", autoscaled, 0, 2],
    ["resumed with a fixed number", fixed(3), 0, 3],
    [
      "a floor and a ceiling that are one leave nothing to an autoscaler",
      { web: { autoscaling: { minReplicas: 3, maxReplicas: 3 } } },
      5,
      3,
    ],
  ])("%s", (_story, spec, standing, expected) => {
    const child = childOf(spec, "web/deployment");
    expect(decideReplicas(child, liveChild(child, { replicas: standing }))).toBe(expected);
  });

  test.each([
    ["came to 7", "7", 7],
    ["came to more than the ceiling is now", "50", 10],
    ["came to less than the floor is now", "1", 2],
    ["left no number", undefined, 2],
    ["left no number that can be read", "many", 2],
  ])("a worker that rested for a migration, and before it %s", (_story, before, expected) => {
    const child = childOf(autoscaled, "web/deployment");
    const live = liveChild(child, { replicas: 0 });
    const annotations = { ...(before !== undefined && { [QUIESCED_REPLICAS_ANNOTATION]: before }) };
    expect(decideReplicas(child, { ...live, metadata: { ...live.metadata, annotations } })).toBe(expected);
  });

  test("is remembered where it is for a while only", () => {
    const child = childOf(autoscaled, "web/deployment");
    const live = liveChild(child, { replicas: 7 });
    expect(rememberedReplicas({ ...child, replicas: { fixed: 0, idle: true } }, live)).toBe(7);
    expect(rememberedReplicas({ ...child, replicas: { fixed: 0 } }, live)).toBeUndefined();
    expect(rememberedReplicas(child, live)).toBeUndefined();
  });

  test("a workload that names no number stands at the API's default of 1", () => {
    const bare = owned("Deployment", "shop-web", { spec: {} });
    expect(decideReplicas(childOf(fixed(1), "web/deployment"), bare)).toBeUndefined();
    expect(decideReplicas(childOf(fixed(2), "web/deployment"), bare)).toBe(2);
  });

  test("children without a number of their own are never scaled", () => {
    const others = childrenOf({ ...autoscaled, redis: { queue: {} } }).filter(({ object }) => object.kind !== "Deployment");
    expect(others.map((child) => decideReplicas(child, liveChild(child, { replicas: 9 })))).toEqual(others.map(() => undefined));
  });
});
