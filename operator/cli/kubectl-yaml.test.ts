import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readYaml } from "./kubectl-yaml.ts";

const scalars = readFileSync(new URL("testdata/kubectl-scalars.yaml", import.meta.url), "utf8");

function valueOf(text: string): unknown {
  return readYaml("app.yaml", text)[0];
}

test("scalars, keys and merges are read as kubectl reads them (kubectl-yaml.integration.ts compares)", () => {
  expect(valueOf(scalars)).toMatchObject({
    truth: [true, true, true, false, false, true, false, false, true, true, false, false, true, true, true, "tRue", "yEs", "yes", "yes"],
    integers: [0, 0, 5, 8, 8, 4095, -8, 15, "0o8", 31, "0x", 3, 1000, 10, "_1", 7, 0, 1e20],
    sexagesimal: ["1:30", "12:30:45"],
    times: ["2026-11-27", "2026-11-27T06:00:00", "2026-11-27T06:00:00Z", "2001-12-14 21:59:43.10 -5"],
    merged: { kept: 1, replaced: 3 },
    mergedList: { kept: 1, replaced: 2, more: 9, other: { kept: 1, replaced: 2 } },
    keys: { true: { true: 1 }, 1: "a", 1.5: "b", 8: "c", "~x": "d" },
  });
});

describe("what has no end or no measure is refused in one line:", () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]", ..."b c d e f g h i".split(" ")].map((name, index, all) =>
    index === 0 ? name : `${name}: &${name} [${Array.from({ length: 9 }, () => `*${(all[index - 1] ?? "").slice(0, 1)}`).join(", ")}]`,
  );

  test.each([
    ["a cyclic map", "a: &a {b: *a}", "line 1: the alias *a stands within its own anchor"],
    ["a cyclic list", "x: 1\na: &a [1, *a]", "line 2: the alias *a"],
    ["a deeper cycle", "a: &a {b: [{c: *a}]}", "the alias *a"],
    ["an alias bomb", bomb.join("\n"), "repeats itself by its aliases"],
    ["a deep nest", "[".repeat(100_000), "is nested too deeply"],
    ["an alias of nothing", "a: *b", "line 1: the alias *b has no anchor before it"],
    ["a tab", "a:\n\tb: 1", "is not YAML: line 2"],
    ["a repeated key", "a: 1\na: 2", "is not YAML: line 2"],
    ["an infinite number", "a: .inf", "is no number"],
  ])("%s", (_, text, words) => {
    expect(() => valueOf(text)).toThrow(expect.objectContaining({ name: "CommandError", message: expect.stringContaining(words) }));
    expect(() => valueOf(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("\n") }));
  });
});

test("every document of a file is read", () => {
  expect(readYaml("app.yaml", "a: 1\n---\n---\nb: 2\n")).toEqual([{ a: 1 }, null, { b: 2 }]);
});
