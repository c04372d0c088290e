import { expect, test } from "vitest";
import { CONDITIONS, isErrorReason, REASONS } from "./conditions.ts";
import { statusSchema } from "./status.ts";

test.each([...Object.keys(CONDITIONS), ...Object.keys(REASONS)])("%s is one CamelCase word", (word) => {
  expect(word).toMatch(/^([A-Z][a-z]+)+$/);
});

test("reasons say whether somebody has to act", () => {
  expect([isErrorReason("InvalidSpec"), isErrorReason("Available")]).toEqual([true, false]);
});

test("the status accepts conditions of known words only", () => {
  const condition = {
    type: "Ready",
    status: "True",
    reason: "Available",
    message: "",
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  expect(statusSchema.safeParse({ conditions: [condition] }).success).toBe(true);
  expect(statusSchema.safeParse({ conditions: [{ ...condition, reason: "Whatever" }] }).success).toBe(false);
});
