import { describe, expect, test } from "vitest";
import type { ConditionReason } from "../api/conditions.ts";
import type { Tree } from "../base/tree.ts";
import type { Snapshot } from "../plan/observe/snapshot.ts";
import { change, reportOf, rollOut, snapshotOf, testNow } from "../testing/snapshots.ts";
import { judgeConditions } from "./conditions.ts";
import { judgeRouting, routePatienceMs } from "./routing.ts";

const routing = { hosts: ["shop.example.com"], gateway: { name: "public", namespace: "edge" } };
const parentRef = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "public", namespace: "edge" };
const rolledOut = rollOut(snapshotOf({ routing, web: { replicas: 2 } }));

type Said = readonly [type: string, status: string, reason?: string, message?: string, generation?: number];

function parent(said: readonly Said[], ref: Tree = parentRef): Tree {
  const conditions = said.map(([type, status, reason = type, message = "", generation = 1]) => ({
    type,
    status,
    reason,
    message,
    observedGeneration: generation,
  }));
  return { parentRef: ref, controllerName: "example.com/gateway", conditions };
}

function routed(...parents: readonly Tree[]): Snapshot {
  return change(rolledOut, "HTTPRoute/shop-web", (route) => ({ ...route, status: { parents } }));
}

function later(snapshot: Snapshot, reason: ConditionReason, seconds: number): Snapshot {
  const since = new Date(Date.parse(testNow) - seconds * 1000).toISOString();
  const condition = { type: "Routed", status: "False", reason, message: "", observedGeneration: 1, lastTransitionTime: since } as const;
  return { ...snapshot, status: { ...snapshot.status, conditions: [condition] } };
}

const accepted: Said = ["Accepted", "True"];
const resolved: Said = ["ResolvedRefs", "True"];

test.each<[string, Snapshot, string, string]>([
  ["one that takes the route", routed(parent([accepted, resolved])), "True Routed", "takes requests for shop.example.com"],
  [
    "one that names no namespace, which is the route's own",
    change(rollOut(snapshotOf({ routing: { ...routing, gateway: { name: "public" } } })), "HTTPRoute/shop-web", (route) => ({
      ...route,
      status: { parents: [parent([accepted, resolved], { name: "public" })] },
    })),
    "True Routed",
    "retail/public",
  ],
  [
    "two controllers, of which one takes it",
    routed(parent([["Accepted", "False", "NoMatchingParent"]]), parent([accepted, resolved])),
    "True Routed",
    "edge/public",
  ],
  ["none", routed(), "False RoutePending", "Gateway edge/public has not spoken of HTTPRoute shop-web yet"],
  [
    "another one",
    routed(parent([accepted, resolved], { ...parentRef, name: "private" })),
    "False RoutePending",
    "Gateway edge/public has not spoken",
  ],
  [
    "one that has not seen the newest route",
    routed(parent([["Accepted", "True", "Accepted", "", 0], resolved])),
    "False RoutePending",
    "has not looked at the newest HTTPRoute",
  ],
  ["one that says half of it", routed(parent([accepted])), "False RoutePending", "has not looked"],
  ["one that is not ready itself", routed(parent([["Accepted", "False", "Pending"], resolved])), "False RoutePending", "has not looked"],
  [
    "one whose listeners let the namespace out",
    routed(parent([["Accepted", "False", "NotAllowedByListeners", "from other namespaces: Same"], resolved])),
    "False RouteNotAccepted",
    "NotAllowedByListeners: from other namespaces: Same; let a listener of the Gateway take routes of namespace retail (allowedRoutes.namespaces)",
  ],
  [
    "one without a listener for the hosts, which says no more than that",
    routed(parent([["Accepted", "False", "NoMatchingListenerHostname"], resolved])),
    "False RouteNotAccepted",
    "refuses HTTPRoute shop-web: NoMatchingListenerHostname; let a listener of the Gateway have a hostname for shop.example.com",
  ],
  [
    "one with a reason of its own",
    routed(parent([["Accepted", "False", "TooManyRoutes", "at most 3"], resolved])),
    "False RouteNotAccepted",
    "TooManyRoutes: at most 3",
  ],
  [
    "one that cannot reach the Service",
    routed(parent([accepted, ["ResolvedRefs", "False", "UnsupportedProtocol", "grpc"]])),
    "False RouteUnresolved",
    "cannot reach what HTTPRoute shop-web leads to: UnsupportedProtocol: grpc",
  ],
  ["a route that is not there", { ...rolledOut, owned: [] }, "False RoutePending", "HTTPRoute shop-web has not been made yet"],
  ["no Gateway API", { ...routed(), gatewayApiMissing: true }, "False GatewayApiMissing", "install its CRDs and a gateway"],
  ["silence", later(routed(), "RoutePending", 29), "False RoutePending", "Gateway edge/public has not spoken"],
  [
    "a long silence",
    later(routed(), "RoutePending", 30),
    "False GatewaySilent",
    "for 30 seconds: check that Gateway edge/public exists, or correct routing.gateway, and that its controller runs",
  ],
  [
    "an Ingress that is asked for",
    snapshotOf({ routing: { hosts: ["a.b"], ingress: {} } }),
    "False RoutingNotImplemented",
    "use routing.gateway",
  ],
])("%s", (_, snapshot, verdict, message) => {
  const found = judgeRouting({ snapshot });
  expect(`${found?.status} ${found?.reason}`).toBe(verdict);
  expect(found?.message).toContain(message);
});

test("where no route is asked for, nothing is reported", () => {
  expect(judgeRouting({ snapshot: snapshotOf() })).toBeUndefined();
});

describe("the app", () => {
  const refused = routed(parent([["Accepted", "False", "NotAllowedByListeners"], resolved]));
  const of = (snapshot: Snapshot) =>
    new Map(judgeConditions(reportOf(snapshot)).map((found) => [found.type, `${found.status} ${found.reason}`]));

  test.each<[string, Snapshot, string]>([
    ["for a moment", later(refused, "RouteNotAccepted", 5), "False AsExpected"],
    ["for long", later(refused, "RouteNotAccepted", 60), "True RouteNotAccepted"],
    [
      "since an Ingress is asked for in vain",
      later(rollOut(snapshotOf({ routing: { hosts: ["a.b"], ingress: {} } })), "RoutingNotImplemented", 60),
      "False AsExpected",
    ],
  ])("stays Ready without a route %s", (_, snapshot, degraded) => {
    const release = rolledOut.status?.release;
    const found = of({ ...snapshot, status: { ...snapshot.status, ...(release && { release }) } });
    expect(found.get("Ready")).toBe("True Available");
    expect([found.has("Stalled"), found.has("Reconciling")]).toEqual([false, false]);
    expect(found.get("Degraded")).toBe(degraded);
  });

  test("is looked at again when the gateway's time is over", () => {
    const at = (reason: ConditionReason, seconds: number) => routePatienceMs(later(refused, reason, seconds).status ?? {}, testNow);
    expect([at("RoutePending", 10), at("RouteNotAccepted", 30), at("RoutingNotImplemented", 5)]).toEqual([20_000, undefined, undefined]);
    expect(routePatienceMs({}, testNow)).toBeUndefined();
  });
});
