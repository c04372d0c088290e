import { BatchV1Api, ApiException, KubeConfig } from "@kubernetes/client-node";
import * as fc from "fast-check";
import { beforeAll, expect, inject, test } from "vitest";
import { readCron } from "./cron.ts";
import { isTimeZone } from "./duration.ts";
import { TIME_ZONE_NAMES } from "./time-zone-names.ts";

const kubeConfig = new KubeConfig();
beforeAll(() => kubeConfig.loadFromFile(inject("kubeconfig")));

/** What the API server says against a CronJob; nothing where it takes it. */
async function objectionTo(schedule: string, timeZone: string): Promise<string> {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } };
  const spec = { schedule, timeZone, jobTemplate: { spec: { template } } };
  try {
    await kubeConfig
      .makeApiClient(BatchV1Api)
      .createNamespacedCronJob({ namespace: "default", body: { metadata: { name: "cron" }, spec }, dryRun: "All" });
    return "";
  } catch (error) {
    if (error instanceof ApiException) return JSON.stringify(error.body);
    throw error;
  }
}

const number = fc.integer({ min: 0, max: 62 }).map(String);
const value = fc.oneof(
  { weight: 4, arbitrary: number },
  fc.constantFrom("*", "?", "L", "W", "1#2", "jan", "SUN", "fri", "MAI", "007", "", "7"),
);
const range = fc.oneof(
  { weight: 3, arbitrary: value },
  fc.tuple(value, value).map((ends) => ends.join("-")),
);
const item = fc.oneof(
  { weight: 3, arbitrary: range },
  fc.tuple(range, fc.integer({ min: 0, max: 99 })).map((parts) => parts.join("/")),
);
const field = fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => items.join(","));
const expressions = fc.oneof(
  fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(" ")),
  // Mostly right: one field at a time is tried.
  fc.tuple(fc.integer({ min: 0, max: 4 }), field).map(([at, text]) => ["*", "*", "*", "*", "*"].with(at, text).join(" ")),
);

test("a cron expression is accepted here exactly when a CronJob takes it, but for the few that are refused on purpose", async () => {
  const outcomes = { both: 0, neither: 0 };
  await fc.assert(
    fc.asyncProperty(expressions, async (expression) => {
      const read = readCron(expression);
      const objection = await objectionTo(expression, "Etc/UTC");
      if (typeof read === "string") {
        // Days that never come; and what Go's reader lets pass without a meaning: empty entries, and "*-5", where the end is not read.
        const onPurpose = read.includes("never comes") || /(^|[ ,]),|,( |$)|[*?]-/u.test(expression);
        expect(objection !== "" || onPurpose, `${expression}: ${read}`).toBe(true);
        outcomes.neither++;
      } else {
        expect(objection, expression).toBe("");
        outcomes.both++;
      }
    }),
    { numRuns: 400 },
  );
  expect(Math.min(outcomes.both, outcomes.neither)).toBeGreaterThan(40);
});

test.each([
  "@hourly",
  "@daily",
  "@midnight",
  "@weekly",
  "@monthly",
  "@yearly",
  "@annually",
  "5/15 8-18 * * 1-5",
  "*/90 * * * *",
  "0 0 29 2 *",
])("a CronJob takes %s", async (expression) => {
  expect(readCron(expression)).toBeTypeOf("object");
  expect(await objectionTo(expression, "Etc/UTC")).toBe("");
});

test.each(["30 2 * * 7", "0 6 L * *", "0 6 15W * *", "0 6 * * 1#2", "*/0 * * * *", "TZ=UTC 0 3 * * *", "0 22-6 * * *", "0 0 * * FRI-MON"])(
  "a CronJob does not take %s, nor is it accepted here",
  async (expression) => {
    expect(readCron(expression)).toBeTypeOf("string");
    expect(await objectionTo(expression, "Etc/UTC")).not.toBe("");
  },
);

test("a CronJob takes every time zone that is accepted here", async () => {
  expect(TIME_ZONE_NAMES.size).toBeGreaterThan(590);
  const refused: string[] = [];
  for (const name of new Set([...TIME_ZONE_NAMES, ...Intl.supportedValuesOf("timeZone")])) {
    expect(isTimeZone(name)).toBe(true);
    if ((await objectionTo("0 3 * * *", name)) !== "") refused.push(name);
  }
  expect(refused).toEqual([]);
});

test.each(["+02:00", "+02", "Local", "local", "PST", "SystemV/PST8", "Europe/Atlantis", "GMT+5", ""])(
  "a CronJob does not take the time zone %j, nor is it accepted here",
  async (name) => {
    expect(isTimeZone(name)).toBe(false);
    expect(await objectionTo("0 3 * * *", name)).not.toBe("");
  },
);
