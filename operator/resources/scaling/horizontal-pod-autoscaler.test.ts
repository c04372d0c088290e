import * as fc from "fast-check";
import { expect, test } from "vitest";
import { childOf, childrenOf } from "../../testing/rendered.ts";
import { scaleInTolerance } from "./horizontal-pod-autoscaler.ts";

test("out above 70 % sustained 300 s by 2 with 120 s between, in below 30 % sustained 600 s by 1 with 300 s between", () => {
  expect(childOf({ stage: "steady" }, "web/horizontal-pod-autoscaler").object).toMatchObject({
    apiVersion: "autoscaling/v2",
    metadata: { name: "shop-web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop-web" },
      minReplicas: 4,
      maxReplicas: 20,
      metrics: [
        {
          type: "ContainerResource",
          containerResource: { name: "cpu", container: "app", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 300,
          selectPolicy: "Max",
          policies: [{ type: "Pods", value: 2, periodSeconds: 120 }],
          tolerance: "0",
        },
        scaleDown: {
          stabilizationWindowSeconds: 600,
          selectPolicy: "Max",
          policies: [{ type: "Pods", value: 1, periodSeconds: 300 }],
          tolerance: "572m",
        },
      },
    },
  });
});

test("no replica is removed above the threshold, and the threshold is met within a tenth of a percent", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(999), (scaleOutAbovePercent, below) => {
      const scaleInBelowPercent = below % scaleOutAbovePercent;
      const text = scaleInTolerance({ scaleOutAbovePercent, scaleInBelowPercent });
      const tolerance = text.endsWith("m") ? Number(text.slice(0, -1)) / 1000 : Number(text);
      // The autoscaler removes replicas where use / target < 1 - tolerance.
      const removesBelow = (1 - tolerance) * scaleOutAbovePercent;
      expect(removesBelow).toBeLessThanOrEqual(scaleInBelowPercent + 1e-9);
      expect(removesBelow).toBeGreaterThan(scaleInBelowPercent - scaleOutAbovePercent / 1000 - 1e-9);
      expect(tolerance).toBeLessThanOrEqual(1);
    }),
  );
});

test("the user's metrics come after CPU, as they are", () => {
  const metric = { type: "External", external: { metric: { name: "depth" }, target: { type: "AverageValue", averageValue: "30" } } };
  const { object } = childOf({ stage: "growth", web: { autoscaling: { metrics: [metric] } } }, "web/horizontal-pod-autoscaler");
  expect(object).toMatchObject({ spec: { metrics: [{ type: "ContainerResource" }, metric] } });
});

test("paused autoscaling decides nothing in either direction", () => {
  const { object } = childOf({ stage: "growth", web: { autoscaling: { paused: true } } }, "web/horizontal-pod-autoscaler");
  expect(object).toMatchObject({
    spec: { behavior: { scaleUp: { selectPolicy: "Disabled" }, scaleDown: { selectPolicy: "Disabled" } } },
  });
});

test("a worker has one where its number is not fixed", () => {
  const workers = [
    { name: "orders", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 6 } },
    { name: "mail", command: ["work"], replicas: 2 },
  ];
  expect(childOf({ workers }, "worker-orders/horizontal-pod-autoscaler").object).toMatchObject({
    metadata: { name: "shop-worker-orders" },
    spec: { scaleTargetRef: { name: "shop-worker-orders" }, minReplicas: 1, maxReplicas: 6 },
  });
  expect(childrenOf({ workers }).map(({ role }) => role)).not.toContain("worker-mail/horizontal-pod-autoscaler");
});

test("a suspended app keeps its autoscaler, which rests while its target has no replicas", () => {
  expect(childOf({ stage: "growth", suspend: true }, "web/horizontal-pod-autoscaler").object).toMatchObject({ spec: { minReplicas: 2 } });
});
