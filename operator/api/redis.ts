import { z } from "zod";
import { quantity } from "./quantity.ts";
import { urlFromSchema } from "./reference.ts";

/** Memory of a managed cache where the user names none. */
export const DEFAULT_CACHE_MEMORY = "256Mi";
/** Memory of a managed queue where the user names none. */
export const DEFAULT_QUEUE_MEMORY = "512Mi";
/** Storage of a managed queue where the user names none. */
export const DEFAULT_QUEUE_STORAGE = "5Gi";

const enabled = z.boolean().default(true).describe("Whether it exists; false switches off what the stage would fill in.");
const urlFrom = urlFromSchema.optional().describe("Where the URL of an external Redis comes from. Default: none, a Redis is managed.");

const cacheSchema = z.strictObject({
  enabled,
  urlFrom,
  memory: quantity()
    .optional()
    .describe(`Memory of the managed Redis, in bytes; the least recently used keys leave it. Default: ${DEFAULT_CACHE_MEMORY}.`),
});

const queueSchema = z.strictObject({
  enabled,
  urlFrom,
  memory: quantity()
    .optional()
    .describe(`Memory of the managed Redis, in bytes; writes are refused when it is full. Default: ${DEFAULT_QUEUE_MEMORY}.`),
  storage: quantity().optional().describe(`Size of the volume of the managed Redis, in bytes. Default: ${DEFAULT_QUEUE_STORAGE}.`),
  storageClassName: z.string().min(1).max(253).optional().describe("StorageClass of the volume. Default: the cluster's default."),
});

/** An external Redis, or a managed cache. */
export type RedisCache = { readonly urlFrom: z.output<typeof urlFromSchema> } | { readonly urlFrom?: undefined; readonly memory: string };
/** An external Redis, or a managed queue with a volume. */
export type RedisQueue =
  | { readonly urlFrom: z.output<typeof urlFromSchema> }
  | { readonly urlFrom?: undefined; readonly memory: string; readonly storage: string; readonly storageClassName?: string };
/** The Redis servers of the app; each is undefined where the app has none. */
export interface Redis {
  readonly cache?: RedisCache;
  readonly queue?: RedisQueue;
}

function externalRule(fields: readonly string[]) {
  return {
    rule: `!has(self.urlFrom) || !(${fields.map((field) => `has(self.${field})`).join(" || ")})`,
    message: `names an external Redis: remove urlFrom, or remove ${fields.join(", ")} of the managed one`,
    fieldPath: ".urlFrom",
  };
}

/** The Redis servers of the app. */
export const redisSchema = z
  .strictObject({
    cache: cacheSchema
      .optional()
      .meta({ "x-kubernetes-validations": [externalRule(["memory"])] })
      .describe("A cache (no persistence, least recently used keys leave), told by REDIS_CACHE_URL. Default: by stage (growth and above)."),
    queue: queueSchema
      .optional()
      .meta({ "x-kubernetes-validations": [externalRule(["memory", "storage", "storageClassName"])] })
      .describe(
        "A queue (append-only file on a volume, nothing is evicted), told by REDIS_QUEUE_URL. Default: by stage (steady and above).",
      ),
  })
  .transform(toRedis);

function toRedis(given: { cache?: z.output<typeof cacheSchema> | undefined; queue?: z.output<typeof queueSchema> | undefined }): Redis {
  const cache = given.cache?.enabled === true ? toCache(given.cache) : undefined;
  const queue = given.queue?.enabled === true ? toQueue(given.queue) : undefined;
  return { ...(cache === undefined ? {} : { cache }), ...(queue === undefined ? {} : { queue }) };
}

function toCache(given: z.output<typeof cacheSchema>): RedisCache {
  return given.urlFrom === undefined ? { memory: given.memory ?? DEFAULT_CACHE_MEMORY } : { urlFrom: given.urlFrom };
}

function toQueue(given: z.output<typeof queueSchema>): RedisQueue {
  if (given.urlFrom !== undefined) {
    return { urlFrom: given.urlFrom };
  }
  const volume = given.storageClassName === undefined ? {} : { storageClassName: given.storageClassName };
  return { memory: given.memory ?? DEFAULT_QUEUE_MEMORY, storage: given.storage ?? DEFAULT_QUEUE_STORAGE, ...volume };
}
