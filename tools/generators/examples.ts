// Writes examples/NN-*/rendered.yaml: what each example's app.yaml becomes.
import { readdir } from "node:fs/promises";
import { readApps } from "../../operator/cli/read-app.ts";
import { renderApp } from "../../operator/cli/render.ts";
import type { GeneratedFile } from "../generate.ts";

const HEADER = "# Generated from app.yaml by `make generate`; never edit. The same is printed by: scalable-app render app.yaml\n";

/** The rendered form of every example. */
export async function generate(): Promise<readonly GeneratedFile[]> {
  const folders = (await readdir("examples")).filter((name) => /^\d\d-/u.test(name)).toSorted();
  return Promise.all(folders.map(async (folder) => renderExample(`examples/${folder}`)));
}

async function renderExample(folder: string): Promise<GeneratedFile> {
  const found = await readApps(`${folder}/app.yaml`);
  const rendered = found.map((each) => {
    if (each.ok) return renderApp(each);
    throw new Error(`${folder}/app.yaml: ${each.problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`);
  });
  return { path: `${folder}/rendered.yaml`, content: HEADER + rendered.join("") };
}
