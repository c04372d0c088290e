import { mkdirSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname } from "node:path";
import { execa } from "execa";
import { run } from "../command.ts";
import { withParentDeathSignal } from "./parent-death.ts";
import { goBuildArguments, goEnvironment } from "./recipes.ts";
import type { Recipe } from "./recipes.ts";

const progressEveryMs = 15_000;
/** Builds give way to whatever else the machine does. */
const niceness = 5;

/** How a build says what it does, one line at a time. */
export type Report = (line: string) => void;

/** Makes sure that `go` is there and new enough to fetch, by itself, the Go that a module asks for. */
export async function requireGo(): Promise<void> {
  let output: string;
  try {
    output = await run("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } });
  } catch (error) {
    throw new Error(`Go is missing: install Go 1.21 or newer (Debian 13: apt-get install golang-go) and put it on PATH.`, { cause: error });
  }
  if (!isUsableGo(output)) {
    throw new Error(`${output.trim()} is too old: install Go 1.21 or newer, which fetches the Go that each module asks for by itself.`);
  }
}

/** Builds the Go program of a folder, with the modules that it pins; Go keeps what it has compiled. */
export async function buildGoProgram(folder: string, output: string): Promise<void> {
  await requireGo();
  mkdirSync(dirname(output), { recursive: true });
  await run("go", ["build", "-o", output, "."], { cwd: folder });
}

/** Whether a Go of this version (as `go env GOVERSION` prints it) can fetch newer ones: that came with 1.21. */
export function isUsableGo(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version.trim()) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21);
}

/** Installs the C libraries that a recipe links, as root on Debian, or says what to install. */
export async function requireLibraries(recipe: Recipe, report: Report): Promise<void> {
  if (recipe.libraries.length === 0 || (await hasLibraries(recipe))) return;
  const command = `apt-get install -y --no-install-recommends ${recipe.debianPackages.join(" ")}`;
  const remedy = `Building ${recipe.name} needs ${recipe.libraries.join(", ")} and a C compiler: run \`${command}\` or your system's equivalent.`;
  if (process.getuid?.() !== 0) throw new Error(remedy);
  report(`toolchain: ${command}`);
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["-o", "DPkg::Lock::Timeout=300", "update", "-q"], { env });
    await run("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...command.split(" ").slice(1)], { env });
  } catch (error) {
    throw new Error(remedy, { cause: error });
  }
}

async function hasLibraries(recipe: Recipe): Promise<boolean> {
  try {
    await run("pkg-config", ["--exists", ...recipe.libraries]);
    await run("gcc", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

/** Runs `go build` for a recipe, with a line of progress every 15 seconds; fails with the compiler's own words. */
export async function goBuild(recipe: Recipe, moduleFolder: string, outputFolder: string, report: Report): Promise<void> {
  const started = Date.now();
  const progress = { compiled: 0, latest: "", lines: [] as string[] };
  // Interrupted, go also removes its temporary folder.
  const [command = "go", ...rest] = withParentDeathSignal(["go", ...goBuildArguments(recipe, outputFolder)], "INT");
  const env = goEnvironment(recipe, process.env);
  const child = execa(command, rest, { cwd: moduleFolder, env, stdin: "ignore", stdout: "ignore", buffer: false });
  if (child.pid !== undefined) setPriority(child.pid, niceness);
  const timer = setInterval(() => report(progressLine(recipe, Date.now() - started, progress)), progressEveryMs);
  try {
    for await (const line of child.iterable({ from: "stderr" })) {
      progress.latest = line;
      if (/^[\w.-]+(\/[\w.-]+)+$/.test(line)) progress.compiled += 1;
      else progress.lines = [...progress.lines, line].slice(-40);
    }
  } catch (error) {
    const said = progress.lines.filter((line) => !line.startsWith("go: downloading")).join("\n");
    throw new Error(`Building ${recipe.name} failed; what go said last:\n${said}`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}

/** One line that shows a build alive: what it builds, for how long, and how far it is. */
export function progressLine(recipe: Recipe, elapsedMs: number, progress: { compiled: number; latest: string }): string {
  const names = recipe.tools.map((tool) => tool.name).join(", ");
  const latest = progress.latest === "" ? "starting" : progress.latest;
  return `toolchain: building ${names}: ${formatElapsed(elapsedMs)}, ${progress.compiled} packages compiled, now ${latest}`;
}

/** Minutes and seconds, such as `2m05s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** Folder of a Go module in Go's own module cache, downloaded where it is missing. */
export async function goModuleFolder(recipe: Recipe, moduleFolder: string, modulePath: string): Promise<string> {
  const env = goEnvironment(recipe, process.env);
  const printed = await run("go", ["mod", "download", "-json", modulePath], { cwd: moduleFolder, env });
  return (JSON.parse(printed) as { readonly Dir: string }).Dir;
}
