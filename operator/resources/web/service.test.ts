import { expect, test } from "vitest";
import { childOf } from "../../testing/rendered.ts";

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
])("%s is told to gateways as %s", (protocol, appProtocol) => {
  expect(childOf({ web: { protocol } }, "web/service").object).toMatchObject({ spec: { ports: [{ appProtocol }] } });
});
