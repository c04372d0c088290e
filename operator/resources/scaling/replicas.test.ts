import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { childOf } from "../../testing/rendered.ts";

test.each<[string, Tree, unknown]>([
  ["mvp has one", { stage: "mvp" }, { fixed: 1 }],
  ["a stage brings an autoscaler", { stage: "growth" }, { autoscaled: { min: 2, max: 4 } }],
  [
    "the user's bounds win",
    { stage: "growth", web: { autoscaling: { minReplicas: 3, maxReplicas: 9 } } },
    { autoscaled: { min: 3, max: 9 } },
  ],
  ["a fixed number excludes the autoscaler", { stage: "growth", web: { replicas: 5 } }, { fixed: 5 }],
  ["a fixed number may be none", { stage: "growth", web: { replicas: 0 } }, { fixed: 0 }],
  ["equal bounds leave nothing to decide", { stage: "growth", web: { autoscaling: { minReplicas: 3, maxReplicas: 3 } } }, { fixed: 3 }],
  ["suspension wins", { stage: "growth", suspend: true }, { fixed: 0 }],
])("web: %s", (_, spec, expected) => {
  expect(childOf(spec, "web/deployment").replicas).toEqual(expected);
});

test.each<[string, Tree, unknown]>([
  ["one by default", {}, { fixed: 1 }],
  ["a fixed number", { replicas: 4 }, { fixed: 4 }],
  ["bounds", { autoscaling: { minReplicas: 2, maxReplicas: 10 } }, { autoscaled: { min: 2, max: 10 } }],
  [
    "a floor of 0 becomes 1 until a queue can wake the worker",
    { autoscaling: { minReplicas: 0, maxReplicas: 10 } },
    { autoscaled: { min: 1, max: 10 } },
  ],
  ["from 0 to 1 is 1", { autoscaling: { minReplicas: 0, maxReplicas: 1 } }, { fixed: 1 }],
])("worker: %s", (_, worker, expected) => {
  expect(
    childOf(
      { redis: { queue: {} }, workers: [{ name: "orders", command: ["work"], queue: { bullmq: "orders" }, ...worker }] },
      "worker-orders/deployment",
    ).replicas,
  ).toEqual(expected);
});

test("a suspended app keeps its Redis, which holds what nobody else does", () => {
  const spec = { stage: "steady", suspend: true };
  expect(childOf(spec, "redis-cache/deployment").replicas).toEqual({ fixed: 1 });
  expect(childOf(spec, "redis-queue/stateful-set").object).toMatchObject({ spec: { replicas: 1 } });
});
