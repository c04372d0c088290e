import { expect, test } from "vitest";
import { referencesIn } from "./variable-references.ts";

test.each([
  ["$(A)", ["A"]],
  ["a$(A)b$(B_2)", ["A", "B_2"]],
  ["$$(A)", []],
  ["$$$(A)", ["A"]],
  ["$A ${A} $( ) $(date +%s)", []],
  ["$(A", []],
])("%j refers to %j", (text, names) => {
  expect(referencesIn(text)).toEqual(names);
});
