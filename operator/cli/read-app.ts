import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { API_VERSION, KIND } from "../api/kind.ts";
import { parseScalableApp } from "../api/parse.ts";
import type { Problem } from "../api/problem.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { isTree, valueAt } from "../api/tree.ts";
import type { Tree } from "../api/tree.ts";
import { CommandError, messageOf } from "./terminal.ts";

/** One ScalableApp of a file: as it stands there, and what became of it. */
export type FoundApp =
  | { readonly name: string; readonly ok: true; readonly app: ScalableApp; readonly raw: Tree }
  | { readonly name: string; readonly ok: false; readonly problems: readonly Problem[] };

/** Reads every ScalableApp of a YAML or JSON file ("-": standard input); documents of other kinds are passed over. */
export async function readApps(file: string): Promise<readonly FoundApp[]> {
  const apps = documents(file, await readText(file)).filter(isScalableApp);
  if (apps.length === 0) {
    throw new CommandError(`${file} holds no ${KIND}: write apiVersion: ${API_VERSION} and kind: ${KIND}`);
  }
  return apps.map(toFoundApp);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function documents(file: string, text: string): readonly unknown[] {
  const parsed = parseAllDocuments(text);
  const error = parsed.flatMap((document) => document.errors)[0];
  if (error !== undefined) throw new CommandError(`${file} is not YAML: ${error.message}`, { cause: error });
  return parsed.map((document): unknown => document.toJS());
}

function isScalableApp(value: unknown): value is Tree {
  return isTree(value) && value["kind"] === KIND;
}

function toFoundApp(raw: Tree): FoundApp {
  const given = valueAt(raw, ["metadata", "name"]);
  const name = typeof given === "string" ? given : "(no name)";
  if (raw["apiVersion"] !== API_VERSION) {
    return { name, ok: false, problems: [{ path: "apiVersion", message: `must be ${API_VERSION}` }] };
  }
  const result = parseScalableApp(raw);
  return result.ok ? { name, ok: true, app: result.app, raw } : { name, ok: false, problems: result.problems };
}

/** What must be changed in an app of a file, one line each; nothing where it is valid. */
export function describeProblems(found: FoundApp): readonly string[] {
  return found.ok ? [] : found.problems.map((problem) => `${found.name}: ${describe(problem)}\n`);
}

function describe({ path, message }: Problem): string {
  return path === "" ? message : `${path} ${message}`;
}
