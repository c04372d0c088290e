// Runs the test stages one after the other, streams their output, and closes with "N passed, N failed".
import { mkdir, readFile, rm } from "node:fs/promises";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { isBuilt } from "../e2e/cluster/index.ts";

/** One stage's tally. */
interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure: where, and the first line of what it said. */
  readonly failures: readonly string[];
  /** How long each test file took. */
  readonly files?: readonly FileTime[] | undefined;
}

/** How long a test file took. */
interface FileTime {
  readonly file: string;
  readonly milliseconds: number;
}

/** What is read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

type Stage = () => Promise<Tally>;

const stages: Readonly<Record<string, Stage>> = {
  check: async () =>
    sum([
      await command("generated files", "node", ["tools/generate.ts", "--verify"]),
      await command("format", "prettier", ["--check", "--log-level", "warn", "."]),
      await command("lint", "oxlint", ["--type-aware", "--deny-warnings"]),
      await command("types", "tsc", ["--noEmit"]),
      await command("dead code", "knip", ["--treat-config-hints-as-errors"]),
    ]),
  unit: async () => vitest("unit"),
  integration: async () => vitest("integration"),
  gitops: async () => vitest("gitops"),
  e2e: async () => vitest("e2e", "e2e-disruptive"),
};

/** Every stage, but for Argo CD's stories where Argo CD would have to be built first, which takes minutes. */
async function defaultStages(): Promise<readonly string[]> {
  if (await isBuilt("argocd")) return Object.keys(stages);
  console.log("gitops is no part of this run: make e2e-gitops builds Argo CD once, and from then on it is");
  return Object.keys(stages).filter((name) => name !== "gitops");
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      failures: [...a.failures, ...b.failures],
      files: [...(a.files ?? []), ...(b.files ?? [])],
    }),
    { passed: 0, failed: 0, failures: [], files: [] },
  );
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const {
    exitCode = 1,
    code,
    shortMessage,
  } = await execa(program, args, { stdio: ["ignore", "inherit", "inherit"], reject: false, cleanup: false });
  if (code !== undefined) console.error(shortMessage);
  return exitCode;
}

async function command(title: string, program: string, args: readonly string[]): Promise<Tally> {
  const started = performance.now();
  const code = await run(program, args);
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${title} (${seconds(started)})`);
  return code === 0 ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [title] };
}

async function vitest(...projects: readonly string[]): Promise<Tally> {
  const [name] = projects;
  const report = `.work/test/${name}.json`;
  await mkdir(".work/test", { recursive: true });
  await rm(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run("vitest", ["run", ...projects.flatMap((each) => ["--project", each]), ...reporters]);
  const tally = await readTally(report);
  // A failed setup, a crash or an unhandled error counts even where every single test passed.
  if (code !== 0 && tally.failed === 0) return { ...tally, failed: 1, failures: [`${name}: failed outside its tests`] };
  return tally;
}

async function readTally(report: string): Promise<Tally> {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
    const files = testResults.map(({ name, startTime, endTime }) => ({
      file: relative(process.cwd(), name),
      milliseconds: endTime - startTime,
    }));
    return { passed: numPassedTests, failed: numFailedTests, failures: testResults.flatMap(failuresOf), files };
  } catch (error) {
    return { passed: 0, failed: 1, failures: [`${report}: ${String(error)}`] };
  }
}

function failuresOf({ name, status, message, assertionResults }: Report["testResults"][number]): readonly string[] {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return status === "failed" ? [`${file}: ${brief(message ?? "")}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${brief(failureMessages?.[0] ?? "")}`);
}

/** The first lines of an error without its stack, on one line. */
function brief(message: string): string {
  const [said = ""] = stripVTControlCharacters(message).split(/\n\s+at /);
  return said.replaceAll(/\s+/g, " ").slice(0, 400);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

/** Where the time went: what to make cheaper first. */
function printSlowest(files: readonly FileTime[]): void {
  const slowest = files.toSorted((one, other) => other.milliseconds - one.milliseconds).slice(0, 10);
  if (slowest.length > 0) console.log("\nthe ten slowest files:");
  for (const { file, milliseconds } of slowest) console.log(`${(milliseconds / 1000).toFixed(0).padStart(6)} s  ${file}`);
}

async function main(names: readonly string[]): Promise<number> {
  const tallies: Tally[] = [];
  for (const name of names) {
    const stage = stages[name];
    if (!stage) throw new Error(`no stage "${name}": choose from ${Object.keys(stages).join(", ")}`);
    const started = performance.now();
    console.log(`\n=== ${name}`);
    const tally = await stage();
    console.log(`=== ${name}: ${tally.passed} passed, ${tally.failed} failed in ${seconds(started)}`);
    tallies.push(tally);
  }
  const { passed, failed, failures, files } = sum(tallies);
  printSlowest(files ?? []);
  for (const failure of failures) console.log(`FAIL ${failure}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

const asked = process.argv.slice(2);
process.exitCode = await main(asked.length > 0 ? asked : await defaultStages());
