// Writes every generated file, or with --verify proves that the committed ones are fresh.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { generate as generateApi } from "./generators/api.ts";
import { generate as generateArgoCd } from "./generators/argo-cd.ts";
import { generate as generateChart } from "./generators/chart.ts";
import { generate as generateExamples } from "./generators/examples.ts";

/** A file that a generator owns: path relative to the repository, whole content. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

const generators: readonly (() => Promise<readonly GeneratedFile[]>)[] = [generateApi, generateChart, generateExamples, generateArgoCd];

async function current(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

async function main(verify: boolean): Promise<number> {
  let stale = 0;
  for (const generate of generators) {
    for (const { path, content } of await generate()) {
      if ((await current(path)) === content) continue;
      stale++;
      console.log(verify ? `stale: ${path} (run make generate)` : `wrote ${path}`);
      if (!verify) await mkdir(dirname(path), { recursive: true }).then(() => writeFile(path, content));
    }
  }
  console.log(stale === 0 ? "generated files are fresh" : `${stale} generated file(s) ${verify ? "are stale" : "written"}`);
  return verify && stale > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes("--verify"));
