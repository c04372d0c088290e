import { describe, expect, test } from "vitest";
import { durationSeconds, isCronExpression, isLocalDateTime, isTimeZone } from "./duration.ts";

test.each([
  ["90s", 90],
  ["5m", 300],
  ["3h", 10_800],
  ["2d", 172_800],
])("%s lasts %d seconds", (text, value) => {
  expect(durationSeconds(text)).toBe(value);
});

test.each(["", "5", "0s", "1h30m", "5w", "-5m"])("%j is no duration", (text) => {
  expect(() => durationSeconds(text)).toThrow("such as 90s, 5m, 3h or 2d");
});

describe("cron expressions", () => {
  test.each(["0 3 * * *", "*/5 * * * *", "0 7 * * 1-5", "0 0 29 2 *", "15,45 8-18 1 JAN-JUN MON"])("%s comes", (expression) => {
    expect(isCronExpression(expression)).toBe(true);
  });

  test.each(["", "61 * * * *", "0 24 * * *", "0 0 30 2 *", "* * * *", "0 0 0 * * *", "a b c d e"])("%j does not", (expression) => {
    expect(isCronExpression(expression)).toBe(false);
  });
});

test.each([
  ["Europe/Berlin", true],
  ["Etc/UTC", true],
  ["Europe/Atlantis", false],
  ["", false],
])("time zone %j is known: %s", (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});

test.each([
  ["2026-11-27T06:00:00", true],
  ["2024-02-29T00:00:00", true],
  ["2026-02-29T00:00:00", false],
  ["2026-13-01T00:00:00", false],
  ["2026-11-27T24:00:00", false],
])("%s is in the calendar: %s", (text, exists) => {
  expect(isLocalDateTime(text)).toBe(exists);
});
