import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import type { JobsOptions } from "bullmq";
import type { Logger } from "./log.ts";
import { closeRedis, openRedis } from "./redis.ts";

/** The queue of orders to process. */
export const ordersQueueName = "orders";

/** Where orders end that failed every attempt, for people to look at. */
export const deadQueueName = "orders-dead";

/** Three attempts, 2 s and 4 s apart; finished jobs stay a while so that a second enqueue of the same order is dropped. */
const orderJobOptions: JobsOptions = {
  attempts: 3,
  backoff: { type: "exponential", delay: 2_000 },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 86_400, count: 5_000 },
};

/** What a job carries: the order itself stays in the database. */
export interface OrderJob {
  orderId: string;
}

/** Puts orders on their way to a worker. */
export interface OrderQueue {
  enqueue: (orderId: string) => Promise<void>;
  connected: () => boolean;
  close: () => Promise<void>;
}

const enqueueTimeoutMs = 2_000;

/** The BullMQ queue on Redis; the order's id is the job's id, so enqueueing twice is harmless. */
export function openOrderQueue(url: string, log: Logger): OrderQueue {
  // BullMQ never recovers from a first command that failed, so its commands wait for Redis; our callers do not.
  const connection = openRedis(url, { maxRetriesPerRequest: null, label: "queue", log });
  const queue = new Queue<OrderJob>(ordersQueueName, { connection, defaultJobOptions: orderJobOptions });
  queue.on("error", (error) => log.debug({ err: error }, "queue error"));
  return {
    enqueue: async (orderId) => {
      if (connection.status !== "ready") throw new Error("redis of the queue is not connected");
      await withinTimeout(queue.add("process", { orderId }, { jobId: orderId }));
    },
    connected: () => connection.status === "ready",
    close: async () => {
      if (connection.status === "ready") await queue.close();
      await closeRedis(connection);
    },
  };
}

async function withinTimeout(work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const timeout = delay(enqueueTimeoutMs, undefined, { signal: done.signal }).then(() => {
    throw new Error("redis of the queue did not answer in time");
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    done.abort();
  }
}
