import { readFile } from "node:fs/promises";
import { specJsonSchema } from "../api/crd.ts";
import { API_VERSION, KIND } from "../api/kind.ts";
import { parseScalableApp } from "../api/parse.ts";
import type { Problem } from "../api/problem.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import { readYaml } from "./kubectl-yaml.ts";
import { withoutNulls } from "../api/without-nulls.ts";
import { CommandError, messageOf } from "./terminal.ts";

/** One ScalableApp of a file: as the API server would store it, and what became of it. */
export type FoundApp =
  | { readonly name: string; readonly ok: true; readonly app: ScalableApp; readonly raw: Tree }
  | { readonly name: string; readonly ok: false; readonly problems: readonly Problem[] };

/** Reads every ScalableApp of a YAML or JSON file ("-": standard input); lists are taken apart, other kinds are passed over. */
export async function readApps(file: string): Promise<readonly FoundApp[]> {
  const apps = readYaml(file, await readText(file))
    .flatMap(itemsOf)
    .filter(isScalableApp);
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

/** Lists (kind: List, ScalableAppList) are taken apart, as kubectl does. */
function itemsOf(value: unknown): readonly unknown[] {
  const isList = isTree(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List");
  return isList && Array.isArray(value["items"]) ? value["items"].flatMap(itemsOf) : [value];
}

function isScalableApp(value: unknown): value is Tree {
  return isTree(value) && value["kind"] === KIND;
}

function toFoundApp(raw: Tree): FoundApp {
  const given = read(raw, "metadata", "name");
  const name = typeof given === "string" ? given : "(no name)";
  if (raw["apiVersion"] !== API_VERSION) {
    return { name, ok: false, problems: [{ path: "apiVersion", message: `must be ${API_VERSION}` }] };
  }
  const result = parseScalableApp(raw);
  const stored = { ...raw, spec: withoutNulls(raw["spec"], specJsonSchema()) };
  return result.ok ? { name, ok: true, app: result.app, raw: stored } : { name, ok: false, problems: result.problems };
}

/** What must be changed in an app of a file, one line each; nothing where it is valid. */
export function describeProblems(found: FoundApp): readonly string[] {
  return found.ok ? [] : found.problems.map((problem) => `${found.name}: ${describe(problem)}\n`);
}

function describe({ path, message }: Problem): string {
  return path === "" ? message : `${path} ${message}`;
}
