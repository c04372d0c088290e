import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Words that are out, each with the one that is said instead. */
const instead: Readonly<Record<string, string>> = {
  abandon: "stop",
  campaign: "acquire",
  claimer: "LeaseLock",
  condemn: "quarantine",
  outgrown: "needs the old schema",
  reign: "renew",
  resting: "idle, quiesced",
  settle: "rolled out, reconcile, end",
  settled: "rolled out, up to date",
  surroundings: "dependencies, context",
  tell: "report, say",
  tells: "reports, says",
  telling: "reporting",
  tenure: "LeaseHold",
  told: "reported, passed, asked",
  unrested: "not quiesced",
  untold: "unreported",
};
/** Names that are not ours to change: a field of the API, and what JavaScript itself says. */
const kept = /settleSeconds|allSettled/gu;

/** Paths below the root, with slashes. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function wordsOf(text: string): readonly string[] {
  const apart = text.replaceAll(kept, "").replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ");
  return apart.toLowerCase().match(/[a-z]+/gu) ?? [];
}

function isRead(path: string): boolean {
  const ours = /\.(ts|js|md|yaml|tpl|txt|json|golden|sh)$|\/(Dockerfile|NOTES\.txt)$/u.test(path);
  return ours && !/node_modules|package-lock|time-zone-names|^operator\/words\.test\.ts$/u.test(path);
}

function wordsOut(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) =>
    wordsOf(line)
      .filter((word) => Object.hasOwn(instead, word))
      .map((word) => `${path}:${index + 1}: ${word} -> ${instead[word]}`),
  );
}

/** Tests, scenarios and their titles are read as well: they are what a stranger reads first. */
const folders = ["operator", "charts", "crds", "docs", "examples", "e2e", "tools", "bench"];

test("one word is used for one thing everywhere: none of those that are out", () => {
  const pages = readdirSync(root).filter((name) => name.endsWith(".md"));
  const read = [...pages, ...folders.flatMap(filesBelow)].filter(isRead);
  expect(read.length).toBeGreaterThan(300);
  expect(read.flatMap((path) => wordsOut(path, readFileSync(join(root, path), "utf8")))).toEqual([]);
});

test("a word is found in prose, in a name and as a part of a name, and a field of the API is not one", () => {
  expect(wordsOut("a.ts", "/** It is told. */\nconst mustTell = foreignKeys(settleSeconds);")).toEqual([
    "a.ts:1: told -> reported, passed, asked",
    "a.ts:2: tell -> report, say",
  ]);
});
