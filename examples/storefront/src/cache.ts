import type { Logger } from "./log.ts";

/** The part of a Redis client that the cache uses. */
export interface CacheClient {
  get: (key: string) => Promise<string | null>;
  set: (key: string, value: string, unit: "PX", milliseconds: number) => Promise<unknown>;
}

/** How a lookup ended: `shared` waited for another request's load. */
export type CacheResult = "hit" | "miss" | "shared" | "error" | "off";

/** Wraps a loader into a cache-aside read, whose key is `name` and the arguments; a value must survive JSON. */
export type Cache = <Args extends (string | number)[], Value>(
  name: string,
  load: (...args: Args) => Promise<Value>,
) => (...args: Args) => Promise<Value>;

interface CacheOptions {
  /** Absent: every read loads. */
  client: CacheClient | undefined;
  /** Time to live in milliseconds; each entry gets +-20 % so that entries do not expire in one wave. */
  ttlMs: number;
  log: Logger;
  count: (result: CacheResult) => void;
}

// The version is part of every key: a release that changes the shape of a value raises it and never reads old entries.
const keyPrefix = "storefront:v1:";

/** Builds the cache; with Redis down every read still works, and concurrent misses of one key load once. */
export function createCache(options: CacheOptions): Cache {
  const { client, count, log } = options;
  async function lookup(key: string): Promise<string | null> {
    if (client === undefined) {
      count("off");
      return null;
    }
    try {
      const text = await client.get(keyPrefix + key);
      count(text === null ? "miss" : "hit");
      return text;
    } catch (error) {
      count("error");
      log.debug({ err: error, key }, "cache read failed");
      return null;
    }
  }

  async function keep(key: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    if (client === undefined || text === undefined) return;
    const milliseconds = Math.round(options.ttlMs * (0.8 + Math.random() * 0.4));
    await client.set(keyPrefix + key, text, "PX", milliseconds).catch((error: unknown) => {
      log.debug({ err: error, key }, "cache write failed");
    });
  }

  async function lookupOrLoad<Value>(key: string, load: () => Promise<Value>): Promise<Value> {
    const text = await lookup(key);
    if (text !== null) return JSON.parse(text);
    const value = await load();
    await keep(key, value);
    return value;
  }

  return (name, load) => {
    const loading = new Map<string, ReturnType<typeof load>>();
    return (...args) => {
      const key = [name, ...args].join(":");
      const running = loading.get(key);
      if (running !== undefined) {
        count("shared");
        return running;
      }
      const started = lookupOrLoad(key, () => load(...args)).finally(() => loading.delete(key));
      loading.set(key, started);
      return started;
    };
  };
}
