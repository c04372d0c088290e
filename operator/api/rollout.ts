import { z } from "zod";
import { analysisSchema } from "./analysis.ts";
import { podsOrPercent } from "./disruption.ts";
import { cronExpression, localDateTime, seconds, shortDuration, timeZone } from "./duration.ts";
import { WINDOW_RULES, withRules } from "./rule.ts";
import { dnsLabel, integer, list, listByName, matching, percent, text } from "./text.ts";

const stepSchema = z.strictObject({
  weight: integer(1, 100).describe("Percent of the requests that the candidate gets."),
  pauseSeconds: seconds(0, 604_800)
    .optional()
    .describe(
      "Seconds to stay at this weight while the analysis watches. Default: without end, until the promote, skip-step or resume request (a manual gate).",
    ),
});

const DEFAULT_PAUSE_SECONDS = 120;

const canaryFields = z.strictObject({
  steps: withRules(list(stepSchema, 20).min(1, "must have at least one step: add one, or choose strategy: rolling"), [
    {
      cel: "self.all(step, self.exists_one(other, other.weight == step.weight)) && self.map(step, step.weight).isSorted()",
      holds: (steps) => steps.every((step, index) => index === 0 || step.weight > (steps[index - 1]?.weight ?? 0)),
      message: "must have strictly increasing weights",
    },
  ])
    .default([
      { weight: 5, pauseSeconds: DEFAULT_PAUSE_SECONDS },
      { weight: 25, pauseSeconds: DEFAULT_PAUSE_SECONDS },
      { weight: 50, pauseSeconds: DEFAULT_PAUSE_SECONDS },
    ])
    .describe("The weights of the candidate in their order; full weight follows by itself."),
  match: z
    .strictObject({
      header: z
        .strictObject({
          name: matching(256, /^[A-Za-z0-9!#$%&'*+.^_|~-]+$/, "must be the name of an HTTP header").describe("Name of the header."),
          value: text(4096).describe("Value of the header."),
        })
        .describe("Requests with this header reach the candidate while it has a ready pod; needs routing.gateway."),
    })
    .optional()
    .describe("Requests that always reach the candidate. Default: none."),
  analysis: analysisSchema.prefault({}).describe("What makes a candidate fail."),
});

const canarySchema = withRules(canaryFields, [
  {
    cel: `!has(self.analysis) || !has(self.analysis.intervalSeconds) || (has(self.analysis.enabled) && !self.analysis.enabled) || (has(self.steps) ? self.steps.all(step, !has(step.pauseSeconds) || step.pauseSeconds == 0 || step.pauseSeconds >= self.analysis.intervalSeconds) : self.analysis.intervalSeconds <= ${DEFAULT_PAUSE_SECONDS})`,
    holds: ({ steps, analysis }) =>
      !analysis.enabled || steps.every(({ pauseSeconds = Infinity }) => pauseSeconds === 0 || pauseSeconds >= analysis.intervalSeconds),
    message: "must not be longer than the pause of a step, which would pass unjudged: lower it, or raise pauseSeconds",
    field: "analysis.intervalSeconds",
  },
]);

const blueGreenSchema = z.strictObject({
  autoPromotion: z
    .boolean()
    .default(true)
    .describe("Whether a healthy candidate gets the users by itself; false waits for the promote request."),
  autoPromotionSeconds: seconds(0, 604_800)
    .default(60)
    .describe("Seconds for which the complete candidate is watched behind the preview Service before the switch."),
  scaleDownDelaySeconds: seconds(0, 604_800)
    .default(30)
    .describe("Seconds for which the pods of the old release are kept after the switch."),
});

const freezeWindowSchema = withRules(
  z.strictObject({
    name: dnsLabel(40).describe("Name of the window."),
    start: localDateTime().optional().describe("Local date and time at which a single window begins; together with `end`."),
    end: localDateTime().optional().describe("Local date and time at which a single window ends."),
    cron: cronExpression().optional().describe("When a repeated window begins; together with `duration`."),
    duration: shortDuration().optional().describe("How long a repeated window lasts, such as 3h."),
    timeZone: timeZone().default("Etc/UTC").describe("IANA time zone of all times of the window."),
  }),
  WINDOW_RULES,
);

/** How pods of a new release may replace those of the old one. */
export const ROLLOUT_STRATEGIES = ["rolling", "canary", "blueGreen"] as const;

/** How a new release replaces the old one. */
export const rolloutSchema = z.strictObject({
  strategy: z.enum(ROLLOUT_STRATEGIES).default("rolling").describe("How pods of a new release replace those of the old one."),
  canary: canarySchema
    .prefault({})
    .describe(
      "Steps of the canary strategy, and how a candidate of any strategy is judged. Default: weights 5, 25 and 50 for 120 seconds each.",
    ),
  blueGreen: blueGreenSchema.prefault({}).describe("The switch of the blueGreen strategy."),
  rolling: z
    .strictObject({
      batch: podsOrPercent(100)
        .default(1)
        .describe(
          'Pods that are replaced at a time: a number such as 1, or a percentage of the replicas such as "10%". Default: by stage (1, or 10% for scale and hyperscale).',
        ),
      settleSeconds: seconds(0, 3600).default(0).describe("Seconds that a new pod must stay ready before it counts."),
    })
    .prefault({})
    .describe("Pace of the rolling strategy, and of workers in every strategy."),
  progressDeadlineSeconds: seconds(30, 86_400).default(600).describe("Seconds without progress after which a release has failed."),
  bakeSeconds: seconds(0, 604_800)
    .default(600)
    .describe("Seconds for which the analysis goes on after full weight; a failure still rolls back."),
  revisionHistory: integer(1, 100).default(10).describe("Past releases that are kept."),
  freeze: z
    .strictObject({
      whenErrorBudgetBelowPercent: percent()
        .optional()
        .describe("No release starts while less than this percentage of an error budget is left. Default: no such rule."),
      windows: listByName(freezeWindowSchema, 20).default([]).describe("Windows of time in which no release starts."),
    })
    .optional()
    .describe("When no release may start. Default: never."),
});

/** How a new release replaces the old one. */
export type Rollout = z.output<typeof rolloutSchema>;
/** The canary strategy: weights, and what makes a candidate fail. */
export type Canary = z.output<typeof canarySchema>;
/** One weight of the canary strategy. */
export type CanaryStep = Canary["steps"][number];
/** The strategies of a rollout. */
export type RolloutStrategy = (typeof ROLLOUT_STRATEGIES)[number];
/** A window of time in which no release starts. */
export type FreezeWindow = z.output<typeof freezeWindowSchema>;
