import { z } from "zod";
import { cronExpression, localDateTime, seconds, shortDuration, timeZone } from "./duration.ts";
import { metricSpecSchema } from "./metric-spec.ts";
import { REPLICA_BOUNDS_RULE, WINDOW_RULES, celValue, withRules } from "./rule.ts";
import { dnsLabel, integer, list, listByName, passthrough } from "./text.ts";

/** The most replicas that any component may have. */
export const MAX_REPLICAS = 1000;

/** The floor of web where neither user nor stage names one. */
export const DEFAULT_MIN_REPLICAS = 2;
/** The ceiling of web where neither user nor stage names one. */
export const DEFAULT_MAX_REPLICAS = 4;

const SCALE_OUT_ABOVE_PERCENT = 70;
const SCALE_IN_BELOW_PERCENT = 30;

const cpuSchema = withRules(
  z.strictObject({
    scaleOutAbovePercent: integer(1, 1000)
      .default(SCALE_OUT_ABOVE_PERCENT)
      .describe("Mean CPU use, in percent of the request of the app container, above which replicas are added."),
    scaleInBelowPercent: integer(0, 999)
      .default(SCALE_IN_BELOW_PERCENT)
      .describe("Mean CPU use, in percent of the request of the app container, below which replicas are removed."),
  }),
  [
    {
      cel: `${celValue("scaleInBelowPercent", SCALE_IN_BELOW_PERCENT)} < ${celValue("scaleOutAbovePercent", SCALE_OUT_ABOVE_PERCENT)}`,
      holds: (cpu) => cpu.scaleInBelowPercent < cpu.scaleOutAbovePercent,
      message: "must be below scaleOutAbovePercent, or replicas would come and go for ever",
      field: "scaleInBelowPercent",
    },
  ],
);

function pace(by: number, sustainedSeconds: number, cooldownSeconds: number, change: string) {
  return z.strictObject({
    by: integer(1, 100).default(by).describe(`Replicas ${change} at a time.`),
    sustainedSeconds: seconds(0, 3600)
      .default(sustainedSeconds)
      .describe("Seconds for which the load must stay beyond the threshold first."),
    cooldownSeconds: seconds(1, 1800).default(cooldownSeconds).describe("Seconds between two such steps."),
  });
}

const scheduleWindowSchema = withRules(
  z.strictObject({
    name: dnsLabel(40).describe("Name of the window, shown in events and status."),
    start: localDateTime().optional().describe("Local date and time at which a single window begins; together with `end`."),
    end: localDateTime().optional().describe("Local date and time at which a single window ends."),
    cron: cronExpression().optional().describe("When a repeated window begins; together with `duration`."),
    duration: shortDuration().optional().describe("How long a repeated window lasts, such as 3h."),
    timeZone: timeZone().default("Etc/UTC").describe("IANA time zone of all times of the window."),
    leadSeconds: seconds(0, 3600)
      .default(300)
      .describe("Seconds before its time at which the window opens, so that its pods are ready when it begins."),
    minReplicas: integer(1, MAX_REPLICAS)
      .optional()
      .describe(
        "The floor during the window, where it is above that of autoscaling; it raises a ceiling that is below it. Default: unchanged.",
      ),
    maxReplicas: integer(1, MAX_REPLICAS)
      .optional()
      .describe("The ceiling during the window, instead of that of autoscaling, be it higher or lower. Default: unchanged."),
  }),
  [
    ...WINDOW_RULES,
    {
      cel: "has(self.minReplicas) || has(self.maxReplicas)",
      holds: (window) => window.minReplicas !== undefined || window.maxReplicas !== undefined,
      message: "must move minReplicas, maxReplicas or both",
    },
    REPLICA_BOUNDS_RULE,
  ],
);

const shared = {
  cpu: cpuSchema.prefault({}).describe("Scaling by CPU."),
  scaleOut: pace(2, 300, 120, "added").prefault({}).describe("How fast replicas are added."),
  scaleIn: pace(1, 600, 300, "removed").prefault({}).describe("How fast replicas are removed."),
  metrics: list(metricSpecSchema, 10)
    .default([])
    .describe("Further metrics, passed on to the HorizontalPodAutoscaler (autoscaling/v2 MetricSpec)."),
  triggers: list(passthrough(), 10).default([]).describe("KEDA triggers, passed through as a ScaledObject where KEDA is installed."),
  paused: z.boolean().default(false).describe("Whether autoscaling is paused: the replica count stays as it is."),
};

/** How the web component scales. */
export const webAutoscalingSchema = withRules(
  z.strictObject({
    minReplicas: integer(1, MAX_REPLICAS)
      .default(DEFAULT_MIN_REPLICAS)
      .describe("The floor. Default: by stage (growth 2, steady 4, scale 8, hyperscale 20; mvp: 2 where autoscaling is given)."),
    maxReplicas: integer(1, MAX_REPLICAS)
      .default(DEFAULT_MAX_REPLICAS)
      .describe("The ceiling. Default: by stage (growth 4, steady 20, scale 100, hyperscale 500; mvp: 4 where autoscaling is given)."),
    ...shared,
    schedules: listByName(scheduleWindowSchema, 20)
      .default([])
      .describe(
        "Windows of time that move the floor and the ceiling; of those that overlap, the highest floor and the highest ceiling hold.",
      ),
    predictive: z
      .strictObject({
        enabled: z.boolean().default(false).describe("Whether replicas are added ahead of a load that history predicts."),
        leadSeconds: seconds(60, 3600).default(600).describe("How many seconds ahead of the predicted load."),
      })
      .prefault({})
      .describe("Scaling ahead of a load that history predicts."),
    databaseGuard: z
      .strictObject({
        enabled: z.boolean().default(false).describe("Whether scaling out stops while the database is saturated."),
      })
      .prefault({})
      .describe("More replicas do not help a saturated database."),
  }),
  [REPLICA_BOUNDS_RULE],
);

/** How a worker scales. */
export const workerAutoscalingSchema = withRules(
  z.strictObject({
    minReplicas: integer(0, MAX_REPLICAS).default(1).describe("The floor. 0 lets the worker sleep while its queue is empty."),
    maxReplicas: integer(1, MAX_REPLICAS).default(10).describe("The ceiling."),
    ...shared,
  }),
  [REPLICA_BOUNDS_RULE],
);

/** How the web component scales. */
export type WebAutoscaling = z.output<typeof webAutoscalingSchema>;
/** How a worker scales. */
export type WorkerAutoscaling = z.output<typeof workerAutoscalingSchema>;
