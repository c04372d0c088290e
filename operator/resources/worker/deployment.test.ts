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

test("a worker that listens has a Service, and drains like the web", () => {
  const spec = { workers: [{ name: "api", image: "acme/api:2", port: 4000, drainSeconds: 30 }] };
  const { object } = childOf(spec, "worker-api/deployment");
  expect(containerOf(object)).toMatchObject({
    image: "acme/api:2",
    ports: [{ name: "http", containerPort: 4000, protocol: "TCP" }],
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
  });
  expect(podSpecOf(object)).toMatchObject({ terminationGracePeriodSeconds: 45 });
  expect(childOf(spec, "worker-api/service").object).toMatchObject({
    metadata: { name: "shop-api" },
    spec: {
      selector: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "worker-api" },
      ports: [{ port: 80, targetPort: "http" }],
    },
  });
});

test("a singleton ends before its successor starts, in every strategy", () => {
  const spec = { workers: [{ name: "clock", command: ["work"], singleton: true }], rollout: { strategy: "canary" } };
  const { object, replicas } = childOf(spec, "worker-clock/deployment");
  expect(object).toHaveProperty("spec.strategy", { type: "Recreate" });
  expect(replicas).toEqual({ fixed: 1 });
});

test("a component runs where its own scheduling says, and else where the app's does", () => {
  const scheduling = { nodeSelector: { disk: "fast" }, priorityClassName: "high", spread: ["hosts"] };
  const workers = [{ ...worker, scheduling: { nodeSelector: { pool: "batch" }, spread: [] } }];
  const pod = podSpecOf(childOf({ scheduling, workers }, "worker-orders/deployment").object);
  expect(pod).toMatchObject({ nodeSelector: { pool: "batch" }, priorityClassName: "high" });
  expect(pod).not.toHaveProperty("topologySpreadConstraints");
});
