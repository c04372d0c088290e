import { z } from "zod";
import { CONDITIONS, REASONS } from "./conditions.ts";
import type { ConditionReason, ConditionType } from "./conditions.ts";
import { REQUEST_ACTIONS, REQUEST_OUTCOMES } from "./requests.ts";
import { ROLLOUT_STRATEGIES } from "./rollout.ts";
import { list, listByKeys, listByName } from "./text.ts";

/** `status.observedGeneration` of an app that the operator has not seen: the default of the CRD. */
export const NEVER_OBSERVED = -1;

/** Where a release stands. */
export const RELEASE_PHASES = [
  /** Nothing has begun: the release waits for something that it needs, or for the end of a freeze. */
  "Pending",
  /** Its migration runs; all pods are those of the stable release. */
  "Migrating",
  /** Rolling strategy: web, workers and schedules take the candidate. */
  "RollingOut",
  /** Canary strategy: the candidate gets a share of the requests, step by step. */
  "Canary",
  /** Blue/green strategy: the complete candidate stands behind the preview Service. */
  "Preview",
  /** Stable web, workers and schedules take the candidate; in blue/green the Service has switched to it. */
  "Promoting",
  /** All run the candidate and the analysis goes on; a failure still rolls back. */
  "Baking",
  /** All go back to the stable release. */
  "RollingBack",
  /** All users get the stable release, which is the one of the spec. */
  "Stable",
  /** All users get the stable release; the one of the spec failed and is quarantined. */
  "Failed",
  /** `spec.suspend` keeps everything at zero. */
  "Suspended",
] as const;
/** Where a release stands. */
export type ReleasePhase = (typeof RELEASE_PHASES)[number];

/** Why a release stays where it is: a request, the gate of a step, an analysis that is inconclusive, or a freeze. */
const PAUSE_REASONS = ["Manual", "Step", "Inconclusive", "Frozen"] as const;

/** The verdict of one check; an inconclusive one neither promotes nor fails. */
const ANALYSIS_RESULTS = ["pass", "fail", "inconclusive"] as const;

const word = () => z.string().max(253);
const sentence = () => z.string().max(32_768);
const time = () => z.string().max(64).meta({ format: "date-time" });
const count = () => z.int().min(0).max(2_147_483_647);

function conditionType() {
  return z
    .string()
    .max(64)
    .pipe(z.custom<ConditionType>((value) => typeof value === "string" && Object.hasOwn(CONDITIONS, value)));
}

function conditionReason() {
  return z
    .string()
    .max(64)
    .pipe(z.custom<ConditionReason>((value) => typeof value === "string" && Object.hasOwn(REASONS, value)));
}

const conditionSchema = z.strictObject({
  type: conditionType().describe("What the condition is about."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  reason: conditionReason().describe("Why, in one CamelCase word; docs/reference/conditions.md lists them."),
  message: sentence().describe("What to know or to change."),
  observedGeneration: z.int().min(0).describe("The generation of the spec that the condition speaks of."),
  lastTransitionTime: time().describe("When `status` last changed."),
});

const metricResultSchema = z.strictObject({
  name: word().describe("Name of the metric or query."),
  result: z.enum(ANALYSIS_RESULTS).describe("The verdict."),
  value: z.number().optional().describe("What was measured since the step began, in the unit of the limit."),
  limit: z.number().optional().describe("The limit that it was held against."),
  belowPercent: z.number().optional().describe("Percent below which the true rate is by what was measured, at analysis.confidencePercent."),
  dryRun: z.boolean().optional().describe("Whether a failure is only shown."),
  message: sentence().describe("The measurement in words."),
});

/** Where a contract migration stands; one that failed waits again after a retry request. */
const CONTRACT_STATES = ["Waiting", "Running", "Succeeded", "Failed"] as const;

const contractSchema = z.strictObject({
  release: word().describe("Revision whose contract migration it is."),
  state: z.enum(CONTRACT_STATES).describe("Where it stands."),
  at: time().describe("When it began or ended."),
  olderReleases: list(word(), 50).optional().describe("Revisions that need the schema before it, so that nothing returns to them."),
});

const releaseSchema = z.strictObject({
  stable: word().optional().describe("Revision that all users get."),
  candidate: word().optional().describe("Revision that is under way."),
  previous: word().optional().describe("Revision that was stable before, to which the rollback request returns."),
  stableSince: time().optional().describe("When the stable revision became so; migration.contract.afterSeconds counts from here."),
  contract: contractSchema.optional().describe("The newest contract migration that has begun."),
  phase: z.enum(RELEASE_PHASES).describe("Where the release stands."),
  strategy: z.enum(ROLLOUT_STRATEGIES).optional().describe("The strategy with which the candidate began."),
  skipSteps: z.boolean().optional().describe("Whether the candidate goes to full weight without steps: a rollback or a hotfix."),
  step: count().optional().describe("Step of the canary, from 0."),
  weight: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe("Weight of the step, in percent of the requests; what the candidate gets now is in the message."),
  message: sentence().optional().describe("What the release waits for, or why it failed."),
  startedAt: time().optional().describe("When the release began."),
  phaseStartedAt: time().optional().describe("When the phase began."),
  stepStartedAt: time().optional().describe("When the step began to count: all its pods were ready."),
  unreadySince: time()
    .optional()
    .describe("Since when pods of the candidate are missing; rollout.progressDeadlineSeconds counts from here."),
  pods: count().optional().describe("Web pods that are needed before the pods of the candidate's own track may go."),
  analysis: listByName(metricResultSchema, 30).optional().describe("The verdict of each check."),
  analyzedAt: time().optional().describe("When the newest round of the analysis ended."),
  proven: list(sentence(), 25).optional().describe("What each step that passed has proven of the candidate, in words."),
  inconclusiveSince: time().optional().describe("Since when nothing could be seen of the candidate."),
  pause: z
    .strictObject({
      reason: z.enum(PAUSE_REASONS).describe("Why: a request, the gate of a step, an analysis that is inconclusive, or a freeze."),
      since: time().describe("Since when."),
    })
    .optional()
    .describe("Why the release stays where it is."),
});

const componentSchema = z.strictObject({
  name: word().describe("Name of the component: web, worker-<name>, redis-cache, ..."),
  desired: count().optional().describe("Pods that are wanted."),
  replicas: count().describe("Pods that exist."),
  ready: count().describe("Pods that are ready."),
  updated: count().optional().describe("Pods of the newest release."),
  message: sentence().optional().describe("What is wrong with it."),
});

const hex = () => z.string().max(16);

const secretWriterSchema = z.strictObject({
  id: hex().describe("Digest of the field manager and its operation."),
  at: z.string().max(64).describe("When it last wrote, as managedFields say."),
  keys: hex().describe("Digest of the names of the keys that it owns."),
  rest: hex().describe("Digest of all else that it owns: its labels and annotations, for example."),
});

const secretSchema = z.strictObject({
  name: word().describe("Name of the Secret."),
  uid: word().optional().describe("Its uid; absent while a Secret that pods do without was never seen."),
  keys: hex().optional().describe("Digest of the names of its keys; absent where it has no managedFields."),
  content: hex().optional().describe("Digest of its writer's own annotations about the data, such as a hash, where there are some."),
  writers: list(secretWriterSchema, 16).optional().describe("Who last wrote its data."),
  version: hex()
    .optional()
    .describe("What pods carry of it, in an annotation; another one with each change of data, absent before the first."),
});

const scheduleStatusSchema = z.strictObject({
  name: word().describe("Name of the schedule."),
  lastRun: time().optional().describe("When it last ran."),
  lastSuccess: time().optional().describe("When it last ended well."),
  active: count().optional().describe("Runs under way."),
});

/** Why a child is not written. */
const REFUSAL_REASONS = ["ApplyRefused", "QuotaExceeded", "ApplyFailed", "ObjectNotOurs"] as const;

const refusalSchema = z.strictObject({
  kind: word().describe("Kind of the object."),
  name: word().describe("Name of the object."),
  role: word().optional().describe("What it is to the app, such as schedule-report/cron-job. Absent: it should be deleted."),
  reason: z.enum(REFUSAL_REASONS).describe("Why, in one CamelCase word; docs/reference/conditions.md lists them."),
  message: sentence().describe("What the API server says, and which field to change."),
  since: time().describe("Since when; a release that waits for it fails rollout.progressDeadlineSeconds later."),
  holdsBack: list(word(), 200).optional().describe("What is not written or deleted because of it."),
});

/** `status`: what the operator reports; nobody else writes it. */
export const statusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .min(NEVER_OBSERVED)
    .optional()
    .describe("The generation of the spec that the status speaks of; -1 until the operator has seen the app."),
  conditions: listByKeys(conditionSchema, 32, ["type"]).optional().describe("What holds and what does not."),
  release: releaseSchema.optional().describe("The release under way, or the stable one."),
  quarantined: listByKeys(
    z.strictObject({
      release: word().describe("Revision that failed."),
      reason: sentence().describe("Why it failed."),
      at: time().describe("When it failed."),
    }),
    20,
    ["release"],
  )
    .optional()
    .describe("Releases that failed and are not tried again by themselves."),
  refusals: listByKeys(refusalSchema, 100, ["kind", "name"])
    .optional()
    .describe("Objects that the API server does not let the operator write or delete; it tries again every 30 seconds."),
  connectionBudget: z
    .strictObject({
      sum: z.string().max(64).optional().describe('The sum, as kubectl prints it: "51 of 87".'),
      limit: count().describe("Database connections that the app may open: maxConnections - reservedConnections."),
      used: count().describe("Database connections that all can open that may exist at once, ending pods included."),
      perPod: count().describe("Database connections of one pod."),
    })
    .optional()
    .describe("The database connections."),
  components: listByName(componentSchema, 100).optional().describe("The state of each component."),
  replicas: count().optional().describe("Pods of the web component (the scale subresource)."),
  selector: z.string().max(1024).optional().describe("Selector of the pods of the web component (the scale subresource)."),
  queueStorage: z.string().max(64).optional().describe("Size that the volume of the managed queue has or grows to."),
  schedules: listByName(scheduleStatusSchema, 50).optional().describe("The last runs of each schedule."),
  secrets: listByName(secretSchema, 500)
    .optional()
    .describe("The Secrets that pods read: who wrote them, out of their metadata. The data is never read."),
  errorBudget: listByName(
    z.strictObject({
      name: word().describe("Name of the objective."),
      remainingPercent: z.number().describe("Percent of the error budget that is left; negative when it is overdrawn."),
    }),
    10,
  )
    .optional()
    .describe("What is left of the error budget of each objective."),
  scaling: z
    .strictObject({
      floor: count().describe("The floor of the web component now."),
      ceiling: count().optional().describe("The ceiling of the web component now."),
      reason: sentence().describe("Why they are so."),
    })
    .optional()
    .describe("The bounds of the web component."),
  requests: list(
    z.strictObject({
      action: z.enum(REQUEST_ACTIONS).describe("What was asked for."),
      id: z.string().max(63).describe("The id of the request."),
      outcome: z.enum(REQUEST_OUTCOMES).describe("What became of it."),
      message: sentence().optional().describe("Why it was refused."),
      at: time().describe("When it was handled."),
    }),
    20,
  )
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["action"] })
    .optional()
    .describe("The last handled request of each action."),
});

/** What the operator reports. */
export type ScalableAppStatus = z.output<typeof statusSchema>;
/** Where a release stands. */
export type ReleaseStatus = z.output<typeof releaseSchema>;
/** The newest contract migration that has begun. */
export type ContractStatus = z.output<typeof contractSchema>;
/** The last judgement of one metric. */
export type MetricResult = z.output<typeof metricResultSchema>;
/** A release that failed and is not tried again by itself. */
export type QuarantinedRelease = NonNullable<ScalableAppStatus["quarantined"]>[number];
/** An object that the API server does not let the operator write or delete. */
export type Refusal = NonNullable<ScalableAppStatus["refusals"]>[number];
/** A request that was handled, and what became of it. */
export type HandledRequest = NonNullable<ScalableAppStatus["requests"]>[number];
/** The state of a component. */
export type ComponentStatus = z.output<typeof componentSchema>;
/** The last runs of a schedule. */
export type ScheduleStatus = z.output<typeof scheduleStatusSchema>;
/** A writer of the data of a Secret. */
export type SecretWriter = z.output<typeof secretWriterSchema>;
/** What is remembered of a Secret that pods read. */
export type SecretStatus = z.output<typeof secretSchema>;
