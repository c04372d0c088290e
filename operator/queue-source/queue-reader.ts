import { Redis } from "ioredis";
import { bullmqWorkers, readActivity } from "./activity.ts";
import type { Activity, Queue } from "./activity.ts";
import { parseClientList } from "./client-list.ts";
import type { Connection } from "./client-list.ts";
import { readList } from "../base/read.ts";

/** A Redis without a password. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
}

/** Asks a Redis who works on some queues: one answer per queue, in their order. Rejects where Redis does not answer. */
export type QueueReader = (server: RedisServer, queues: readonly Queue[]) => Promise<readonly Activity[]>;

/** Jobs of a queue that are looked at; further ones are held by nobody knows whom. */
const maxJobs = 1000;

/** Makes a reader; it holds no connection between two questions. Connecting and each command have 2,000 ms unless another limit is given. */
export function createQueueReader(timeoutMs = 2000): QueueReader {
  const limits = { connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0, retryStrategy: () => null };
  return async ({ host, port }, queues) => {
    const redis = new Redis({ host, port, lazyConnect: true, enableReadyCheck: false, connectionName: "scalable-app", ...limits });
    try {
      // A command that fails says only that the connection is closed; the event before it says why.
      const broken = new Promise<never>((_resolve, reject) => redis.on("error", reject));
      return await Promise.race([ask(redis, queues), broken]);
    } catch (error) {
      throw new Error(`Redis at ${host}:${port} does not answer`, { cause: error });
    } finally {
      redis.disconnect();
    }
  };
}

async function ask(redis: Redis, queues: readonly Queue[]): Promise<readonly Activity[]> {
  await redis.connect();
  const connections = parseClientList(String(await redis.client("LIST")));
  return Promise.all(queues.map(async (queue) => readActivity(queue, connections, await workingOn(redis, queue, connections))));
}

/** The names of the workers that have a job, as the queue itself says; empty for a job that names nobody. */
async function workingOn(redis: Redis, queue: Queue, connections: readonly Connection[]): Promise<readonly string[]> {
  switch (queue.kind) {
    case "bullmq":
      return bullmqWorking(redis, queue.name, connections);
    case "stream":
      return streamWorking(redis, queue.key, queue.group);
  }
}

async function bullmqWorking(redis: Redis, queue: string, connections: readonly Connection[]): Promise<readonly string[]> {
  const prefixes = new Set(bullmqWorkers(queue, connections).map(({ prefix }) => prefix));
  const names = await Promise.all(
    [...prefixes].map(async (prefix) => {
      const jobs = await redis.lrange(`${prefix}:${queue}:active`, 0, maxJobs - 1);
      // BullMQ writes the worker's name, where it has one, into each job that it takes.
      const found = await Promise.all(jobs.map(async (job) => redis.hget(`${prefix}:${queue}:${job}`, "pb")));
      return jobs.length < maxJobs ? found : [...found, ""];
    }),
  );
  return [...new Set(names.flat().map((name) => name ?? ""))];
}

async function streamWorking(redis: Redis, key: string, group: string): Promise<readonly string[]> {
  // A stream that nobody has made yet has no consumers.
  const consumers: unknown = await redis.xinfo("CONSUMERS", key, group).catch(() => []);
  return readList(consumers).flatMap((consumer: unknown) => {
    const [name, pending] = ["name", "pending"].map((field) => valueOf(consumer, field));
    return typeof name === "string" && Number(pending) > 0 ? [name] : [];
  });
}

/** A value from a flat list of names and values, which is how Redis reports things. */
function valueOf(list: unknown, name: string): unknown {
  return Array.isArray(list) && list.includes(name) ? list[list.indexOf(name) + 1] : undefined;
}
