import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import { readYaml } from "./kubectl-yaml.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubectl-yaml-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What kubectl makes of a text, or what it says against it. */
async function readByKubectl(text: string): Promise<unknown> {
  const file = join(folder, "app.yaml");
  await writeFile(file, text);
  const words = ["create", "--dry-run=client", "--validate=false", "-o", "json", "-f", file];
  try {
    const { stdout } = await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...words]);
    return JSON.parse(stdout);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

function appWith(content: string): string {
  const lines = content
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  return `apiVersion: scalableapp.dev/v1alpha1\nkind: ScalableApp\nmetadata: {name: shop, namespace: default}\nspec:\n${lines}\n`;
}

test("every scalar, key and merge is read as kubectl reads it", async () => {
  const text = appWith(await readFile(join(import.meta.dirname, "testdata/kubectl-scalars.yaml"), "utf8"));
  const spec = read(await readByKubectl(text), "spec");
  expect(isTree(spec) ? Object.keys(spec).length : spec).toBe(14);
  expect(read(readYaml("app.yaml", text)[0], "spec")).toEqual(spec);
});

test.each([
  ["a cycle", "a: &a {b: *a}", "within its own anchor"],
  ["an infinite number", "a: .inf", "is no number"],
  ["an alias of nothing", "a: *b", "has no anchor"],
  ["a tab", "a:\n\tb: 1", "is not YAML"],
])("%s is refused by both", async (_, content, words) => {
  const text = appWith(content);
  expect(await readByKubectl(text)).toEqual(expect.stringContaining("error"));
  expect(() => readYaml("app.yaml", text)).toThrow(words);
});
