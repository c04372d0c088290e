import { z } from "zod";
import { MAX_REPLICAS, workerAutoscalingSchema } from "./autoscaling.ts";
import { appResources, words } from "./container.ts";
import { seconds } from "./duration.ts";
import { exactlyOne, notBoth, withRules } from "./rule.ts";
import { dnsLabel, integer, text } from "./text.ts";

const queueSchema = withRules(
  z.strictObject({
    bullmq: text(200).optional().describe("Name of a BullMQ queue on the queue Redis."),
    redisList: text(200).optional().describe("Key of a list on the queue Redis."),
    redisStream: z
      .strictObject({ key: text(200).describe("Key of the stream."), group: text(200).describe("Name of the consumer group.") })
      .optional()
      .describe("A stream on the queue Redis."),
    jobsPerReplica: integer(1, 100_000).default(50).describe("Waiting jobs for which one replica is kept."),
  }),
  [exactlyOne(["bullmq", "redisList", "redisStream"])],
);

/** A component that takes jobs from a queue. */
export const workerSchema = withRules(
  z.strictObject({
    name: dnsLabel(30).describe("Name of the worker, unique within the app."),
    command: words().default([]).describe("Replaces the entrypoint of the image. Default: the entrypoint of the image."),
    args: words().default([]).describe("Arguments. Default: those of the image."),
    resources: appResources().describe(
      "Requests and limits of the app container. Default: requests of 100m CPU and 128Mi memory, no limits.",
    ),
    replicas: integer(0, MAX_REPLICAS)
      .optional()
      .describe("A fixed number of replicas, instead of autoscaling. Default: 1 where autoscaling is not given."),
    queue: queueSchema
      .optional()
      .describe("The queue that it takes jobs from: a release ends idle workers before busy ones, where the queue Redis is a managed one."),
    autoscaling: workerAutoscalingSchema.optional().describe("How the number of replicas follows the load. Default: none."),
    drainSeconds: seconds(0, 86_400).default(60).describe("Seconds that a worker gets to finish its job before it is killed."),
    spot: z.boolean().default(false).describe("Whether the worker may run on spot nodes."),
  }),
  [
    {
      cel: "(has(self.command) && self.command.size() > 0) || (has(self.args) && self.args.size() > 0)",
      holds: ({ command, args }) => command.length > 0 || args.length > 0,
      message: "must name the program of the worker, which would otherwise run what web runs: add it, such as [node, worker.js], or args",
      field: "command",
    },
    notBoth("replicas", "autoscaling"),
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

/** A component that takes jobs from a queue. */
export type Worker = z.output<typeof workerSchema>;
/** The queue of a worker. */
export type WorkerQueue = z.output<typeof queueSchema>;
