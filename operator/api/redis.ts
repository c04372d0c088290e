import { z } from "zod";
import { redisPartsSchema } from "./connection-parts.ts";
import type { RedisParts } from "./connection-parts.ts";
import { resourcesSchema } from "./container.ts";
import type { Resources } from "./container.ts";
import { bytes, isQuantity, quantityValue } from "./quantity.ts";
import { urlFromSchema } from "./reference.ts";
import { withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Memory of a managed cache where the user names none. */
const DEFAULT_CACHE_MEMORY = "256Mi";
/** Memory of a managed queue where the user names none. */
const DEFAULT_QUEUE_MEMORY = "512Mi";
/** Storage of a managed queue where the user names none. */
export const DEFAULT_QUEUE_STORAGE = "5Gi";

/** The least memory with which Redis starts and holds something: it needs about 10 MiB itself. */
const LEAST_MEMORY = "32Mi";
/** The least volume: Redis rewrites no append-only file below 64 MiB, and the rewritten copy stands beside the old one. */
const LEAST_STORAGE = "128Mi";
/**
 * How often the memory must fit into the volume. Data fill 60 % of the memory; the append-only file grows to twice the data before it is
 * rewritten, and the copy stands beside it meanwhile: 1.8 times, and 1.2 for what is written while the copy is made. It is what Redis'
 * own hardware requirements name as the least for persistent storage (RAM x 3).
 */
const STORAGE_PER_MEMORY = 3;

const enabled = z.boolean().default(true).describe("Whether it exists; false switches off what the stage would fill in.");
const urlFrom = urlFromSchema.optional().describe("Where the URL of an external Redis comes from. Default: none, a Redis is managed.");

const partsFrom = redisPartsSchema
  .optional()
  .describe("A Secret with the parts of an external Redis, for the variables _HOST, _PORT, _USER and _PASSWORD. Default: none.");
const resources = resourcesSchema
  .prefault({})
  .describe("Requests and limits of the managed Redis beside `memory`, which is both of memory. Default: 50m CPU requested.");

/** The keys of an external Redis are of no use to a managed one. */
const partsRule: Rule<{ readonly partsFrom?: unknown; readonly urlFrom?: unknown }> = {
  cel: "!has(self.partsFrom) || has(self.urlFrom)",
  holds: (server) => server.partsFrom === undefined || server.urlFrom !== undefined,
  message: "belongs to an external Redis: give urlFrom too, or remove it",
  field: "partsFrom",
};

function externalRule(fields: readonly string[]): Rule<Readonly<Record<string, unknown>>> {
  return {
    cel: `!has(self.urlFrom) || !(${fields.map((field) => `has(self.${field})`).join(" || ")})`,
    holds: (server) => server["urlFrom"] === undefined || fields.every((field) => server[field] === undefined),
    message: `names an external Redis: remove it, or remove ${fields.join(", ")} of the managed one`,
    field: "urlFrom",
  };
}

/** Sizes of the managed queue as the user gives them. */
interface QueueSizes {
  readonly enabled: boolean;
  readonly urlFrom?: unknown;
  readonly memory?: string | undefined;
  readonly storage?: string | undefined;
}

/** A size in the rule language; one that is no quantity is refused by its own rule. */
function celBytes(field: string, fallback: string): string {
  return `quantity(has(self.${field}) && isQuantity(string(self.${field})) ? string(self.${field}) : '${fallback}').asApproximateFloat()`;
}

/** A disk that is full ends the rewrite, and then every write: the queue takes no job any more. */
const storageRule: Rule<QueueSizes> = {
  cel:
    `has(self.urlFrom) || (has(self.enabled) && !self.enabled) || ` +
    `${celBytes("storage", DEFAULT_QUEUE_STORAGE)} >= ${STORAGE_PER_MEMORY}.0 * ${celBytes("memory", DEFAULT_QUEUE_MEMORY)}`,
  holds: ({ enabled: exists, urlFrom: url, memory = DEFAULT_QUEUE_MEMORY, storage = DEFAULT_QUEUE_STORAGE }) =>
    url !== undefined ||
    !exists ||
    ![memory, storage].every(isQuantity) ||
    // It is refused for itself.
    quantityValue(storage) < quantityValue(LEAST_STORAGE) ||
    quantityValue(storage) >= STORAGE_PER_MEMORY * quantityValue(memory),
  message: `cannot hold the append-only file while it is rewritten: give at least ${STORAGE_PER_MEMORY} times memory (${DEFAULT_QUEUE_MEMORY} where none is given), or lower memory; where no storage is given it is ${DEFAULT_QUEUE_STORAGE}`,
  field: "storage",
};

const cacheSchema = withRules(
  z.strictObject({
    enabled,
    urlFrom,
    partsFrom,
    resources,
    memory: bytes(LEAST_MEMORY)
      .optional()
      .describe(`Memory of the managed Redis, in bytes; the least recently used keys leave it. Default: ${DEFAULT_CACHE_MEMORY}.`),
  }),
  [externalRule(["memory"]), partsRule],
);

const queueSchema = withRules(
  z.strictObject({
    enabled,
    urlFrom,
    partsFrom,
    resources,
    memory: bytes(LEAST_MEMORY)
      .optional()
      .describe(`Memory of the managed Redis, in bytes; writes are refused when it is full. Default: ${DEFAULT_QUEUE_MEMORY}.`),
    storage: bytes(LEAST_STORAGE)
      .optional()
      .describe(
        `Size of the volume of the managed Redis, in bytes; at least ${STORAGE_PER_MEMORY} times memory, so that the append-only file and its rewritten copy fit beside each other. It can grow where its StorageClass allows that, and never shrinks. Default: ${DEFAULT_QUEUE_STORAGE}, enough for a memory of 1706Mi.`,
      ),
    storageClassName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("StorageClass of the volume; it cannot change once the volume exists. Default: the cluster's default."),
  }),
  [externalRule(["memory", "storage", "storageClassName"]), partsRule, storageRule],
);

interface ExternalRedis {
  readonly urlFrom: z.output<typeof urlFromSchema>;
  readonly partsFrom?: RedisParts;
}

interface ManagedRedis {
  readonly urlFrom?: undefined;
  readonly memory: string;
  readonly resources: Resources;
}

/** An external Redis, or a managed cache. */
export type RedisCache = ExternalRedis | ManagedRedis;
/** An external Redis, or a managed queue with a volume. */
export type RedisQueue = ExternalRedis | (ManagedRedis & { readonly storage: string; readonly storageClassName?: string });
/** The Redis servers of the app; each is undefined where the app has none. */
export interface Redis {
  readonly cache?: RedisCache;
  readonly queue?: RedisQueue;
}

/** The Redis servers of the app. */
export const redisSchema = z
  .strictObject({
    cache: cacheSchema
      .optional()
      .describe(
        "A cache (no persistence, least recently used keys leave), passed as REDIS_CACHE_URL. Default: by stage (growth and above).",
      ),
    queue: queueSchema
      .optional()
      .describe(
        "A queue (append-only file on a volume, nothing is evicted), passed as REDIS_QUEUE_URL. Default: by stage (steady and above).",
      ),
  })
  .transform(toRedis);

function toRedis(given: { cache?: z.output<typeof cacheSchema> | undefined; queue?: z.output<typeof queueSchema> | undefined }): Redis {
  const cache = given.cache?.enabled === true ? toCache(given.cache) : undefined;
  const queue = given.queue?.enabled === true ? toQueue(given.queue) : undefined;
  return { ...(cache === undefined ? {} : { cache }), ...(queue === undefined ? {} : { queue }) };
}

function toCache(given: z.output<typeof cacheSchema>): RedisCache {
  return toExternal(given) ?? { memory: given.memory ?? DEFAULT_CACHE_MEMORY, resources: given.resources };
}

function toExternal({
  urlFrom: url,
  partsFrom: parts,
}: z.output<typeof cacheSchema> | z.output<typeof queueSchema>): ExternalRedis | undefined {
  if (url === undefined) return undefined;
  return parts === undefined ? { urlFrom: url } : { urlFrom: url, partsFrom: parts };
}

function toQueue(given: z.output<typeof queueSchema>): RedisQueue {
  const external = toExternal(given);
  if (external !== undefined) return external;
  const volume = given.storageClassName === undefined ? {} : { storageClassName: given.storageClassName };
  const { resources: limits, memory = DEFAULT_QUEUE_MEMORY, storage = DEFAULT_QUEUE_STORAGE } = given;
  return { memory, storage, resources: limits, ...volume };
}
