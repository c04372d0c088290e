import { expect, test } from "vitest";
import { classifyStatus } from "./status-class.ts";

test.each([
  ["200", "other"],
  ["499", "other"],
  ["500", "error"],
  ["599", "error"],
  ["5xx", "error"],
  ["5XX", "error"],
  ["2xx", "other"],
  ["OK", "other"],
  ["Unavailable", "error"],
  ["DATA_LOSS", "error"],
  ["NotFound", "other"],
  ["", undefined],
  ["oops", undefined],
  [undefined, undefined],
])("the status %j is %j", (status, expected) => {
  expect(classifyStatus(status)).toBe(expected);
});
