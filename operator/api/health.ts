import { z } from "zod";
import { words } from "./container.ts";
import { seconds } from "./duration.ts";
import { hostHeader } from "./host-header.ts";
import type { Rule } from "./rule.ts";
import { withRules } from "./rule.ts";
import { requestPath } from "./text.ts";

/** How a probe asks the app. */
const PROBE_TYPES = ["http", "tcp", "exec"] as const;

const DEFAULT_STARTUP_SECONDS = 60;

const shared = {
  host: hostHeader().optional().describe("Host header of the requests. Default: the first of routing.hosts without a wildcard."),
  command: words().default([]).describe("Command of the exec type; it succeeds when it exits with 0."),
  startupSeconds: seconds(1, 3600).default(DEFAULT_STARTUP_SECONDS).describe("Seconds that a process may take to start."),
  periodSeconds: seconds(1, 300)
    .optional()
    .describe("Seconds between two probes of a process that has started. Default: 5 for readiness, 10 for liveness."),
  timeoutSeconds: seconds(1, 300).default(3).describe("Seconds that an answer may take."),
};

interface Asked {
  readonly type?: string | undefined;
  readonly command: readonly string[];
}

const EXEC_RULE: Rule<Asked> = {
  cel: "(has(self.type) && self.type == 'exec') == (has(self.command) && self.command.size() > 0)",
  holds: ({ type, command }) => (type === "exec") === command.length > 0,
  message: "belongs to type exec: give both or neither",
  field: "command",
};

/** How the web component is asked about its health. */
export const webHealthSchema = withRules(
  z.strictObject({
    type: z
      .enum(PROBE_TYPES)
      .optional()
      .describe(
        "How to ask: an HTTP request to `live` and `ready`, a connection to the port, or `command`. Default: http, or the gRPC health service where protocol is grpc.",
      ),
    live: requestPath().default("/api/health/live").describe("Path that answers 200 while the process works; failing restarts it."),
    ready: requestPath()
      .default("/api/health/ready")
      .describe("Path that answers 503 while the process should get no requests: in startup, in shutdown, with the database down."),
    ...shared,
  }),
  [EXEC_RULE],
);

/** How a worker is asked about its health. */
export const workerHealthSchema = withRules(
  z.strictObject({
    type: z
      .enum(PROBE_TYPES)
      .default("http")
      .describe("How to ask: an HTTP request to `live` and `ready`, a connection to the port, or `command`."),
    live: requestPath()
      .optional()
      .describe("Path that answers 200 while the process works; failing restarts it. Default: that of `ready`."),
    ready: requestPath().optional().describe("Path that answers 200 while the process may get requests. Default: that of `live`."),
    ...shared,
  }),
  [
    EXEC_RULE,
    {
      cel: "(has(self.type) && self.type != 'http') || has(self.live) || has(self.ready)",
      holds: ({ type, live, ready }) => type !== "http" || live !== undefined || ready !== undefined,
      message: "must have the path of live, ready or both, or another type (tcp, exec)",
    },
  ],
);

/** How the web component is asked about its health. */
export type WebHealth = z.output<typeof webHealthSchema>;
