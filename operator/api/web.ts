import { z } from "zod";
import { MAX_REPLICAS, webAutoscalingSchema } from "./autoscaling.ts";
import { componentFields } from "./component.ts";
import { POOLER_PORT, RESOURCES_DESCRIPTION, appResources, words } from "./container.ts";
import { seconds } from "./duration.ts";
import { webHealthSchema } from "./health.ts";
import { metricsSchema } from "./metrics.ts";
import { celValue, notBoth, withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { integer, listByName, portName } from "./text.ts";

/** Seconds that the app gets after draining where the user names no grace period. */
const GRACE_AFTER_DRAIN_SECONDS = 30;

const DRAIN_SECONDS = 30;
const DEFAULT_PORT = 8080;

/** Port of the Service in front of the web pods, whatever the app itself listens on. */
const SERVICE_PORT = 80;

const shutdownSchema = withRules(
  z.strictObject({
    drainSeconds: seconds(0, 3600).default(DRAIN_SECONDS).describe("Seconds to let running requests end after the pod left the Service."),
    graceSeconds: seconds(1, 7200)
      .optional()
      .describe(
        `Seconds from the begin of termination until the process is killed; more than drainSeconds. Default: drainSeconds + ${GRACE_AFTER_DRAIN_SECONDS}.`,
      ),
  }),
  [
    {
      cel: `!has(self.graceSeconds) || self.graceSeconds > ${celValue("drainSeconds", DRAIN_SECONDS)}`,
      holds: (shutdown) => shutdown.graceSeconds === undefined || shutdown.graceSeconds > shutdown.drainSeconds,
      message: "must be greater than drainSeconds, or requests are cut off",
      field: "graceSeconds",
    },
  ],
).transform((shutdown) => ({
  drainSeconds: shutdown.drainSeconds,
  graceSeconds: shutdown.graceSeconds ?? shutdown.drainSeconds + GRACE_AFTER_DRAIN_SECONDS,
}));

const extraPortSchema = z.strictObject({
  name: portName().describe("Name of the port, in the Service too; `http` is taken."),
  port: integer(1, 65_535).describe("Number of the port."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Transport protocol."),
});

interface Ports {
  readonly port: number;
  readonly metrics: { readonly port?: number | undefined };
  readonly extraPorts: readonly { readonly name: string; readonly port: number }[];
}

const PORT_RULES: readonly Rule<Ports>[] = [
  {
    cel: `!has(self.metrics) || !has(self.metrics.port) || self.metrics.port != ${POOLER_PORT}`,
    holds: ({ metrics }) => metrics.port !== POOLER_PORT,
    message: `must not be ${POOLER_PORT}, where the pooler listens`,
    field: "metrics.port",
  },
  {
    cel: `${celValue("port", DEFAULT_PORT)} != ${POOLER_PORT}`,
    holds: ({ port }) => port !== POOLER_PORT,
    message: `must not be ${POOLER_PORT}, where the pooler listens`,
    field: "port",
  },
  {
    cel: `!has(self.extraPorts) || self.extraPorts.all(extra, extra.port != ${celValue("port", DEFAULT_PORT)} && extra.port != ${POOLER_PORT} && self.extraPorts.exists_one(other, other.port == extra.port))`,
    holds: ({ port, extraPorts }) =>
      extraPorts.every((extra) => extra.port !== port && extra.port !== POOLER_PORT) &&
      new Set(extraPorts.map((extra) => extra.port)).size === extraPorts.length,
    message: `must have distinct numbers, other than web.port and ${POOLER_PORT}, where the pooler listens`,
    field: "extraPorts",
  },
  {
    cel: `!has(self.extraPorts) || self.extraPorts.all(extra, extra.port != ${SERVICE_PORT})`,
    holds: ({ extraPorts }) => extraPorts.every((extra) => extra.port !== SERVICE_PORT),
    message: `must not hold ${SERVICE_PORT}, the port of the Service itself, which leads to web.port: let the app listen on another one, such as 8081`,
    field: "extraPorts",
  },
  {
    cel: "!has(self.extraPorts) || self.extraPorts.all(extra, extra.name != 'http')",
    holds: ({ extraPorts }) => extraPorts.every((extra) => extra.name !== "http"),
    message: "must not be named http, which is the name of web.port",
    field: "extraPorts",
  },
];

/** The component that answers requests. */
export const webSchema = withRules(
  z.strictObject({
    command: words().default([]).describe("Replaces the entrypoint of the image. Default: the entrypoint of the image."),
    args: words().default([]).describe("Arguments. Default: those of the image."),
    ...componentFields,
    port: integer(1, 65_535).default(DEFAULT_PORT).describe("Port that the app listens on; passed to it as the PORT variable."),
    protocol: z.enum(["http", "h2c", "grpc"]).default("http").describe("What the app speaks on the port."),
    extraPorts: listByName(extraPortSchema, 10).default([]).describe("Further ports of the container and of the Service."),
    resources: appResources().describe(RESOURCES_DESCRIPTION),
    replicas: integer(0, MAX_REPLICAS)
      .optional()
      .describe(
        "A fixed number of replicas, instead of autoscaling; what `kubectl scale` sets. Default: none, and 1 where the stage has no autoscaling.",
      ),
    health: webHealthSchema.prefault({}).describe("How the state of the app is asked for."),
    shutdown: shutdownSchema.prefault({}).describe("How a pod ends without losing a request."),
    metrics: metricsSchema.prefault({}).describe("Where the app reports its metrics, and how its library names them."),
    autoscaling: webAutoscalingSchema.optional().describe("How the number of replicas follows the load. Default: by stage (mvp: none)."),
  }),
  [notBoth("replicas", "autoscaling"), ...PORT_RULES],
);

/** The component that answers requests. */
export type Web = z.output<typeof webSchema>;
