import { globSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, normalize } from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { copySources, isIgnored } from "../e2e/cluster/index.ts";

const repository = join(import.meta.dirname, "..");
const manifest = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

async function read(path: string): Promise<string> {
  return readFile(join(repository, path), "utf8");
}

async function imageFiles(): Promise<readonly string[]> {
  const ignore = await read(".dockerignore");
  return globSync("operator/**/*.{ts,js}", { cwd: repository }).filter((file) => !isIgnored(file, ignore));
}

/** What a file loads when it runs: imports of types are gone by then. */
function importsOf(text: string): readonly string[] {
  const statements = /^(?:import|export)\s+(?!type\b)(?:[^;]*?\sfrom\s+)?"([^"]+)"/gm;
  return Array.from(text.matchAll(statements), (match) => match[1] ?? "");
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

describe("the operator's image", () => {
  test("copies what the build context holds, and nothing at large", async () => {
    expect(copySources(await read("Dockerfile"))).toEqual(["package.json", "node_modules", "operator"]);
  });

  test("runs as a user that is not root, named by number", async () => {
    expect(await read("Dockerfile")).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  test("holds the program but no test", async () => {
    const files = await imageFiles();
    expect(files).toContain("operator/main.ts");
    expect(files).toContain("operator/cli/scalable-app.js");
    expect(files.filter((file) => /\.(test|integration)\.ts$|testdata|testing\//.test(file))).toEqual([]);
  });

  test("has the command line on its PATH, also for kubectl", async () => {
    const links = Array.from((await read("Dockerfile")).matchAll(/ln -s \/app\/(\S+) \/usr\/local\/bin\/(\S+)/g), ([, file, name]) => [
      name,
      file,
    ]);
    const { bin } = z.looseObject({ bin: z.record(z.string(), z.string()) }).parse(JSON.parse(await read("package.json")));
    expect(Object.fromEntries(links)).toEqual(bin);
    for (const file of Object.values(bin))
      expect((await stat(join(repository, file))).mode & 0o111, `${file} must be executable`).toBe(0o111);
  });

  test("holds every file that its files import", async () => {
    const files = await imageFiles();
    const lost: string[] = [];
    for (const file of files) {
      for (const specifier of importsOf(await read(file)).filter((name) => name.startsWith("."))) {
        const target = normalize(join(file, "..", specifier));
        if (!files.includes(target) && target !== "package.json") lost.push(`${file}: ${specifier}`);
      }
    }
    expect(lost).toEqual([]);
  });

  test("needs no package that is not a production dependency", async () => {
    const { dependencies } = manifest.parse(JSON.parse(await read("package.json")));
    const foreign: string[] = [];
    for (const file of await imageFiles()) {
      const bare = importsOf(await read(file)).filter((name) => !name.startsWith(".") && !name.startsWith("node:"));
      foreign.push(...bare.filter((name) => dependencies[packageOf(name)] === undefined).map((name) => `${file}: ${name}`));
    }
    expect(foreign).toEqual([]);
  });
});
