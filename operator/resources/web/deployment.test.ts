import { expect, test } from "vitest";
import { childOf, containerOf, podSpecOf } from "../../testing/rendered.ts";

test("the web Deployment is chosen by few labels, none of which a release changes", () => {
  const { object } = childOf({}, "web/deployment");
  expect(object).toMatchObject({
    metadata: { name: "shop-web" },
    spec: {
      selector: {
        matchLabels: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "web", "scalableapp.dev/track": "stable" },
      },
    },
  });
});

test("the number of replicas is not in the manifest, because an autoscaler may own it", () => {
  expect(childOf({ web: { replicas: 3 } }, "web/deployment").object).not.toHaveProperty("spec.replicas");
});

test("the app's container runs the user's command and listens where the user says", () => {
  const web = {
    command: ["node", "server.js"],
    args: ["--verbose"],
    port: 3000,
    extraPorts: [{ name: "metrics", port: 9090 }],
    resources: { requests: { cpu: "250m" }, limits: { memory: "1Gi" } },
  };
  expect(containerOf(childOf({ web }, "web/deployment").object)).toMatchObject({
    image: "ghcr.io/acme/shop:1",
    command: ["node", "server.js"],
    args: ["--verbose"],
    ports: [
      { name: "http", containerPort: 3000, protocol: "TCP" },
      { name: "metrics", containerPort: 9090, protocol: "TCP" },
    ],
    resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "1Gi" } },
  });
});

test("CPU is always requested, because the autoscaler measures by the request", () => {
  expect(containerOf(childOf({}, "web/deployment").object)).toMatchObject({ resources: { requests: { cpu: "100m", memory: "128Mi" } } });
});

test("an image without a command keeps its own", () => {
  const container = containerOf(childOf({}, "web/deployment").object);
  expect(container).not.toHaveProperty("command");
  expect(container).not.toHaveProperty("args");
});

test("a pod goes on answering while the cluster hears of its end", () => {
  const { object } = childOf({ web: { shutdown: { drainSeconds: 20 } } }, "web/deployment");
  expect(containerOf(object)).toMatchObject({ lifecycle: { preStop: { sleep: { seconds: 10 } } } });
  expect(podSpecOf(object)).toMatchObject({ terminationGracePeriodSeconds: 50 });
});
