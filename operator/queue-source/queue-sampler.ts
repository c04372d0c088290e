import type { Queue } from "./activity.ts";
import { createActivitySampler, type ActivitySampler, type ActivitySamplerOptions } from "./activity-sampler.ts";
import type { QueueReader, RedisServer } from "./queue-reader.ts";

/** Which queues to ask for one app. */
export interface QueueJob {
  readonly server: RedisServer;
  /** The queue of each worker component, by its name. */
  readonly queues: Readonly<Record<string, Queue>>;
}

/** Asks in the background who works on the queues of apps. */
export type QueueSampler = ActivitySampler<QueueJob>;

/** What the sampler works with. */
export type QueueSamplerOptions = Omit<ActivitySamplerOptions<QueueJob>, "read"> & { readonly read: QueueReader };

/** Makes a sampler that watches nothing yet. */
export function createQueueSampler({ read, ...options }: QueueSamplerOptions): QueueSampler {
  return createActivitySampler({
    ...options,
    async read({ server, queues }: QueueJob) {
      const answers = await read(server, Object.values(queues));
      return Object.fromEntries(Object.keys(queues).flatMap((name, at) => (answers[at] === undefined ? [] : [[name, answers[at]]])));
    },
  });
}
