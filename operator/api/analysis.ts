import { z } from "zod";
import { seconds } from "./duration.ts";
import { celList, withRules } from "./rule.ts";
import { requestPath, dnsLabel, integer, list, listByKeys, listByName, percent, setOf, text } from "./text.ts";

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
    {
      cel: "!has(self.min) || !has(self.max) || self.min <= self.max",
      holds: ({ min, max }) => min === undefined || max === undefined || min <= max,
      message: "must not be above max",
      field: "min",
    },
  ],
);

const probeSchema = z.strictObject({
  path: requestPath().describe(
    "Path that the operator asks for on every pod's web port, with GET; a path that users need, such as /login.",
  ),
  expectStatus: list(integer(100, 599), 20)
    .default([200])
    .describe("HTTP status codes of a good answer; any other answer, or none, is a failed request."),
  perInterval: integer(1, 100).default(5).describe("Requests per interval, shared among the pods of a release."),
  timeoutSeconds: seconds(1, 30).default(2).describe("Seconds after which a request without an answer has failed."),
});

/** What the operator judges by itself; the names stand in status and may stand in `analysis.dryRun` (names of queries never look like these). */
const ANALYSIS_METRICS = ["errorRate", "latencyP99", "probes", "restarts", "oomKills"] as const;

/** What becomes of a candidate that cannot be judged. */
export const ANALYSIS_FALLBACKS = ["promote", "pause", "rollback"] as const;
/** What becomes of a candidate that cannot be judged. */
export type AnalysisFallback = (typeof ANALYSIS_FALLBACKS)[number];

const fallback = () => z.enum(ANALYSIS_FALLBACKS);

const analysisFields = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether the candidate is judged; crashes and missing readiness fail it in any case."),
  intervalSeconds: seconds(1, 3600).default(10).describe("Seconds between two rounds of measuring."),
  confidencePercent: z
    .number("must be a number")
    .min(50, "must be at least 50")
    .max(99.99, "must be at most 99.99")
    .default(99)
    .describe(
      "Percent of releases within every limit that are never rolled back by chance, however long they are watched; the rest is shared among the checks.",
    ),
  minRequests: integer(0, 10_000_000)
    .default(20)
    .describe(
      "Requests that the candidate must have answered in a step before the step can pass; failures count from the first request on.",
    ),
  errorRatePercent: percent(0, 50)
    .default(1)
    .describe("Percent of requests answered with a 5xx status above which the candidate fails. At least 0.01."),
  latencyP99Milliseconds: integer(1, 600_000)
    .default(2000)
    .describe("Milliseconds that at most 1 percent of the requests may take longer than; above it the candidate fails."),
  maxIncreasePercent: percent(0, 100_000)
    .optional()
    .describe(
      "Percent by which the candidate's error rate may be above stable's at the same time. Default: compared only where stable itself is above a limit.",
    ),
  probes: listByKeys(probeSchema, 10, ["path"])
    .default([])
    .describe("Paths that the operator asks for itself on pods of both releases, for apps without metrics or with few users."),
  queries: listByName(querySchema, 20).default([]).describe("PromQL queries that judge the candidate; they need monitoring.prometheus."),
  failureLimit: integer(0, 100)
    .default(1)
    .describe("Windows of a query in a row outside its limits that are forgiven; the next one fails the candidate."),
  windowSeconds: seconds(5, 3600)
    .optional()
    .describe("Seconds of one window of the queries; windows do not overlap. Default: 4 scrape intervals of Prometheus, at least 60."),
  maxRestartedPodsPercent: percent()
    .default(10)
    .describe(
      "Percent of the candidate's pods that may have restarted once in a step (two pods are needed at least); a pod that restarts twice fails it at once.",
    ),
  sidecars: z.enum(["judge", "ignore"]).default("judge").describe("Whether restarts of containers in spec.sidecars count."),
  inconclusiveSeconds: seconds(1, 604_800)
    .default(600)
    .describe("Seconds that a candidate may stay unjudged before onTooFewRequests or onInconclusive applies."),
  onTooFewRequests: fallback()
    .default("promote")
    .describe(
      "What becomes of a candidate without a failed check that has answered fewer than minRequests; promote goes on to the next step.",
    ),
  onInconclusive: fallback()
    .default("rollback")
    .describe("What becomes of a candidate that nothing can be seen of: no metrics, no probes, no answer of Prometheus."),
  dryRun: setOf(text(40), 30)
    .default([])
    .describe(`Metrics and names of queries that are shown but fail nothing; metrics are ${ANALYSIS_METRICS.join(", ")}.`),
});

/** What makes a candidate fail: `rollout.canary.analysis`. */
export const analysisSchema = withRules(analysisFields, [
  {
    // The API server cuts a bound to whole numbers where the value is one, and would take 0.
    cel: "!has(self.errorRatePercent) || self.errorRatePercent >= 0.01",
    holds: ({ errorRatePercent }) => errorRatePercent >= 0.01,
    message: "must be at least 0.01",
    field: "errorRatePercent",
  },
  {
    cel: `!has(self.dryRun) || self.dryRun.all(name, name in ${celList(ANALYSIS_METRICS)} || (has(self.queries) && self.queries.exists(query, query.name == name)))`,
    holds: ({ dryRun, queries }) =>
      dryRun.every((name) => ANALYSIS_METRICS.some((metric) => metric === name) || queries.some((query) => query.name === name)),
    message: `must hold names of queries, or of metrics: ${ANALYSIS_METRICS.join(", ")}`,
    field: "dryRun",
  },
]);

/** What makes a candidate fail. */
export type Analysis = z.output<typeof analysisSchema>;
/** A query of the user with its limits. */
export type AnalysisQuery = Analysis["queries"][number];
