import { isErrorReason, type Condition } from "../api/conditions.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import { condition, conditionOf } from "../base/condition.ts";
import { read, readCount, readList, readString } from "../base/read.ts";
import type { ObjectCondition } from "../base/condition.ts";
import { findOwned, type LiveObject, type Snapshot } from "../plan/observe/snapshot.ts";
import { webName } from "../resources/names.ts";
import { verdict, type Report, type Verdict } from "./report.ts";

/** Seconds that a gateway gets to take up a route before its silence counts, and before a missing route is a worry. */
const patienceSeconds = 30;

/** Whether requests from outside reach the app, as its Gateway reports it; undefined where the spec asks for no route. */
export function judgeRouting({ snapshot }: Pick<Report, "snapshot">): Verdict | undefined {
  const { routing } = snapshot.app.spec;
  if (routing === undefined) return undefined;
  const { gateway } = routing;
  if (gateway === undefined) {
    const message = "this version makes no Ingress: use routing.gateway, or an Ingress of your own to the web Service";
    return verdict("Routed", false, "RoutingNotImplemented", message);
  }
  const found = judgeRoute(snapshot, gatewayOf(snapshot, gateway));
  if (found.reason !== "RoutePending" || secondsUnrouted(snapshot.status, snapshot.now) < patienceSeconds) return found;
  const remedy = `check that Gateway ${gatewayOf(snapshot, gateway)} exists, or correct routing.gateway, and that its controller runs`;
  return { ...found, reason: "GatewaySilent", message: `${found.message}, for ${patienceSeconds} seconds: ${remedy}` };
}

/** Why the app is degraded by its route: not at once, for a gateway needs some seconds to act. It stays Ready, for its pods are. */
export function routeTrouble(report: Pick<Report, "snapshot">): Verdict | undefined {
  const { snapshot } = report;
  const found = judgeRouting(report);
  if (found === undefined || found.status === "True" || snapshot.app.spec.suspend) return undefined;
  // A field that has no effect is reported as such.
  if (found.reason === "RoutingNotImplemented" || !isErrorReason(found.reason)) return undefined;
  return secondsUnrouted(snapshot.status, snapshot.now) < patienceSeconds ? undefined : found;
}

/** Milliseconds until a route that is not in force yet becomes a worry; undefined where there is none, or it is one already. */
export function routePatienceMs(status: ScalableAppStatus, now: string): number | undefined {
  const routed = routedCondition(status);
  if (routed?.status !== "False" || routed.reason === "RoutingNotImplemented") return undefined;
  const left = patienceSeconds - secondsUnrouted(status, now);
  return left > 0 ? left * 1000 : undefined;
}

function routedCondition(status: ScalableAppStatus | undefined): Condition | undefined {
  return conditionOf(status, "Routed");
}

function secondsUnrouted(status: ScalableAppStatus | undefined, now: string): number {
  const routed = routedCondition(status);
  return routed?.status === "False" ? (Date.parse(now) - Date.parse(routed.lastTransitionTime)) / 1000 : 0;
}

function gatewayOf({ app }: Snapshot, { name, namespace }: { readonly name: string; readonly namespace?: string | undefined }): string {
  return `${namespace ?? app.metadata.namespace}/${name}`;
}

function judgeRoute(snapshot: Snapshot, gateway: string): Verdict {
  if (snapshot.gatewayApiMissing === true) {
    const message =
      "the Gateway API is not installed (gateway.networking.k8s.io/v1, HTTPRoute): install its CRDs and a gateway; the route follows by itself";
    return verdict("Routed", false, "GatewayApiMissing", message);
  }
  const name = webName(snapshot.app.metadata.name);
  const route = findOwned(snapshot, "HTTPRoute", name);
  if (!route) return verdict("Routed", false, "RoutePending", `HTTPRoute ${name} has not been made yet`);
  const answers = answersOf(route, gateway);
  const verdicts = answers.map((answer) => judgeAnswer(snapshot, answer, { route, gateway }));
  // Several controllers may speak of one parent; one that takes the route is enough.
  const best = verdicts.find(({ status }) => status === "True") ?? verdicts[0];
  return best ?? verdict("Routed", false, "RoutePending", `Gateway ${gateway} has not spoken of HTTPRoute ${name} yet`);
}

/** What controllers say of the route below our Gateway. */
function answersOf(route: LiveObject, gateway: string): readonly unknown[] {
  return readList(read(route, "status", "parents")).filter((parent) => {
    const namespace = readString(read(parent, "parentRef", "namespace")) ?? route.metadata.namespace;
    return `${namespace}/${readString(read(parent, "parentRef", "name"))}` === gateway;
  });
}

interface Asked {
  readonly route: LiveObject;
  readonly gateway: string;
}

function judgeAnswer(snapshot: Snapshot, answer: unknown, { route, gateway }: Asked): Verdict {
  const [accepted, resolved] = ["Accepted", "ResolvedRefs"].map((type) => current(answer, type, route.metadata.generation ?? 0));
  if (accepted?.status === "False" && accepted.reason !== "Pending") {
    const message = `Gateway ${gateway} refuses HTTPRoute ${route.metadata.name}: ${refusal(snapshot, accepted)}`;
    return verdict("Routed", false, "RouteNotAccepted", message);
  }
  if (resolved?.status === "False") {
    const message = `Gateway ${gateway} cannot reach what HTTPRoute ${route.metadata.name} leads to: ${words(resolved)}`;
    return verdict("Routed", false, "RouteUnresolved", message);
  }
  if (accepted?.status === "True" && resolved?.status === "True") {
    return verdict("Routed", true, "Routed", `Gateway ${gateway} takes requests for ${snapshot.app.spec.routing?.hosts.join(", ")}`);
  }
  return verdict("Routed", false, "RoutePending", `Gateway ${gateway} has not looked at the newest HTTPRoute ${route.metadata.name} yet`);
}

/** A condition that speaks of the route as it is now; a gateway that names no generation is believed. */
function current(answer: unknown, type: string, generation: number): ObjectCondition | undefined {
  const entry = readList(read(answer, "conditions")).find((each) => read(each, "type") === type);
  const observed = read(entry, "observedGeneration");
  if (observed !== undefined && readCount(observed) < generation) return undefined;
  // A parent has its conditions directly, where objects have a status around them.
  return condition({ status: answer }, type);
}

const remedies: Readonly<Record<string, (snapshot: Snapshot) => string>> = {
  NotAllowedByListeners: ({ app }) =>
    `let a listener of the Gateway take routes of namespace ${app.metadata.namespace} (allowedRoutes.namespaces), or use another Gateway`,
  NoMatchingListenerHostname: ({ app }) =>
    `let a listener of the Gateway have a hostname for ${app.spec.routing?.hosts.join(", ")}, or correct routing.hosts`,
  NoMatchingParent: () => "the Gateway has no listener for HTTP routes: add one, or correct routing.gateway",
};

function refusal(snapshot: Snapshot, { reason, message }: ObjectCondition): string {
  const remedy = remedies[reason]?.(snapshot);
  return [words({ reason, message }), ...(remedy === undefined ? [] : [remedy])].join("; ");
}

/** Gateways are free to say nothing beside the reason. */
function words({ reason, message }: Pick<ObjectCondition, "reason" | "message">): string {
  return message === "" ? reason : `${reason}: ${message}`;
}
