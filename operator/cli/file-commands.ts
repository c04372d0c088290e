import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { partialReferences } from "../api/check-references.ts";
import { evictionMessage, evictsAll } from "../api/check-scaling.ts";
import { notImplementedFields } from "../api/not-implemented.ts";
import { withStageDefaults } from "../api/stage.ts";
import { isTree } from "../base/tree.ts";
import { idleFields } from "../api/without-effect.ts";
import { fitConnections } from "../plan/connection-fit.ts";
import { withHighestCeiling } from "../plan/scaling/bounds.ts";
import { countConnections, describeBudget } from "../plan/rollout/connection-budget.ts";
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
    .option("--strict", "fail on anything without effect too, not only on what is wrong")
    .action(async (file: string, options: { strict?: boolean }) => finish(await validate(file, options.strict === true, terminal)));
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

async function validate(file: string, strict: boolean, terminal: Terminal): Promise<ExitStatus> {
  const apps = await readApps(file);
  const good = apps.map((found) => report(found, strict, terminal));
  return good.every(Boolean) ? 0 : 1;
}

/** Whether an app may pass. */
function report(found: FoundApp, strict: boolean, terminal: Terminal): boolean {
  for (const problem of describeProblems(found)) terminal.error(problem);
  if (!found.ok) return false;
  const notes = notesOf(found);
  for (const note of notes) terminal.error(`${found.name}: ${strict ? "" : "note: "}${note}\n`);
  const passes = !strict || notes.length === 0;
  if (passes) terminal.out(`${found.name}: valid\n`);
  return passes;
}

/** What is valid and yet not what its author wanted. */
function notesOf({ app, raw }: Extract<FoundApp, { readonly ok: true }>): readonly string[] {
  const spec = isTree(raw["spec"]) ? raw["spec"] : {};
  const { app: fitted, ceiling } = fitConnections(withHighestCeiling(app));
  const budget = countConnections(fitted);
  return [
    ...notImplementedFields(spec).map((path) => `${path} has no effect in this version`),
    ...idleFields(spec, withStageDefaults(spec)).map(({ path, reason }) => `${path} has no effect: it ${reason}`),
    ...partialReferences(app).map(({ path, message }) => `${path} ${message}`),
    ...(app.spec.web.replicas !== undefined && evictsAll(app.spec.disruption.maxUnavailable, app.spec.web.replicas)
      ? [`spec.disruption.maxUnavailable ${evictionMessage(app.spec.web.replicas)}`]
      : []),
    ...(budget === undefined || budget.used <= budget.limit
      ? []
      : [
          `spec.postgres.maxConnections is not enough: ${describeBudget(budget)}: lower maxReplicas or postgres.pooler.minPoolSize, or raise maxConnections`,
        ]),
    ...(ceiling && budget && budget.used <= budget.limit
      ? [
          `spec.web.autoscaling.maxReplicas is ${ceiling.given} instead of ${ceiling.wished}: more do not fit into the database: ${describeBudget(budget)}`,
        ]
      : []),
  ];
}
