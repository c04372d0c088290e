import { describe, expect, test } from "vitest";
import { formatElapsed, isUsableGo, progressLine } from "./go-build.ts";
import { recipeOf } from "./recipes.ts";

describe("isUsableGo", () => {
  test.each(["go1.21", "go1.21.0", "go1.26.8\n", "go2.0"])("accepts %s", (version) => {
    expect(isUsableGo(version)).toBe(true);
  });

  test.each(["go1.19.8", "go1.20", "", "devel +abc"])("refuses %j", (version) => {
    expect(isUsableGo(version)).toBe(false);
  });
});

test.each([
  [0, "0s"],
  [59_400, "59s"],
  [59_600, "1m00s"],
  [485_000, "8m05s"],
])("formatElapsed(%d) is %s", (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});

describe("progressLine", () => {
  test("says what is built, for how long and how far", () => {
    const line = progressLine(recipeOf("helm"), 75_000, { compiled: 812, latest: "helm.sh/helm/v4/pkg/cmd" });
    expect(line).toBe("toolchain: building helm: 1m15s, 812 packages compiled, now helm.sh/helm/v4/pkg/cmd");
  });

  test("has words before go has said anything", () => {
    expect(progressLine(recipeOf("helm"), 0, { compiled: 0, latest: "" })).toContain("now starting");
  });
});
