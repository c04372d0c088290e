import { describe, expect, test } from "vitest";
import { nearest } from "../api/nearest.ts";
import { fields, oneLine, since, table } from "./text.ts";

test("a table pads all columns but the last, and ends no line with spaces", () => {
  expect(
    table(
      ["A", "LONG", "C"],
      [
        ["1234", "x", "y"],
        ["1", "", ""],
      ],
    ),
  ).toBe("A      LONG   C\n1234   x      y\n1\n");
  expect(table(["A"], [])).toBe("");
});

test("fields without a value are left out", () => {
  expect(
    fields([
      ["App", "shop"],
      ["Paused", undefined],
      ["Message", ""],
      ["Candidate", "a"],
    ]),
  ).toBe("App         shop\nCandidate   a\n");
});

test("a text is reported on one line, cut where it is too long", () => {
  expect(oneLine(" a\n  b ")).toBe("a b");
  expect(oneLine("abcdef", 4)).toBe("abc…");
});

describe("how long ago", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  test.each([
    ["2026-11-21T12:00:00Z", "0s"],
    ["2026-11-21T12:00:05Z", "0s"],
    ["2026-11-21T11:59:18Z", "42s"],
    ["2026-11-21T11:56:48Z", "3m12s"],
    ["2026-11-21T11:00:00Z", "1h"],
    ["2026-11-19T10:30:01Z", "2d1h"],
    ["no time", ""],
    [undefined, ""],
  ])("%s is %s", (time, text) => expect(since(time, now)).toBe(text));
});

test("the nearest names come first", () => {
  expect(nearest("shop", ["catalogue", "shpo", "my-shop", "hop"], 3)).toEqual(["my-shop", "hop", "shpo"]);
  expect(nearest("shop", [], 3)).toEqual([]);
});
