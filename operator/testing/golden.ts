import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "vitest";

/**
 * Expects `actual` to be the content of a golden file. UPDATE_GOLDEN=1 writes the file instead: look at the difference before
 * you commit it.
 */
export function expectGolden(file: URL, actual: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file.pathname), { recursive: true });
    writeFileSync(file, actual);
  }
  expect(actual, `not as in ${file.pathname}; run with UPDATE_GOLDEN=1 if the change is meant`).toBe(readGolden(file));
}

function readGolden(file: URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`there is no golden file ${file.pathname}; run with UPDATE_GOLDEN=1 to write it`, { cause });
  }
}
