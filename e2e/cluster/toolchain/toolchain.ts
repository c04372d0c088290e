import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isHeld, withLock } from "./build-lock.ts";
import { cacheEntryName } from "./cache-key.ts";
import { formatElapsed, goBuild, goModuleFolder, requireGo, requireLibraries } from "./go-build.ts";
import type { Report } from "./go-build.ts";
import { recipeNamed, recipeOf, recipesFor } from "./recipes.ts";
import type { Recipe, ToolName } from "./recipes.ts";

/** Folder of the product's cached programs: `$XDG_CACHE_HOME/scalable-app/tools`, by default below `~/.cache`. */
function toolsFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "scalable-app", "tools");
}

/** Absolute paths of the named programs; whatever the cache lacks is built first, with progress on standard error. */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  report: Report = (line) => console.error(line),
): Promise<Record<Name, string>> {
  const found: Partial<Record<ToolName, string>> = {};
  for (const recipe of recipesFor(names)) {
    const entry = await ensureRecipe(recipe, report);
    for (const tool of recipe.tools) found[tool.name] = join(entry, "bin", tool.name);
  }
  if (hasAll(found, names)) return found;
  throw new Error(`No recipe provides one of ${names.join(", ")}: add it to recipes.ts.`);
}

function hasAll<Name extends ToolName>(found: Partial<Record<ToolName, string>>, names: readonly Name[]): found is Record<Name, string> {
  return names.every((name) => found[name] !== undefined);
}

/** A stable copy of what the node image needs of kind's Go module: `images/base` (with `images/base/files`) lies in it. */
export async function kindModuleDir(report: Report = (line) => console.error(line)): Promise<string> {
  return join(await ensureRecipe(recipeOf("kind"), report), "assets", "kind");
}

/** Files with the Stages by which kwok plays nodes and pods: nodes are Ready, pods run or complete at once. */
export async function kwokStageFiles(report: Report = (line) => console.error(line)): Promise<string[]> {
  const folder = join(await ensureRecipe(recipeOf("kwok"), report), "assets", "kwok", "stage");
  const names = [
    "node/fast/node-initialize",
    "node/heartbeat-with-lease/node-heartbeat-with-lease",
    "pod/fast/pod-ready",
    "pod/fast/pod-complete",
    "pod/fast/pod-delete",
  ];
  return names.map((name) => join(folder, `${name}.yaml`));
}

/** Folder with the CRDs of the Gateway API's standard channel, one file each; downloaded, not built. */
export async function gatewayApiCrds(report: Report = (line) => console.error(line)): Promise<string> {
  return join(await ensureRecipe(recipeNamed("gateway-api"), report), "assets", "gateway-api", "crds");
}

/** Files with the CRDs of Argo Rollouts, without which its controller does not start. */
export async function argoRolloutsCrds(report: Report = (line) => console.error(line)): Promise<string[]> {
  return crdFiles(join(await ensureRecipe(recipeOf("argo-rollouts"), report), "assets", "argo-rollouts", "crds"));
}

/** Files with the CRDs of Argo CD: Application, AppProject and ApplicationSet. */
export async function argoCdCrds(report: Report = (line) => console.error(line)): Promise<string[]> {
  return crdFiles(join(await ensureRecipe(recipeOf("argocd"), report), "assets", "argo-cd", "crds"));
}

async function crdFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith("-crd.yaml")).map((name) => join(folder, name));
}

/** Whether the cache has a program already, so that nothing needs to be built for it. */
export async function isBuilt(name: ToolName): Promise<boolean> {
  return existsSync(await entryOf(recipeOf(name)));
}

function moduleFolderOf(recipe: Recipe): string {
  return join(import.meta.dirname, recipe.module);
}

/** Folder in the cache where a recipe's build is, or will be. */
async function entryOf(recipe: Recipe): Promise<string> {
  const folder = moduleFolderOf(recipe);
  const [goMod, goSum] = await Promise.all([readFile(join(folder, "go.mod"), "utf8"), readFile(join(folder, "go.sum"), "utf8")]);
  const localModules = await readSubfolders(folder);
  return join(toolsFolder(), cacheEntryName({ recipe, goMod, goSum, localModules, platform: `${process.platform}-${process.arch}` }));
}

/** The text of every file below the subfolders of a folder, in the order of their paths. */
async function readSubfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.parentPath !== folder).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.toSorted().map((path) => readFile(path, "utf8")));
}

async function ensureRecipe(recipe: Recipe, report: Report): Promise<string> {
  const entry = await entryOf(recipe);
  // An entry appears by one rename, complete: that it exists is all there is to check.
  if (existsSync(entry)) return entry;
  await mkdir(toolsFolder(), { recursive: true });
  await withLock(
    `${entry}.lock`,
    async () => {
      if (!existsSync(entry)) await buildEntry(recipe, entry, report);
    },
    { onWait: (owner) => report(`toolchain: waiting for process ${owner.pid}, which is building ${recipe.name}`) },
  );
  return entry;
}

async function buildEntry(recipe: Recipe, entry: string, report: Report): Promise<void> {
  const started = Date.now();
  await requireGo();
  await requireLibraries(recipe, report);
  await removeUnfinished(entry);
  report(`toolchain: building ${recipe.tools.map((tool) => tool.name).join(", ") || recipe.name} once, into ${entry}`);
  const draft = await mkdtemp(`${entry}.building-`);
  try {
    const bin = join(draft, "bin");
    await mkdir(bin);
    if (recipe.tools.length > 0) await goBuild(recipe, moduleFolderOf(recipe), bin, report);
    for (const tool of recipe.tools) {
      if (tool.builtAs !== undefined) await rename(join(bin, tool.builtAs), join(bin, tool.name));
    }
    await copyAssets(recipe, draft);
    const seconds = Math.round((Date.now() - started) / 1000);
    await writeFile(join(draft, "built.json"), `${JSON.stringify({ recipe: recipe.name, seconds })}\n`);
    await chmod(draft, 0o755);
    await publish(draft, entry);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  report(`toolchain: built ${recipe.name} in ${formatElapsed(Date.now() - started)}`);
}

/** Only the holder of an entry's lock builds it: any other draft, and any other lock of a dead process, was left by a crash. */
async function removeUnfinished(mine: string): Promise<void> {
  for (const name of await readdir(toolsFolder())) {
    const [, entry] = /^(.+)\.(?:building-.*|lock)$/.exec(name) ?? [];
    if (entry === undefined) continue;
    const isMine = join(toolsFolder(), entry) === mine;
    if (isMine ? name.endsWith(".lock") : await isHeld(join(toolsFolder(), `${entry}.lock`))) continue;
    await rm(join(toolsFolder(), name), { recursive: true, force: true });
  }
}

async function publish(draft: string, entry: string): Promise<void> {
  try {
    await rename(draft, entry);
  } catch (error) {
    // Another builder published the same content first: its entry serves as well.
    if (!existsSync(entry)) throw error;
  }
}

async function copyAssets(recipe: Recipe, draft: string): Promise<void> {
  for (const asset of recipe.assets) {
    const source = await goModuleFolder(recipe, moduleFolderOf(recipe), asset.module);
    const target = join(draft, "assets", asset.to);
    await cp(join(source, asset.from), target, { recursive: true });
    await makeWritable(target);
  }
}

/** Go's module cache is read-only, and copies inherit that. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const child of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, child.name);
    if (child.isDirectory()) await makeWritable(path);
    else await chmod(path, 0o644);
  }
}
