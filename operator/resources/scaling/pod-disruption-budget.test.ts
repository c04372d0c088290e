import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { childOf, childrenOf } from "../../testing/rendered.ts";

test("a drain takes no more pods at once than the spec allows, and never waits for a sick one", () => {
  expect(childOf({ stage: "growth", disruption: { maxUnavailable: "25%" } }, "web/pod-disruption-budget").object).toMatchObject({
    apiVersion: "policy/v1",
    metadata: { name: "shop-web" },
    spec: {
      maxUnavailable: "25%",
      selector: { matchLabels: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "web" } },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  });
});

test.each<[string, Tree]>([
  ["mvp", { stage: "mvp" }],
  ["a single fixed replica", { stage: "growth", web: { replicas: 1 } }],
  ["a floor of one", { stage: "growth", web: { autoscaling: { minReplicas: 1, maxReplicas: 9 } } }],
])("there is none for %s: it would block every drain for ever", (_, spec) => {
  expect(childrenOf(spec).map(({ role }) => role)).not.toContain("web/pod-disruption-budget");
});

test("a worker has one from two replicas on", () => {
  const workers = [
    { name: "many", command: ["work"], autoscaling: { minReplicas: 2, maxReplicas: 6 } },
    { name: "few", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 6 } },
  ];
  const roles = childrenOf({ workers }).map(({ role }) => role);
  expect(roles).toContain("worker-many/pod-disruption-budget");
  expect(roles).not.toContain("worker-few/pod-disruption-budget");
});
