// Runs the test stages one after the other, streams their output, and closes with "N passed, N failed".
import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";

/** One stage's tally. */
interface Tally {
  readonly passed: number;
  readonly failed: number;
}

type Stage = () => Promise<Tally>;

const stages: Readonly<Record<string, Stage>> = {
  check: async () =>
    sum([
      await command("generated files", "node", ["tools/generate.ts", "--verify"]),
      await command("format", "prettier", ["--check", "--log-level", "warn", "."]),
      await command("lint", "oxlint", ["--type-aware", "--deny-warnings"]),
      await command("types", "tsc", ["--noEmit"]),
    ]),
  unit: async () => vitest("unit"),
  integration: async () => vitest("integration"),
  e2e: async () => vitest("e2e"),
};

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}

async function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(127);
    });
    child.on("exit", (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

async function command(title: string, program: string, args: readonly string[]): Promise<Tally> {
  const started = performance.now();
  const code = await run(program, args);
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${title} (${seconds(started)})`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function vitest(project: string): Promise<Tally> {
  const report = `.work/test/${project}.json`;
  await mkdir(".work/test", { recursive: true });
  await rm(report, { force: true });
  const code = await run("vitest", ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  const tally = await readTally(report);
  // A failed setup, a crash or an unhandled error counts even where every single test passed.
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

async function readTally(report: string): Promise<Tally> {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, "utf8")) as Record<string, number>;
    return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
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
  const { passed, failed } = sum(tallies);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

const asked = process.argv.slice(2);
process.exitCode = await main(asked.length > 0 ? asked : Object.keys(stages));
