import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { childOf, childrenOf } from "../../testing/rendered.ts";
import type { Share } from "../placement.ts";

const routing = { hosts: ["shop.example.com"], gateway: { name: "public", namespace: "edge" } };

function routeOf(spec: object = {}, share?: Share) {
  return childOf({ routing, ...spec }, "web/http-route", { stable: "stable", router: { joint: false, ...(share && { share }) } }).object;
}

test("all requests of the hosts go to the web Service, with every default of the API written out", () => {
  expect(routeOf()).toMatchObject(
    parse(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop-web
  namespace: retail
spec:
  parentRefs:
    - group: gateway.networking.k8s.io
      kind: Gateway
      name: public
      namespace: edge
  hostnames:
    - shop.example.com
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: /
      backendRefs:
        - group: ""
          kind: Service
          name: shop-web
          port: 80
          weight: 1
      timeouts:
        request: 30s
`) as object,
  );
});

test("a Gateway without a namespace is looked for beside the app", () => {
  const { object } = childOf({ routing: { ...routing, gateway: { name: "public" } } }, "web/http-route");
  expect(object).toMatchObject({ spec: { parentRefs: [{ name: "public", namespace: "retail" }] } });
});

test("web sockets have a rule without a time limit", () => {
  const route = routeOf({ routing: { ...routing, webSockets: ["/ws", "/live"], timeouts: { requestSeconds: 5 } } });
  expect(route).toMatchObject({
    spec: {
      rules: [
        { matches: [{ path: { value: "/ws" } }, { path: { value: "/live" } }], timeouts: { request: "0s" } },
        { matches: [{ path: { value: "/" } }], timeouts: { request: "5s" } },
      ],
    },
  });
});

test("an app without a Gateway has no route", () => {
  for (const spec of [{}, { routing: { hosts: ["shop.example.com"], ingress: {} } }]) {
    expect(childrenOf(spec).map(({ object }) => object.kind)).not.toContain("HTTPRoute");
  }
});

test("the route is applied after the Services that it names", () => {
  const waves = childrenOf({ routing, rollout: { strategy: "canary" } }).filter(({ object }) => object.kind !== "Deployment");
  const route = waves.find(({ role }) => role === "web/http-route");
  for (const { wave, object } of waves) if (object.kind === "Service") expect(wave).toBeLessThan(route?.wave ?? 0);
  expect(route?.podBearing).toBe(false);
});

describe("with a canary", () => {
  const match = { header: { name: "x-canary", value: "yes" } };
  const sockets = (share: Share, canary: object = {}) =>
    routeOf({ routing: { ...routing, webSockets: ["/ws"] }, rollout: { canary } }, share);
  const both = (weight: number) => [
    { name: "shop-web", port: 80, weight: 100 - weight, group: "", kind: "Service" },
    { name: "shop-web-canary", port: 80, weight, group: "", kind: "Service" },
  ];

  test.each([0, 5, 99])("requests are shared by weight %i, those of web sockets too", (weight) => {
    const { spec } = sockets({ weight, reachable: true });
    expect(spec).toMatchObject({ hostnames: ["shop.example.com"] });
    expect(spec).toMatchObject({ rules: [{ backendRefs: both(weight) }, { backendRefs: both(weight) }] });
  });

  test("a header reaches it whatever the weight is, on every path and within the same time", () => {
    const { spec } = sockets({ weight: 0, reachable: true }, { match });
    const headers = [{ type: "Exact", name: "x-canary", value: "yes" }];
    const canary = [{ group: "", kind: "Service", name: "shop-web-canary", port: 80, weight: 1 }];
    expect(spec).toMatchObject({
      rules: [
        { matches: [{ path: { value: "/ws" }, headers }], backendRefs: canary, timeouts: { request: "0s" } },
        { matches: [{ path: { value: "/" }, headers }], backendRefs: canary, timeouts: { request: "30s" } },
        { matches: [{ path: { type: "PathPrefix", value: "/ws" } }], backendRefs: both(0) },
        { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: both(0) },
      ],
    });
  });

  test("requests to a worker are not shared, because it has no canary", () => {
    const workers = [{ name: "api", command: ["work"], port: 4000 }];
    const paths = [{ path: "/api", component: "api" }];
    const { spec } = routeOf({ workers, routing: { ...routing, paths }, rollout: { canary: { match } } }, { weight: 5, reachable: true });
    const toWorker = { matches: [{ path: { type: "PathPrefix", value: "/api" } }], backendRefs: [{ name: "shop-api", weight: 1 }] };
    expect(spec).toMatchObject({
      rules: [{ backendRefs: [{ name: "shop-web-canary" }] }, toWorker, { backendRefs: both(5) }],
    });
    expect(JSON.stringify(spec).match(/x-canary/gu)).toHaveLength(1);
  });

  test("a header reaches nothing while no pod is ready", () => {
    const { spec } = sockets({ weight: 0, reachable: false }, { match });
    expect(JSON.stringify(spec)).not.toContain("x-canary");
  });
});
