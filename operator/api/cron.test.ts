import * as fc from "fast-check";
import { Cron as Croner } from "croner";
import { describe, expect, test } from "vitest";
import { CRON_PATTERN, longestGapSeconds, plainCron, readCron } from "./cron.ts";
import type { Cron } from "./cron.ts";

function cronOf(expression: string): Cron {
  const cron = readCron(expression);
  if (typeof cron === "string") throw new Error(cron);
  return cron;
}

test.each([
  ["0 3 * * *", "0 3 * 1,2,3,4,5,6,7,8,9,10,11,12 *"],
  ["5/15 8-10 * * 1-5", "5,20,35,50 8,9,10 * 1,2,3,4,5,6,7,8,9,10,11,12 1,2,3,4,5"],
  ["*/90 * 1 1 ?", "0 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 1 1 *"],
  ["007 03 1 jan SUN", "7 3 1 1 0"],
  ["0 0 1-31/10 JAN,mar-MAY *", "0 0 1,11,21,31 1,3,4,5 *"],
  ["0 0 */2 1 fri-6", "0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 1 5,6"],
  ["0 0 */1 1 1", "0 0 * 1 1"],
  ["0 0 5,* 1 1", "0 0 * 1 1"],
  ["0 0 29 2 *", "0 0 29 2 *"],
  ["@hourly", "0 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 * 1,2,3,4,5,6,7,8,9,10,11,12 *"],
  ["@weekly", "0 0 * 1,2,3,4,5,6,7,8,9,10,11,12 0"],
])("%s is read as %s", (expression, plain) => {
  expect(plainCron(cronOf(expression))).toBe(plain);
});

test.each([
  ["", "as a CronJob takes it"],
  ["* * * *", "as a CronJob takes it"],
  ["0 0 0 * * *", "as a CronJob takes it"],
  ["60 * * * *", "as a CronJob takes it"],
  ["0 24 * * *", "as a CronJob takes it"],
  ["0 0 0 * *", "as a CronJob takes it"],
  ["0 0 * 13 *", "as a CronJob takes it"],
  ["0 0 * * 8", "as a CronJob takes it"],
  ["0 0 , * *", "as a CronJob takes it"],
  ["1-2-3 * * * *", "as a CronJob takes it"],
  ["1/2/3 * * * *", "as a CronJob takes it"],
  ["*/0 * * * *", "as a CronJob takes it"],
  ["@fortnightly", "as a CronJob takes it"],
  ["a b c d e", "as a CronJob takes it"],
  ["0 0 * * 7", "write 0 for Sunday"],
  ["0 0 * * 5-7", "write 0 for Sunday"],
  ["0 0 L * *", "L, W and # are not known"],
  ["0 0 L-3 * *", "L, W and # are not known"],
  ["0 0 15W * *", "L, W and # are not known"],
  ["0 0 * * 5L", "L, W and # are not known"],
  ["0 0 * * 1#2", "L, W and # are not known"],
  ["0 22-6 * * *", "such as 22-23,0-6"],
  ["0 0 * * FRI-MON", "such as 5-6,0-1"],
  ["0 0 * MAI *", "names are JAN"],
  ["0 0 * * foo", "names are SUN"],
  ["0 0 30 2 *", "never comes"],
  ["0 0 31 4,6,9,11 *", "never comes"],
  ["CRON_TZ=UTC 0 0 * * *", "set timeZone"],
  ["@every 5m", "write */5"],
])("%s is refused: %s", (expression, remedy) => {
  expect(readCron(expression)).toEqual(expect.stringContaining(remedy));
});

const number = (min: number, max: number) => fc.integer({ min, max }).map(String);

function field(min: number, max: number) {
  const value = number(min, max);
  const range = fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
  const item = fc
    .tuple(fc.oneof(value, range, fc.constantFrom("*", "?")), fc.option(fc.integer({ min: 1, max: 99 })))
    .map(([from, step]) => (step === null ? from : `${from}/${step}`));
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(","));
}

const expressions = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(" "))
  .filter((text) => text.length <= 100);

describe("every expression of the grammar", () => {
  test("is read, and its pattern in the CRD takes it", () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(readCron(expression)).toBeTypeOf("object");
        expect(CRON_PATTERN.test(expression)).toBe(true);
      }),
    );
  });

  test("comes, in its plain form, to whoever reads it", () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const plain = plainCron(cronOf(expression));
        expect(new Croner(plain, { paused: true, timezone: "Etc/UTC", mode: "5-part" }).nextRun("2026-01-01T00:00:00Z")).not.toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});

test.each([
  ["* * * * *", 60],
  ["*/15 * * * *", 900],
  ["0 * * * *", 3600],
  ["0 8,20 * * *", 43_200],
  ["0 8 * * *", 86_400],
  ["0 8 * * 1-5", 259_200],
  ["30 2 1 * *", 31 * 86_400],
  ["0 0 1 1 *", 366 * 86_400],
])("the longest pause of %s lasts %d seconds", (expression, seconds) => {
  expect(longestGapSeconds(cronOf(expression))).toBe(seconds);
});
