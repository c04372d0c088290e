import { expect, test } from "vitest";
import { durationSeconds, isLocalDateTime, isTimeZone } from "./duration.ts";

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

test.each([
  ["Europe/Berlin", true],
  ["Etc/UTC", true],
  ["Europe/Atlantis", false],
  ["America/Argentina/Buenos_Aires", true],
  ["US/Pacific", true],
  ["EST5EDT", true],
  ["Etc/GMT+5", true],
  ["europe/berlin", false],
  ["us/pacific", false],
  ["+02:00", false],
  ["+02", false],
  ["PST", false],
  ["SystemV/PST8", false],
  ["Factory", false],
  ["Local", false],
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
