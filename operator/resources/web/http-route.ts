import type { Canary } from "../../api/rollout.ts";
import { isTree } from "../../base/tree.ts";
import type { Tree } from "../../base/tree.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webCanaryName, webName, workerServiceName } from "../names.ts";
import { webComponent } from "./deployment.ts";
import { servicePort } from "./service.ts";

const gatewayGroup = "gateway.networking.k8s.io";

/** How requests are shared between the stable pods and a canary. */
export interface Share {
  /** Percent of the requests that the canary gets, 0 to 99. */
  readonly weight: number;
  /** Whether requests with the header of `rollout.canary.match` may go to the canary now. */
  readonly reachable: boolean;
}

/**
 * The route from a Gateway to the web pods; undefined where the spec names no Gateway. Every default of the API is written out, so that
 * neither our own comparison nor that of a GitOps tool finds a difference.
 */
export function buildWebRoute(identity: Identity): Manifest | undefined {
  const { metadata, spec } = identity.app;
  const { routing } = spec;
  if (routing?.gateway === undefined) return undefined;
  const { name, namespace = metadata.namespace } = routing.gateway;
  return {
    apiVersion: `${gatewayGroup}/v1`,
    kind: "HTTPRoute",
    metadata: childMetadata(identity, webName(metadata.name), webComponent),
    spec: {
      parentRefs: [{ group: gatewayGroup, kind: "Gateway", name, namespace }],
      hostnames: routing.hosts,
      rules: [
        ...routing.paths.map(({ path, component }) => toWorker(metadata.name, path, component)),
        ...webSockets(metadata.name, routing.webSockets),
        requests(metadata.name, routing.timeouts.requestSeconds),
      ],
    },
  };
}

/** A worker that listens may stream, so no request to it is cut off. */
function toWorker(app: string, path: string, worker: string): Tree {
  return { matches: [startsWith(path)], backendRefs: [backend(workerServiceName(app, worker), 1)], timeouts: { request: "0s" } };
}

/** One rule for all of them, because a route may have 16 rules; a duration of zero ends no request, whatever the gateway's own default is. */
function webSockets(app: string, prefixes: readonly string[]): readonly Tree[] {
  if (prefixes.length === 0) return [];
  return [{ matches: prefixes.map(startsWith), backendRefs: [backend(webName(app), 1)], timeouts: { request: "0s" } }];
}

function requests(app: string, timeoutSeconds: number): Tree {
  return { matches: [startsWith("/")], backendRefs: [backend(webName(app), 1)], timeouts: { request: `${timeoutSeconds}s` } };
}

function startsWith(value: string): Tree {
  return { path: { type: "PathPrefix", value } };
}

function backend(name: string, weight: number): Tree {
  return { group: "", kind: "Service", name, port: servicePort, weight };
}

/** The route with requests shared by weight; those with the canary's header go there whatever the weight is. */
export function shareRequests(app: string, route: Manifest, share: Share, match: Canary["match"]): Manifest {
  const spec = isTree(route["spec"]) ? route["spec"] : {};
  const rules = Array.isArray(spec["rules"]) ? spec["rules"].filter(isTree) : [];
  const backendRefs = [backend(webName(app), 100 - share.weight), backend(webCanaryName(app), share.weight)];
  // A worker changes with the stable release: only requests to the web component are shared.
  const web = rules.filter((rule) => isToWeb(app, rule));
  const shared = rules.map((rule) => (web.includes(rule) ? { ...rule, backendRefs } : rule));
  // A longer path wins over a header, so every rule needs a twin with the header.
  const matched = share.reachable && match !== undefined ? web.map((rule) => withHeader(app, rule, match.header)) : [];
  return { ...route, spec: { ...spec, rules: [...matched, ...shared] } };
}

function isToWeb(app: string, rule: Tree): boolean {
  return Array.isArray(rule["backendRefs"]) && rule["backendRefs"].some((each) => isTree(each) && each["name"] === webName(app));
}

function withHeader(app: string, rule: Tree, { name, value }: { readonly name: string; readonly value: string }): Tree {
  const matches = Array.isArray(rule["matches"]) ? rule["matches"].filter(isTree) : [];
  const headers = [{ type: "Exact", name, value }];
  return { ...rule, matches: matches.map((each) => ({ ...each, headers })), backendRefs: [backend(webCanaryName(app), 1)] };
}
