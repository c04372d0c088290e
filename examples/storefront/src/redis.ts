import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import type { Logger } from "./log.ts";

// One line per outage, not one per reconnect attempt.
const reconnect = { minMs: 100, maxMs: 5_000 };

/** Opens a Redis connection that reconnects for ever and never ends the process. */
export function openRedis(url: string, options: RedisOptions & { label: string; log: Logger }): Redis {
  const { label, log, ...redisOptions } = options;
  const redis = new Redis(url, { retryStrategy: reconnectDelay, connectTimeout: 2_000, ...redisOptions });
  let failing = false;
  redis.on("error", (error: Error) => {
    if (!failing) log.warn({ err: error, redis: label }, "redis connection lost");
    failing = true;
  });
  redis.on("ready", () => {
    if (failing) log.info({ redis: label }, "redis connection is back");
    failing = false;
  });
  return redis;
}

/** Settings for callers that rather fail at once than wait for Redis to come back. */
export const failFast: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };

/** Closes politely when connected, at once when not. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === "ready") await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}

// Full jitter, so that a fleet does not come back in one wave.
function reconnectDelay(attempt: number): number {
  const ceiling = Math.min(reconnect.maxMs, reconnect.minMs * 2 ** Math.min(attempt, 10));
  return reconnect.minMs + Math.random() * (ceiling - reconnect.minMs);
}
