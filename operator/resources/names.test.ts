import { expect, test } from "vitest";
import { MAX_APP_NAME_LENGTH } from "../api/kind.ts";
import * as names from "./names.ts";

test("a reader finds a child by the names of the app and the component", () => {
  expect(names.webName("shop")).toBe("shop-web");
  expect(names.workerName("shop", "orders")).toBe("shop-worker-orders");
  expect(names.scheduleName("shop", "nightly-report")).toBe("shop-nightly-report");
  expect(names.migrationName("shop", "0a1b2c3d4e")).toBe("shop-migrate-0a1b2c3d4e");
  expect(names.redisCacheName("shop")).toBe("shop-redis-cache");
  expect(names.redisQueueName("shop")).toBe("shop-redis-queue");
  expect(names.pgbouncerName("shop")).toBe("shop-pgbouncer");
  expect(names.serviceAccountName("shop")).toBe("shop");
});

test("the longest names that the API accepts are still DNS labels", () => {
  const app = "a".repeat(MAX_APP_NAME_LENGTH);
  const longest = [
    names.webName(app),
    names.workerName(app, "w".repeat(15)),
    names.migrationName(app, "0a1b2c3d4e"),
    names.redisCacheName(app),
    names.redisQueueName(app),
    names.pgbouncerName(app),
    names.serviceAccountName(app),
  ];
  for (const name of longest) expect(name.length).toBeLessThanOrEqual(63);
});

test("the queue leaves room for the hash that a StatefulSet appends in a label of its pods", () => {
  expect(names.redisQueueName("a".repeat(MAX_APP_NAME_LENGTH)).length).toBeLessThanOrEqual(63 - 11);
});
