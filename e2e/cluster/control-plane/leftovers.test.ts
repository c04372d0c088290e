import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimFolder, endProcessesOf, isProcessOf, removeLeftovers } from "./leftovers.ts";

let parent: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "leftovers-"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(parent, { recursive: true, force: true });
});

/** A process that looks like etcd with its data in `folder`, awake until it is killed. */
async function startLookalike(name: string, folder: string): Promise<ChildProcess> {
  const script = "process.stdout.write('up'); setInterval(() => {}, 60_000)";
  const child = spawn(process.execPath, ["-e", script, "--", `--data-dir=${folder}/etcd`], {
    argv0: name,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, "data");
  return child;
}

describe("isProcessOf", () => {
  test.each([
    ["its own", ["/bin/etcd", "--data-dir=/state/one/etcd"], true],
    ["the folder itself", ["etcd", "--data-dir=/state/one"], true],
    ["another folder", ["etcd", "--data-dir=/state/two/etcd"], false],
    ["a folder whose name begins alike", ["etcd", "--data-dir=/state/one-more/etcd"], false],
    ["another program", ["tail", "--data-dir=/state/one/etcd"], false],
    ["nothing", [], false],
  ])("reports %s", (_what, commandLine, expected) => {
    expect(isProcessOf(commandLine, "/state/one")).toBe(expected);
  });
});

describe.runIf(existsSync("/proc/self/cmdline"))("leftovers", () => {
  test("of a process that is gone are ended and removed", async () => {
    const folder = join(parent, "old");
    mkdirSync(folder);
    writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: process.pid, startTime: "1", token: "x" }));
    const child = await startLookalike("etcd", folder);
    const ended = once(child, "exit");
    expect(await removeLeftovers(parent)).toEqual([folder]);
    expect((await ended)[1]).toBe("SIGKILL");
    expect(existsSync(folder)).toBe(false);
  });

  test("of a live process are left alone", async () => {
    const folder = join(parent, "mine");
    await claimFolder(folder);
    const child = await startLookalike("etcd", folder);
    expect(await removeLeftovers(parent)).toEqual([]);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    expect(await endProcessesOf(folder)).toEqual([child.pid]);
  });

  test("never include another program that names the folder", async () => {
    const folder = join(parent, "old");
    mkdirSync(folder);
    const child = await startLookalike("less", folder);
    await removeLeftovers(parent);
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  test("are none where there is no folder yet", async () => {
    expect(await removeLeftovers(join(parent, "missing"))).toEqual([]);
  });
});
