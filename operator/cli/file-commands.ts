import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { notImplementedFields } from "../api/not-implemented.ts";
import { describeProblems, readApps } from "./read-app.ts";
import type { FoundApp } from "./read-app.ts";
import { renderApp } from "./render.ts";
import type { ExitStatus, Terminal } from "./terminal.ts";

/** Adds the commands that look at files alone. */
export function addFileCommands(program: Command, terminal: Terminal, finish: (status: ExitStatus) => void): void {
  program
    .command("render")
    .description("print every child of the ScalableApps in FILE as YAML, without a cluster")
    .argument("<FILE>", 'a YAML or JSON file, "-" for standard input')
    .option("--revision <revision>", "the release's revision (default: computed, with unknown contents)", toRevision)
    .action(async (file: string, options: { revision?: string }) => finish(await render(file, options.revision, terminal)));
  program
    .command("validate")
    .description("print what must be changed in the ScalableApps in FILE, without a cluster")
    .argument("<FILE>", 'a YAML or JSON file, "-" for standard input')
    .action(async (file: string) => finish(await validate(file, terminal)));
}

function toRevision(text: string): string {
  if (!/^[a-z0-9]{1,10}$/u.test(text)) throw new InvalidArgumentError("must be at most 10 lower-case letters and digits");
  return text;
}

async function render(file: string, revision: string | undefined, terminal: Terminal): Promise<ExitStatus> {
  const apps = await readApps(file);
  const problems = apps.flatMap(describeProblems);
  for (const problem of problems) terminal.error(problem);
  if (problems.length > 0) return 1;
  for (const found of apps) if (found.ok) terminal.out(renderApp(found, revision));
  return 0;
}

async function validate(file: string, terminal: Terminal): Promise<ExitStatus> {
  const apps = await readApps(file);
  for (const found of apps) report(found, terminal);
  return apps.every(({ ok }) => ok) ? 0 : 1;
}

function report(found: FoundApp, terminal: Terminal): void {
  for (const problem of describeProblems(found)) terminal.error(problem);
  if (!found.ok) return;
  for (const { path } of notImplementedFields(found.raw["spec"]).filter(({ byStage }) => !byStage)) {
    terminal.error(`${found.name}: note: ${path} has no effect in this version\n`);
  }
  terminal.out(`${found.name}: valid\n`);
}
