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
  expect(names.pgbouncerName("shop", "0a1b2c3d4e")).toBe("shop-pgbouncer-0a1b2c3d4e");
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
    names.pgbouncerName(app, "0a1b2c3d4e"),
    names.serviceAccountName(app),
  ];
  for (const name of longest) expect(name.length).toBeLessThanOrEqual(63);
});

test("the queue leaves room for the hash that a StatefulSet appends in a label of its pods", () => {
  expect(names.redisQueueName("a".repeat(MAX_APP_NAME_LENGTH)).length).toBeLessThanOrEqual(63 - 11);
});

test("a name that is too long is cut, and stays apart from others that are cut alike", () => {
  const one = names.configMapCopyName("shop", "0a1b2c3d4e", `${"a".repeat(226)}.-.${"b".repeat(20)}`);
  const other = names.configMapCopyName("shop", "0a1b2c3d4e", `${"a".repeat(226)}.-.${"c".repeat(20)}`);
  expect(one).not.toBe(other);
  for (const name of [one, other]) {
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u);
    expect(name).not.toMatch(/\.-|-\./u);
  }
  expect(names.configMapCopyName("shop", "0a1b2c3d4e", "settings")).toBe("shop-0a1b2c3d4e-settings");
});
