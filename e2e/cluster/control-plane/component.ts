import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { withParentDeathSignal } from "../toolchain/parent-death.ts";

/** A running process of the control plane. */
export interface Component {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  /** Why the process ended, once it has. */
  ended(): string | undefined;
  /** Ends the process and waits until it is gone; what ignores a gentler signal for 20 seconds is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const patienceMs = 20_000;

/** Starts a program whose output goes to a file and which, where the system allows it, dies with this process. */
export function startComponent(program: string, programArguments: readonly string[], logFile: string): Component {
  const name = basename(program);
  const log = openSync(logFile, "a");
  const [command, ...rest] = withParentDeathSignal([program, ...programArguments]);
  if (command === undefined) throw new Error("A component needs a program: pass its path.");
  // The cgroup and session stay ours, so a terminal's Ctrl-C reaches the component as well.
  const child = spawn(command, rest, { stdio: ["ignore", log, log] });
  closeSync(log);
  let end: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      end = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      end = `ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  return {
    name,
    logFile,
    pid: child.pid ?? -1,
    ended: () => end,
    stop: (signal = "SIGKILL") => stopChild(child, gone, signal),
  };
}

async function stopChild(child: ChildProcess, gone: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** The last lines of a component's log, for an error message. */
export function logTail(logFile: string, lines = 15): string {
  try {
    return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}
