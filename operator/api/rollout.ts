import { z } from "zod";
import { podsOrPercent } from "./disruption.ts";
import { cronExpression, localDateTime, seconds, shortDuration, timeZone } from "./duration.ts";
import { celList, WINDOW_RULES, withRules } from "./rule.ts";
import { dnsLabel, integer, list, listByName, matching, percent, setOf, text } from "./text.ts";

const stepSchema = z.strictObject({
  weight: integer(1, 100).describe("Percent of the requests that the candidate gets."),
  pauseSeconds: seconds(0, 604_800)
    .optional()
    .describe(
      "Seconds to stay at this weight while the analysis watches. Default: without end, until the promote, skip-step or resume request (a manual gate).",
    ),
});

const querySchema = withRules(
  z.strictObject({
    name: dnsLabel(40).describe("Name of the query."),
    promql: text(4096).describe(
      "A PromQL expression that yields one number. {{candidatePods}} and {{stablePods}} are regular expressions of the names of their web pods; also {{candidate}}, {{stable}} (ids of releases), {{app}}, {{namespace}} and {{window}}, such as 60s.",
    ),
    min: z.number().optional().describe("The candidate fails below it. Default: no limit."),
    max: z.number().optional().describe("The candidate fails above it. Default: no limit."),
  }),
  [
    {
      cel: "has(self.min) || has(self.max)",
      holds: (query) => query.min !== undefined || query.max !== undefined,
      message: "must have min, max or both",
    },
  ],
);

/** What the operator judges by itself; the names stand in status and may stand in `analysis.dryRun` (names of queries never look like these). */
export const ANALYSIS_METRICS = ["errorRate", "latencyP99", "restarts", "oomKills"] as const;
/** Something that the operator judges by itself. */
export type AnalysisMetric = (typeof ANALYSIS_METRICS)[number];

const analysisFields = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether the candidate is judged; crashes and missing readiness fail it in any case."),
  intervalSeconds: seconds(1, 3600).default(10).describe("Seconds between two judgements."),
  minRequests: integer(1, 10_000_000).default(100).describe("Requests that the candidate must have answered before it is judged."),
  errorRatePercent: percent().default(1).describe("Percent of requests answered with a 5xx status above which the candidate fails."),
  latencyP99Milliseconds: integer(1, 600_000)
    .default(2000)
    .describe("99th percentile of the request duration, in milliseconds, above which the candidate fails."),
  maxIncreasePercent: percent(0, 100_000)
    .optional()
    .describe("Percent by which the candidate's error rate and p99 latency may be above stable's at the same time. Default: not compared."),
  failureLimit: integer(0, 100).default(1).describe("Failed judgements in a row that are forgiven; the next one fails the candidate."),
  inconclusiveLimitSeconds: seconds(1, 604_800)
    .optional()
    .describe(
      "Seconds without a judgement (too few requests, no source of metrics) after which the release pauses. Default: 3 times the pause of the step, at least 300.",
    ),
  queries: listByName(querySchema, 20).default([]).describe("Further queries that judge the candidate."),
  dryRun: setOf(text(40), 30)
    .default([])
    .describe(`Metrics and names of queries that are shown but fail nothing; metrics are ${ANALYSIS_METRICS.join(", ")}.`),
});

const analysisSchema = withRules(analysisFields, [
  {
    cel: `!has(self.dryRun) || self.dryRun.all(name, name in ${celList(ANALYSIS_METRICS)} || (has(self.queries) && self.queries.exists(query, query.name == name)))`,
    holds: ({ dryRun, queries }) =>
      dryRun.every((name) => ANALYSIS_METRICS.some((metric) => metric === name) || queries.some((query) => query.name === name)),
    message: `must hold names of queries, or of metrics: ${ANALYSIS_METRICS.join(", ")}`,
    field: "dryRun",
  },
]);

const canarySchema = z.strictObject({
  steps: withRules(list(stepSchema, 20), [
    {
      cel: "self.all(step, self.exists_one(other, other.weight == step.weight)) && self.map(step, step.weight).isSorted()",
      holds: (steps) => steps.every((step, index) => index === 0 || step.weight > (steps[index - 1]?.weight ?? 0)),
      message: "must have strictly increasing weights",
    },
  ])
    .default([
      { weight: 5, pauseSeconds: 120 },
      { weight: 25, pauseSeconds: 120 },
      { weight: 50, pauseSeconds: 120 },
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
/** What makes a candidate fail. */
export type Analysis = z.output<typeof analysisSchema>;
/** The switch of the blueGreen strategy. */
export type BlueGreen = z.output<typeof blueGreenSchema>;
/** The strategies of a rollout. */
export type RolloutStrategy = (typeof ROLLOUT_STRATEGIES)[number];
/** A window of time in which no release starts. */
export type FreezeWindow = z.output<typeof freezeWindowSchema>;

/** The canary strategy where the user says nothing about it. */
export const DEFAULT_CANARY: Canary = canarySchema.parse({});
/** The blueGreen strategy where the user says nothing about it. */
export const DEFAULT_BLUE_GREEN: BlueGreen = blueGreenSchema.parse({});
