import { expect, test } from "vitest";
import { childOf, containerOf, podSpecOf } from "../../testing/rendered.ts";

const worker = { name: "orders", command: ["node", "worker.js"], args: ["--queue", "orders"], drainSeconds: 120 };

test("a worker runs its command, gets no requests, and has the time to finish its job", () => {
  const { object } = childOf({ workers: [worker] }, "worker-orders/deployment");
  expect(object).toMatchObject({
    metadata: { name: "shop-worker-orders" },
    spec: { selector: { matchLabels: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "worker-orders" } } },
  });
  expect(podSpecOf(object)).toMatchObject({ terminationGracePeriodSeconds: 130 });
  const container = containerOf(object);
  expect(container).toMatchObject({ command: ["node", "worker.js"], args: ["--queue", "orders"] });
  for (const field of ["ports", "lifecycle", "readinessProbe", "livenessProbe"]) expect(container).not.toHaveProperty(field);
});

test("workers are replaced and spread like the web", () => {
  const spec = { workers: [worker], rollout: { rolling: { batch: 3 } }, scheduling: { spread: ["zones"] } };
  const { object } = childOf(spec, "worker-orders/deployment");
  expect(object).toMatchObject({ spec: { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 0 } } } });
  expect(podSpecOf(object)).toMatchObject({ topologySpreadConstraints: [{ topologyKey: "topology.kubernetes.io/zone" }] });
});

test("the number of replicas is not in the manifest, because an autoscaler may own it", () => {
  expect(childOf({ workers: [{ ...worker, replicas: 3 }] }, "worker-orders/deployment").object).not.toHaveProperty("spec.replicas");
});
