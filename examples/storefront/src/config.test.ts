import { expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { isConnectionError, isDatabaseUnavailable, withLibpqTls } from "./database-errors.ts";
import { tickOfRun } from "./report-tick.ts";

const base = { DATABASE_URL: "postgres://app@127.0.0.1:6432/app" };

test("only the database url is required; faults are off and parts that are not configured absent", () => {
  const config = loadConfig(base);
  expect(config).toMatchObject({ port: 8080, replicaUrls: [], cacheUrl: undefined, queueUrl: undefined });
  expect(Object.values(config.faults).every((fault) => fault === 0 || fault === false)).toBe(true);
});

test.each([
  [{}, "DATABASE_URL"],
  [{ ...base, PORT: "http" }, "PORT"],
  [{ ...base, FAULT_ERROR_PERCENT: "101" }, "FAULT_ERROR_PERCENT"],
  [{ ...base, FAULT_LATENCY_MS: "-1" }, "FAULT_LATENCY_MS"],
])("%j is refused by the variable's name", (env, name) => {
  expect(() => loadConfig(env)).toThrow(name);
});

test("replica urls are separated by commas, which may also stand inside one", () => {
  const env = { ...base, DATABASE_REPLICA_URLS: "postgres://a,b/app, postgresql://c/app" };
  expect(loadConfig(env).replicaUrls).toEqual(["postgres://a,b/app", "postgresql://c/app"]);
});

test("broken connections are reported from failed statements and from overload", () => {
  const restart = Object.assign(new Error("terminating connection"), { code: "57P01" });
  const duplicate = Object.assign(new Error("duplicate key"), { code: "23505" });
  const overload = new Error("timeout exceeded when trying to connect");
  expect([restart, duplicate, overload].map(isConnectionError)).toEqual([true, false, false]);
  expect([restart, duplicate, overload].map(isDatabaseUnavailable)).toEqual([true, false, true]);
});

test("sslmode is read as libpq reads it", () => {
  expect(withLibpqTls("postgres://h/db?sslmode=require")).toBe("postgres://h/db?sslmode=require&uselibpqcompat=true");
  expect(withLibpqTls("postgres://h/db")).toBe("postgres://h/db");
});

test("a run of a CronJob stands for its scheduled minute, any other run for this minute", () => {
  const now = new Date("2026-11-21T08:30:45.678Z");
  const minutes = Date.parse("2026-11-21T03:00:00Z") / 60_000;
  expect(tickOfRun(`shop-nightly-report-${minutes}`, now)).toEqual(new Date("2026-11-21T03:00:00Z"));
  expect(tickOfRun("by-hand-1", now)).toEqual(new Date("2026-11-21T08:30:00Z"));
});
