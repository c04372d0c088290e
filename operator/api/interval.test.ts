import { expect, test } from "vitest";
import { durationSeconds } from "./duration.ts";
import { everyAsCron, interval } from "./interval.ts";
import { longestGapSeconds, readCron } from "./cron.ts";

const intervals = "60s 1m 2m 3m 4m 5m 6m 10m 12m 15m 20m 30m 1h 2h 3h 4h 6h 8h 12h 1d 7d".split(" ");

test.each(intervals)("%s is kept: no pause between two runs is longer", (every) => {
  expect(interval().safeParse(every).success).toBe(true);
  const cron = readCron(everyAsCron(every, "retail/shop"));
  if (typeof cron === "string") throw new Error(cron);
  expect(longestGapSeconds(cron)).toBe(durationSeconds(every));
});

test.each(["30s", "90s", "7m", "90m", "5h", "2d", "0m", "1w", ""])("%s is refused, with the ways out", (every) => {
  expect(interval().safeParse(every).error?.issues[0]?.message).toMatch(/60s, 1m.*write cron/u);
});

test("apps are spread over the hour", () => {
  const minutes = new Set(Array.from({ length: 200 }, (_, index) => everyAsCron("1h", `retail/shop-${index}`)));
  expect(minutes.size).toBeGreaterThan(40);
});
