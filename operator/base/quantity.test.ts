import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuantity } from "./quantity.ts";

test.each([
  ["1", "1000m"],
  ["1", "1.0"],
  ["0.5", "500m"],
  ["1Gi", "1024Mi"],
  ["1.5Gi", "1536Mi"],
  ["1e3", "1k"],
  ["1E3", "1k"],
  ["12e-1", "1200m"],
  ["-5", "-5000m"],
  ["1E", "1000P"],
  ["571400u", "0.5714"],
])("%s equals %s", (a, b) => {
  expect(parseQuantity(a)).toBeDefined();
  expect(parseQuantity(a)).toBe(parseQuantity(b));
});

test.each(["", "abc", "1 Gi", "1gi", "--1", "1Gi2", ".", "0x10"])("%j is no quantity", (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test("milli-units and whole units agree for every count", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), (count) => parseQuantity(`${count}000m`) === parseQuantity(String(count))));
});
