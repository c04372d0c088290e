import { readFileSync, readdirSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describeProcess, isAlive, parseOwner } from "../toolchain/build-lock.ts";
import { files } from "./arguments.ts";

const ourPrograms = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];

/** Makes the folder of a new control plane and notes that this process owns it. */
export async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, files.owner), JSON.stringify({ ...describeProcess(process.pid), token: "control-plane" }));
}

/** Ends and removes every control plane below `parent` whose owner is gone; returns the folders it removed. */
export async function removeLeftovers(parent: string): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true }).catch(() => [])) {
    const folder = join(parent, entry.name);
    if (!entry.isDirectory() || (await isOwned(folder))) continue;
    await endProcessesOf(folder);
    await rm(folder, { recursive: true, force: true });
    removed.push(folder);
  }
  return removed;
}

async function isOwned(folder: string): Promise<boolean> {
  try {
    return isAlive(parseOwner(await readFile(join(folder, files.owner), "utf8")));
  } catch {
    return false;
  }
}

/** Kills the control plane programs that have `folder` in their command line, and nothing else; waits until they are gone. */
export async function endProcessesOf(folder: string): Promise<number[]> {
  const pids = findProcessesOf(folder);
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
  for (let round = 0; round < 200 && findProcessesOf(folder).length > 0; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return pids;
}

function findProcessesOf(folder: string): number[] {
  return listPids().filter((pid) => isProcessOf(readCommandLine(pid), folder));
}

/** Whether a command line is that of a control plane program which keeps its files in `folder`. */
export function isProcessOf(commandLine: readonly string[], folder: string): boolean {
  const [program, ...rest] = commandLine;
  if (program === undefined || !ourPrograms.includes(basename(program))) return false;
  return rest.some((argument) => argument.endsWith(`=${folder}`) || argument.includes(`=${folder}/`));
}

function listPids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function readCommandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
