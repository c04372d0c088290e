import { z } from "zod";
import { MAX_REPLICAS, workerAutoscalingSchema } from "./autoscaling.ts";
import { componentFields, componentImage } from "./component.ts";
import { POOLER_PORT, RESOURCES_DESCRIPTION, appResources, words } from "./container.ts";
import { seconds } from "./duration.ts";
import { workerHealthSchema } from "./health.ts";
import { celValue, exactlyOne, notBoth, withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { dnsLabel, integer, matching, requestPath, setOf, text } from "./text.ts";

/** Waiting jobs for which one replica is kept, where nothing else is said. */
export const DEFAULT_JOBS_PER_REPLICA = 50;

const queueSchema = withRules(
  z.strictObject({
    bullmq: text(200).optional().describe("Name of a BullMQ queue on the queue Redis."),
    redisList: text(200).optional().describe("Key of a list on the queue Redis."),
    redisLists: setOf(text(200), 20)
      .min(1, "must name at least one list")
      .optional()
      .describe("Keys of several lists on the queue Redis, such as those of Celery or Sidekiq."),
    redisStream: z
      .strictObject({ key: text(200).describe("Key of the stream."), group: text(200).describe("Name of the consumer group.") })
      .optional()
      .describe("A stream on the queue Redis."),
    jobsPerReplica: integer(1, 100_000).default(DEFAULT_JOBS_PER_REPLICA).describe("Waiting jobs for which one replica is kept."),
  }),
  [exactlyOne(["bullmq", "redisList", "redisLists", "redisStream"])],
);

const DEFAULT_BUSY_PORT = 9394;

const busySchema = withRules(
  z.strictObject({
    metric: matching(200, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "must be the name of a Prometheus metric")
      .default("worker_busy_jobs")
      .describe("Name of a gauge with the number of jobs that the pod works on now, its child processes included; 0: it is idle."),
    port: integer(1, 65_535).default(DEFAULT_BUSY_PORT).describe("Port on which each pod of the worker serves the gauge."),
    path: requestPath().default("/metrics").describe("Path of the gauge, in the Prometheus text format."),
  }),
  [
    {
      cel: `${celValue("port", DEFAULT_BUSY_PORT)} != ${POOLER_PORT}`,
      holds: ({ port }) => port !== POOLER_PORT,
      message: `must not be ${POOLER_PORT}, where the pooler listens`,
      field: "port",
    },
  ],
);

interface Listening {
  readonly port?: number | undefined;
  readonly health?: { readonly type: string } | undefined;
}

interface Counted {
  readonly singleton: boolean;
  readonly replicas?: number | undefined;
  readonly autoscaling?: unknown;
}

const PORT_RULES: readonly Rule<Listening>[] = [
  {
    cel: `!has(self.port) || self.port != ${POOLER_PORT}`,
    holds: ({ port }) => port !== POOLER_PORT,
    message: `must not be ${POOLER_PORT}, where the pooler listens`,
    field: "port",
  },
  {
    cel: "!has(self.health) || has(self.port) || (has(self.health.type) && self.health.type == 'exec')",
    holds: ({ port, health }) => health === undefined || port !== undefined || health.type === "exec",
    message: "needs `port`, which is asked: give it, or use type exec with a command",
    field: "health",
  },
];

const SINGLETON_RULE: Rule<Counted> = {
  cel: "!has(self.singleton) || !self.singleton || (!has(self.autoscaling) && (!has(self.replicas) || self.replicas <= 1))",
  holds: ({ singleton, replicas = 1, autoscaling }) => !singleton || (autoscaling === undefined && replicas <= 1),
  message: "runs one pod at most: remove autoscaling and replicas",
  field: "singleton",
};

/** A component that takes jobs from a queue, or does other work beside the web component. */
export const workerSchema = withRules(
  z.strictObject({
    name: dnsLabel(30).describe("Name of the worker, unique within the app."),
    command: words().default([]).describe("Replaces the entrypoint of the image. Default: the entrypoint of the image."),
    args: words().default([]).describe("Arguments. Default: those of the image."),
    image: componentImage,
    ...componentFields,
    resources: appResources().describe(RESOURCES_DESCRIPTION),
    port: integer(1, 65_535)
      .optional()
      .describe("Port that the worker listens on, passed to it as the PORT variable; a Service <app>-<name> leads to it. Default: none."),
    health: workerHealthSchema
      .optional()
      .describe("How the state of the worker is asked for. Default: a connection to the port, where there is one."),
    singleton: z
      .boolean()
      .default(false)
      .describe(
        "Whether two of it must not run at once: one pod, and a release ends it before it starts the new one. That holds for what the operator does; when a pod is deleted or evicted (a node that is drained or lost), Kubernetes starts the next one while the old one still ends, so work that must never run twice takes a lock of its own too.",
      ),
    replicas: integer(0, MAX_REPLICAS)
      .optional()
      .describe("A fixed number of replicas, instead of autoscaling. Default: 1 where autoscaling is not given."),
    queue: queueSchema
      .optional()
      .describe(
        "The queue that it takes jobs from. A release ends idle workers before busy ones: BullMQ and streams on a managed queue Redis know who is idle; lists do not, see busy.",
      ),
    busy: busySchema
      .optional()
      .describe(
        "Where each pod says how many jobs it works on, so that a release ends idle pods first. Needed with redisList and redisLists (Celery, Sidekiq, RQ) and with an external queue Redis, and used instead of the queue where both are given. Default: none.",
      ),
    autoscaling: workerAutoscalingSchema.optional().describe("How the number of replicas follows the load. Default: none."),
    drainSeconds: seconds(0, 86_400).default(60).describe("Seconds that a worker gets to finish its job before it is killed."),
    spot: z.boolean().default(false).describe("Whether the worker may run on spot nodes."),
  }),
  [
    {
      cel: "(has(self.command) && self.command.size() > 0) || (has(self.args) && self.args.size() > 0) || has(self.image)",
      holds: ({ command, args, image }) => command.length > 0 || args.length > 0 || image !== undefined,
      message:
        "must name the program of the worker, which would otherwise run what web runs: add it, such as [node, worker.js], or args, or an image of its own",
      field: "command",
    },
    notBoth("replicas", "autoscaling"),
    ...PORT_RULES,
    SINGLETON_RULE,
    {
      cel: "!has(self.autoscaling) || !has(self.autoscaling.minReplicas) || self.autoscaling.minReplicas > 0 || has(self.queue) || (has(self.autoscaling.triggers) && self.autoscaling.triggers.size() > 0)",
      holds: (worker) =>
        worker.autoscaling === undefined ||
        worker.autoscaling.minReplicas > 0 ||
        worker.queue !== undefined ||
        worker.autoscaling.triggers.length > 0,
      message: "must be at least 1 without a queue or a trigger, because nothing would wake the worker",
      field: "autoscaling.minReplicas",
    },
  ],
);

/** A component that takes jobs from a queue, or does other work beside the web component. */
export type Worker = z.output<typeof workerSchema>;
/** The queue of a worker. */
export type WorkerQueue = z.output<typeof queueSchema>;
