import { expect, test } from "vitest";
import { childOf, childrenOf, treeAt } from "../../testing/rendered.ts";

test("the Service listens on 80 and finds the pods of every track", () => {
  const web = {
    port: 3000,
    extraPorts: [
      { name: "metrics", port: 9090 },
      { name: "quic", port: 8443, protocol: "UDP" },
    ],
  };
  expect(childOf({ web }, "web/service").object).toMatchObject({
    kind: "Service",
    metadata: { name: "shop-web" },
    spec: {
      type: "ClusterIP",
      selector: { "scalableapp.dev/app": "shop", "app.kubernetes.io/component": "web" },
      ports: [
        { name: "http", port: 80, protocol: "TCP", targetPort: "http", appProtocol: "http" },
        { name: "metrics", port: 9090, protocol: "TCP", targetPort: "metrics" },
        { name: "quic", port: 8443, protocol: "UDP", targetPort: "quic" },
      ],
    },
  });
  expect(childOf({}, "web/service").object).not.toHaveProperty(["spec", "selector", "scalableapp.dev/track"]);
});

test.each([
  ["http", "http"],
  ["h2c", "kubernetes.io/h2c"],
  ["grpc", "grpc"],
])("%s is given to gateways as %s", (protocol, appProtocol) => {
  expect(childOf({ web: { protocol } }, "web/service").object).toMatchObject({ spec: { ports: [{ appProtocol }] } });
});

test.each([
  ["canary", { hosts: ["shop.example.com"], gateway: { name: "public" } }, ["stable", "canary"]],
  ["canary", { hosts: ["shop.example.com"], ingress: {} }, [undefined]],
  ["canary", undefined, [undefined]],
  ["rolling", { hosts: ["shop.example.com"], gateway: { name: "public" } }, [undefined]],
  ["blueGreen", { hosts: ["shop.example.com"], gateway: { name: "public" } }, [undefined]],
])("%s with routing %j: the Services select the tracks %j", (strategy, routing, tracks) => {
  const services = childrenOf({ rollout: { strategy }, ...(routing && { routing }) }).filter(({ object }) => object.kind === "Service");
  expect(services.map(({ object }) => treeAt(object, "spec", "selector")["scalableapp.dev/track"])).toEqual(tracks);
  expect(services.map(({ object }) => object.metadata.name)).toEqual(["shop-web", "shop-web-canary"].slice(0, tracks.length));
});
