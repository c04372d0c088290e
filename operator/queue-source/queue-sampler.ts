import type { Activities, Queue } from "./activity.ts";
import { createPoller, type Poller, type PollerOptions } from "./poller.ts";
import type { QueueReader, RedisServer } from "./queue-reader.ts";

/** Which queues to ask for one app. */
export interface QueueJob {
  readonly server: RedisServer;
  /** The queue of each worker component, by its name. */
  readonly queues: Readonly<Record<string, Queue>>;
}

/** Asks in the background who works on the queues of apps. */
export type QueueSampler = Poller<QueueJob, Activities>;

/** What the sampler works with. */
export type QueueSamplerOptions = Omit<PollerOptions<QueueJob, Activities>, "read"> & { readonly read: QueueReader };

/** Makes a sampler that watches nothing yet. */
export function createQueueSampler({ read, ...options }: QueueSamplerOptions): QueueSampler {
  return createPoller({
    ...options,
    async read({ server, queues }: QueueJob) {
      const answers = await read(server, Object.values(queues));
      return Object.fromEntries(Object.keys(queues).flatMap((name, at) => (answers[at] === undefined ? [] : [[name, answers[at]]])));
    },
  });
}
