import { expect, test } from "vitest";
import { bytes, quantity, quantityValue } from "./quantity.ts";

test.each([
  ["500m", 0.5],
  ["2", 2],
  ["1.5", 1.5],
  ["256Mi", 268_435_456],
  ["1G", 1_000_000_000],
  ["1e3", 1000],
])("the value of %s is %d", (text, value) => {
  expect(quantityValue(text)).toBe(value);
});

test.each(["", "1GB", "-1", "1 Gi", "Mi", "0x10"])("%j is no quantity", (text) => {
  expect(() => quantityValue(text)).toThrow("must be a Kubernetes quantity");
  expect(quantity().safeParse(text).success).toBe(false);
});

test("whole numbers become text", () => {
  expect(quantity().parse(2)).toBe("2");
});

test.each([
  ["512", "must be at least 32Mi (did you mean 512Mi?)"],
  ["1", "must be at least 32Mi"],
  ["0", "must be at least 32Mi"],
])("of too few bytes, %s, only what would be enough is proposed", (text, message) => {
  expect(
    bytes("32Mi")
      .safeParse(text)
      .error?.issues.map((issue) => issue.message),
  ).toEqual([message]);
});
