import { describe, expect, test } from "vitest";
import { rolloutSchema } from "../../api/rollout.ts";
import { judgeFreeze } from "./freeze.ts";

function freezeOf(...windows: readonly object[]) {
  return rolloutSchema.parse({ freeze: { windows } }).freeze;
}

const single = { name: "black-friday", start: "2026-11-27T06:00:00", end: "2026-11-28T06:00:00", timeZone: "Europe/Berlin" };
const weekly = { name: "weekend", cron: "0 16 * * 5", duration: "3h", timeZone: "America/New_York" };

describe("a single window", () => {
  test.each([
    ["2026-11-27T04:59:59Z", undefined],
    ["2026-11-27T05:00:00Z", "2026-11-28T05:00:00Z"],
    ["2026-11-28T04:59:59Z", "2026-11-28T05:00:00Z"],
    ["2026-11-28T05:00:00Z", undefined],
  ])("at %s it holds until %s", (now, until) => {
    expect(judgeFreeze(freezeOf(single), now)?.until).toBe(until);
  });

  test("in the past it holds nothing", () => {
    const past = { ...single, start: "2001-01-01T00:00:00", end: "2001-01-02T00:00:00" };
    expect(judgeFreeze(freezeOf(past), "2026-11-27T05:00:00Z")).toBeUndefined();
    expect(judgeFreeze(freezeOf(past), "2001-01-01T12:00:00Z")?.until).toBe("2001-01-01T23:00:00Z");
  });
});

describe("a repeated window", () => {
  test.each([
    ["2026-11-27T20:59:59Z", undefined],
    ["2026-11-27T21:00:00Z", "2026-11-28T00:00:00Z"],
    ["2026-11-27T23:59:59Z", "2026-11-28T00:00:00Z"],
    ["2026-11-28T00:00:00Z", undefined],
  ])("at %s it holds until %s", (now, until) => {
    expect(judgeFreeze(freezeOf(weekly), now)?.until).toBe(until);
  });

  test("keeps its local hour when the clocks change", () => {
    expect(judgeFreeze(freezeOf(weekly), "2026-10-30T20:00:00Z")?.until).toBe("2026-10-30T23:00:00Z");
    expect(judgeFreeze(freezeOf(weekly), "2026-11-06T20:00:00Z")).toBeUndefined();
    expect(judgeFreeze(freezeOf(weekly), "2026-11-06T21:00:00Z")?.until).toBe("2026-11-07T00:00:00Z");
  });

  test("may be longer than the time between two of its runs", () => {
    const always = { name: "always", cron: "0 * * * *", duration: "2h" };
    expect(judgeFreeze(freezeOf(always), "2026-11-27T08:30:00Z")?.until).toBe("2026-11-27T10:00:00Z");
  });
});

test("of several windows the last to end counts", () => {
  const freeze = freezeOf(single, { name: "all-day", cron: "0 0 27 11 *", duration: "5d" });
  expect(judgeFreeze(freeze, "2026-11-27T12:00:00Z")).toEqual({
    message: "the window all-day of rollout.freeze is open until 2026-12-02T00:00:00Z",
    until: "2026-12-02T00:00:00Z",
  });
});

test("a spent error budget freezes without an end", () => {
  const { freeze } = rolloutSchema.parse({ freeze: { whenErrorBudgetBelowPercent: 10 } });
  const budgets = [{ name: "checkout", remainingPercent: 4.5 }];
  expect(judgeFreeze(freeze, "2026-11-27T12:00:00Z", budgets)).toEqual({
    message: "4.5 % of the error budget checkout is left (rollout.freeze asks for 10 %)",
  });
  expect(judgeFreeze(freeze, "2026-11-27T12:00:00Z", [{ name: "checkout", remainingPercent: 10 }])).toBeUndefined();
});

test("without a freeze nothing is held", () => {
  expect(judgeFreeze(undefined, "2026-11-27T12:00:00Z")).toBeUndefined();
});
