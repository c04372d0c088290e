import type { Tree } from "../../base/tree.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webCanaryName, webName, workerServiceName } from "../names.ts";
import type { Share } from "../placement.ts";
import { webComponent } from "./deployment.ts";
import { servicePort } from "./service.ts";

const gatewayGroup = "gateway.networking.k8s.io";

/**
 * The route from a Gateway to the web pods; undefined where the spec names no Gateway. Every default of the API is written out, so that
 * neither our own comparison nor that of a GitOps tool finds a difference. A worker changes with the stable release, so only requests to the
 * web component are shared; without a share, all go to the web Service.
 */
export function buildWebRoute(identity: Identity, share?: Share): Manifest | undefined {
  const { metadata, spec } = identity.app;
  const { routing } = spec;
  if (routing?.gateway === undefined) return undefined;
  const { name, namespace = metadata.namespace } = routing.gateway;
  const header = spec.rollout.canary.match?.header;
  const web = [...webSockets(routing.webSockets), requests(routing.timeouts.requestSeconds)];
  return {
    apiVersion: `${gatewayGroup}/v1`,
    kind: "HTTPRoute",
    metadata: childMetadata(identity, webName(metadata.name), webComponent),
    spec: {
      parentRefs: [{ group: gatewayGroup, kind: "Gateway", name, namespace }],
      hostnames: routing.hosts,
      rules: [
        // A longer path wins over a header, so every rule needs a twin with the header.
        ...(share?.reachable === true && header !== undefined ? web.map((rule) => withHeader(metadata.name, rule, header)) : []),
        ...routing.paths.map(({ path, component }) => toWorker(metadata.name, path, component)),
        ...web.map(({ matches, timeouts }) => ({ matches, backendRefs: webBackends(metadata.name, share), timeouts })),
      ],
    },
  };
}

/** A worker that listens may stream, so no request to it is cut off. */
function toWorker(app: string, path: string, worker: string): Tree {
  return { matches: [startsWith(path)], backendRefs: [backend(workerServiceName(app, worker), 1)], timeouts: { request: "0s" } };
}

/** A rule of requests to the web component; where they go is the placement's to say. */
interface WebRule {
  readonly matches: readonly Tree[];
  readonly timeouts: Tree;
}

/** One rule for all of them, because a route may have 16 rules; a duration of zero ends no request, whatever the gateway's own default is. */
function webSockets(prefixes: readonly string[]): readonly WebRule[] {
  return prefixes.length === 0 ? [] : [{ matches: prefixes.map(startsWith), timeouts: { request: "0s" } }];
}

function requests(timeoutSeconds: number): WebRule {
  return { matches: [startsWith("/")], timeouts: { request: `${timeoutSeconds}s` } };
}

function webBackends(app: string, share: Share | undefined): readonly Tree[] {
  if (share === undefined) return [backend(webName(app), 1)];
  return [backend(webName(app), 100 - share.weight), backend(webCanaryName(app), share.weight)];
}

/** Requests with the header go to the canary, whatever its weight is. */
function withHeader(app: string, { matches, timeouts }: WebRule, { name, value }: { readonly name: string; readonly value: string }): Tree {
  const headers = [{ type: "Exact", name, value }];
  return { matches: matches.map((each) => ({ ...each, headers })), backendRefs: [backend(webCanaryName(app), 1)], timeouts };
}

function startsWith(value: string): Tree {
  return { path: { type: "PathPrefix", value } };
}

function backend(name: string, weight: number): Tree {
  return { group: "", kind: "Service", name, port: servicePort, weight };
}
