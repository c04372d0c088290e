import { describe, expect, test } from "vitest";
import { cacheEntryName } from "./cache-key.ts";
import type { BuildInputs } from "./cache-key.ts";
import { recipeOf } from "./recipes.ts";

const recipe = recipeOf("containerd");
const base: BuildInputs = { recipe, goMod: "module a\n", goSum: "a v1 h1:x\n", platform: "linux-x64" };

describe("cacheEntryName", () => {
  test("names the recipe and is the same for the same inputs", () => {
    expect(cacheEntryName(base)).toMatch(/^containerd-[0-9a-f]{16}$/);
    expect(cacheEntryName({ ...base, recipe: { ...recipe } })).toBe(cacheEntryName(base));
  });

  test("does not depend on the environment that the build inherits", () => {
    const before = cacheEntryName(base);
    process.env["GOFLAGS"] = "-mod=mod";
    try {
      expect(cacheEntryName(base)).toBe(before);
    } finally {
      delete process.env["GOFLAGS"];
    }
  });

  const changes: [string, BuildInputs][] = [
    ["go.mod", { ...base, goMod: "module b\n" }],
    ["go.sum", { ...base, goSum: "" }],
    ["local modules", { ...base, localModules: ["package a\n"] }],
    ["platform", { ...base, platform: "linux-arm64" }],
    ["tags", { ...base, recipe: { ...recipe, tags: ["other"] } }],
    ["linker flags", { ...base, recipe: { ...recipe, ldflags: [] } }],
    ["cgo", { ...base, recipe: { ...recipe, cgo: true } }],
    ["tools", { ...base, recipe: { ...recipe, tools: recipe.tools.slice(1) } }],
    ["assets", { ...base, recipe: { ...recipe, assets: [{ module: "m", from: "a", to: "b" }] } }],
  ];
  test.each(changes)("changes with %s", (_what, inputs) => {
    expect(cacheEntryName(inputs)).not.toBe(cacheEntryName(base));
  });
});
