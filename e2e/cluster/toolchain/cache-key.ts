import { createHash } from "node:crypto";
import { goBuildArguments, goEnvironment } from "./recipes.ts";
import type { Recipe } from "./recipes.ts";

/** Raise this when the building code changes what it makes from the same recipe and modules. */
const recipeVersion = 1;

/** Everything that decides what a build yields. */
export interface BuildInputs {
  readonly recipe: Recipe;
  readonly goMod: string;
  readonly goSum: string;
  /** Content of the local modules that stand in for others; default: there are none. */
  readonly localModules?: readonly string[];
  /** Operating system and processor, such as `linux-x64`. */
  readonly platform: string;
}

/** Name of the cache folder of a build, `<recipe>-<16 hex digits>`: the same inputs always give the same name. */
export function cacheEntryName(inputs: BuildInputs): string {
  const { recipe } = inputs;
  const environment = goEnvironment(recipe, {});
  const parts = [
    recipeVersion,
    inputs.platform,
    inputs.goMod,
    inputs.goSum,
    goBuildArguments(recipe, "."),
    environment,
    recipe.tools,
    recipe.assets,
    ...(inputs.localModules ?? []),
  ];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${recipe.name}-${hash.slice(0, 16)}`;
}
