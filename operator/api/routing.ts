import { z } from "zod";
import { seconds } from "./duration.ts";
import { exactlyOne, withRules } from "./rule.ts";
import { dnsLabel, integer, listByKeys, matching, objectName, routePath, setOf } from "./text.ts";

const hostName = () =>
  matching(
    253,
    /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "must be a host name in lower case such as shop.example.com or *.example.com",
  );

const rateLimitSchema = withRules(
  z.strictObject({
    path: routePath().describe("Prefix of the paths that are limited."),
    requestsPerSecond: integer(1, 1_000_000).optional().describe("Requests per second and client; or requestsPerMinute."),
    requestsPerMinute: integer(1, 1_000_000).optional().describe("Requests per minute and client; or requestsPerSecond."),
    burst: integer(0, 1_000_000).default(0).describe("Requests that may come at once beyond the rate."),
  }),
  [exactlyOne(["requestsPerSecond", "requestsPerMinute"])],
);

const staticSchema = z.strictObject({
  path: routePath().describe("Prefix of the paths of static files."),
  maxAgeDays: integer(0, 3650).default(1).describe("Days for which browsers and proxies may keep a file."),
  immutable: z.boolean().default(false).describe("Whether a file never changes under its name."),
});

const pathSchema = z.strictObject({
  path: routePath().describe("Prefix of the paths that go to the component; the longest prefix wins."),
  component: dnsLabel(30).describe("Name of a worker that has a port."),
});

/** The most host names of an HTTPRoute of the Gateway API. */
const MAX_ROUTE_HOSTS = 16;

/** How requests from outside reach the web component. */
export const routingSchema = withRules(
  z.strictObject({
    hosts: setOf(hostName(), 32).min(1, "must name at least one host").describe("Host names of the app."),
    gateway: z
      .strictObject({
        name: objectName().describe("Name of the Gateway."),
        namespace: objectName().optional().describe("Namespace of the Gateway. Default: that of the app."),
      })
      .optional()
      .describe("The Gateway that an HTTPRoute is attached to; or `ingress`."),
    ingress: z
      .strictObject({ className: objectName().optional().describe("IngressClass. Default: the cluster's default.") })
      .optional()
      .describe("An Ingress is created; or `gateway`."),
    tls: z
      .strictObject({ secretName: objectName().describe("The Secret with certificate and key.") })
      .optional()
      .describe("TLS for the hosts. Default: none."),
    timeouts: z
      .strictObject({ requestSeconds: seconds(1, 3600).default(30).describe("Seconds after which a request has failed.") })
      .prefault({})
      .describe("Time limits."),
    webSockets: setOf(routePath(), 20).default([]).describe("Prefixes of paths that upgrade to web sockets; they get no request timeout."),
    paths: listByKeys(pathSchema, 12, ["path"])
      .default([])
      .describe(
        "Paths of the hosts that go to a worker with a port, not to the web component; they get no request timeout. Needs `gateway`.",
      ),
    rateLimits: listByKeys(rateLimitSchema, 32, ["path"]).default([]).describe("Limits per client address."),
    static: listByKeys(staticSchema, 32, ["path"]).default([]).describe("Paths whose answers may be cached."),
  }),
  [
    exactlyOne(["gateway", "ingress"]),
    {
      cel: "!has(self.paths) || self.paths.size() == 0 || has(self.gateway)",
      holds: ({ gateway, paths }) => gateway !== undefined || paths.length === 0,
      message: "needs gateway: name the Gateway there",
      field: "paths",
    },
    {
      cel: `!has(self.gateway) || self.hosts.size() <= ${MAX_ROUTE_HOSTS}`,
      holds: ({ gateway, hosts }) => gateway === undefined || hosts.length <= MAX_ROUTE_HOSTS,
      message: `must hold at most ${MAX_ROUTE_HOSTS} names with gateway, as an HTTPRoute does`,
      field: "hosts",
    },
    {
      cel: "!has(self.webSockets) || !('/' in self.webSockets)",
      holds: ({ webSockets }) => !webSockets.includes("/"),
      message: "must not hold '/', which would take the time limit off every request: name the paths that upgrade, such as /ws",
      field: "webSockets",
    },
  ],
);

/** How requests from outside reach the web component. */
export type Routing = z.output<typeof routingSchema>;
