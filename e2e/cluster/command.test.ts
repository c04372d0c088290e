import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run, succeeds } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sh = (script: string) => ["-c", script];

test.each([
  ["what it printed, to the last newline", "printf 'a\\nb\\n'", {}, "a\nb\n"],
  ["text that it was fed", "cat", { input: "fed" }, "fed"],
  ["nothing to read where it is fed nothing", "cat", {}, ""],
  ["a variable besides the inherited ones", 'echo "$WHAT ${PATH:+inherited}"', { env: { WHAT: "set" } }, "set inherited\n"],
  ["more than a pipe holds, to a command that reads none of it", "exec 0<&-; echo done", { input: "x".repeat(1_000_000) }, "done\n"],
  ["more than one buffer of output", "head -c 300000 /dev/zero | tr '\\0' x", {}, "x".repeat(300_000)],
])("returns %s", async (_what, script, options, printed) => {
  expect(await run("sh", sh(script), options)).toBe(printed);
});

test("feeds a file", async () => {
  const inputFile = join(folder, "input");
  writeFileSync(inputFile, "from a file");
  expect(await run("cat", [], { inputFile })).toBe("from a file");
});

test.each([
  ["the exit code and the end of the error output", "seq 20 >&2; exit 3", {}, /^sh -c seq 20 >&2; exit 3: exit code 3\n6\n7\n[^]*\n20$/],
  ["the end of the output where there is no error output", "echo why; exit 1", {}, /^sh -c echo why; exit 1: exit code 1\nwhy$/],
  ["no more than 200 characters of the command", `exit 1 # ${"x".repeat(500)}`, {}, /^sh -c exit 1 # x{185}: exit code 1$/],
  ["the signal that ended it", "kill -TERM $$", {}, /^sh -c kill -TERM \$\$: signal SIGTERM$/],
  ["that it took too long", "exec sleep 60", { timeoutMs: 50 }, /^sh -c exec sleep 60: signal SIGKILL$/],
])("an error names %s", async (_what, script, options, message) => {
  await expect(run("sh", sh(script), options)).rejects.toThrow(message);
  expect(await succeeds("sh", sh(script), options)).toBe(false);
});

test("a program that is missing is reported as such, with the cause", async () => {
  const failure = run("no-such-program", ["--version"]);
  await expect(failure).rejects.toThrow("cannot run no-such-program: is it installed?");
  await expect(failure).rejects.toMatchObject({ cause: { code: "ENOENT" } });
});

test("a log receives the command and both outputs, after what was there", async () => {
  const log = join(folder, "log");
  expect(await run("sh", sh("echo out; echo err >&2"), { log })).toBe("out\n");
  await run("sh", sh("echo again"), { log });
  const [first = "", ...rest] = readFileSync(log, "utf8").split("\n");
  expect(first).toBe("$ sh -c echo out; echo err >&2");
  expect(rest.slice(0, 2).toSorted()).toEqual(["err", "out"]);
  expect(rest.slice(2)).toEqual(["$ sh -c echo again", "again", ""]);
});
